// SPDX-License-Identifier: Apache-2.0
/** A pod behind a node, a router, and a server in another subnet that has a route back to the pods. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigInput } from '../../src/config/config.js';
import type { StateReason } from '../../src/errors.js';
import { createTopology, type Topology } from '../../src/lab/topology.js';
import { native } from '../../src/native/index.js';
import { packageRoot } from '../../src/package.js';
import type { Paths } from '../../src/runtime/paths.js';
import { Snat, type StartOptions } from '../../src/runtime/snat.js';
import { Peer } from './peer.js';

export const POD = '10.20.30.11';
export const POD2 = '10.20.30.12';
/** The node, as the pod's next hop. */
export const GATEWAY = '10.20.30.1';
export const NODE = '192.168.10.2';
export const SERVER = '192.168.20.5';
export const ROUTER = '192.168.10.1';
export const POD6 = 'fd00:10:20::11';
export const POD26 = 'fd00:10:20::12';
export const GATEWAY6 = 'fd00:10:20::1';
export const NODE6 = '2001:db8:10::2';
export const SERVER6 = '2001:db8:20::5';
export const ROUTER6 = '2001:db8:10::1';

/** What a test needs to run the same for each family. */
export const FAMILIES = [
  {
    ...{ name: 'IPv4', family: 4, pod: POD, pod2: POD2, gateway: GATEWAY, node: NODE, router: ROUTER, server: SERVER },
    ping: ['ping', '-4'],
  },
  {
    ...{ name: 'IPv6', family: 6, pod: POD6, pod2: POD26, gateway: GATEWAY6, node: NODE6, router: ROUTER6 },
    ...{ server: SERVER6, ping: ['ping', '-6'] },
  },
] as const;

/** Configuration of both families. */
export const BOTH: Partial<ConfigInput> = {
  podCIDRs: ['10.20.30.0/24', 'fd00:10:20::/64'],
  masquerade: { ipv6: true },
};

const defaults = (...vias: string[]) => vias.map((via) => ({ to: 'default', via }));

interface Test {
  teardown(fn: () => unknown): unknown;
}

/** A BPF file system and state folders of this test alone. */
export function privatePaths(t: Test): Paths {
  const folder = mkdtempSync(join(tmpdir(), 'snatkit-e2e-'));
  const bpffs = join(folder, 'bpf');
  execFileSync('mkdir', [bpffs]);
  native().mountBpffs(bpffs);
  t.teardown(() => {
    execFileSync('umount', [bpffs]);
    rmSync(folder, { recursive: true });
  });
  return { bpffs, state: join(folder, 'state'), run: join(folder, 'run'), cache: join(packageRoot, 'dist', 'cache') };
}

export class World {
  readonly pod: Peer;
  readonly server: Peer;
  readonly node: Peer;
  readonly name = `e2e-${randomBytes(3).toString('hex')}`;

  private constructor(
    readonly topology: Topology,
    readonly paths: Paths,
  ) {
    this.pod = new Peer(topology, 'pod');
    this.server = new Peer(topology, 'server');
    this.node = new Peer(topology, 'node');
  }

  static async make(t: Test): Promise<World> {
    const paths = privatePaths(t);
    const topology = await createTopology({
      hosts: {
        pod: { routes: defaults(GATEWAY, GATEWAY6) },
        node: { forwards: true, routes: defaults(ROUTER, ROUTER6) },
        router: {
          forwards: true,
          routes: [
            { to: '10.20.30.0/24', via: NODE },
            { to: 'fd00:10:20::/64', via: NODE6 },
          ],
        },
        server: { routes: defaults('192.168.20.1', '2001:db8:20::1') },
      },
      links: [
        [
          // Of several IPv6 addresses the kernel sends from the last, of IPv4 addresses from the first.
          { host: 'pod', device: 'eth0', addresses: [`${POD}/24`, `${POD2}/24`, `${POD26}/64`, `${POD6}/64`] },
          { host: 'node', device: 'lxc0', addresses: [`${GATEWAY}/24`, `${GATEWAY6}/64`] },
        ],
        [
          { host: 'node', device: 'eth0', addresses: [`${NODE}/24`, `${NODE6}/64`] },
          { host: 'router', device: 'eth0', addresses: [`${ROUTER}/24`, `${ROUTER6}/64`] },
        ],
        [
          { host: 'router', device: 'eth1', addresses: ['192.168.20.1/24', '2001:db8:20::1/64'] },
          { host: 'server', device: 'eth0', addresses: [`${SERVER}/24`, `${SERVER6}/64`] },
        ],
      ],
    });
    t.teardown(() => topology.destroy());
    return new World(topology, paths);
  }

  /** Starts snatkit on the node's eth0; stopped with the test when it still runs. */
  async start(t: Test, config: Partial<ConfigInput> = {}, options: Partial<StartOptions> = {}): Promise<Snat> {
    const snat = await Snat.start(this.config(config), {
      name: this.name,
      netns: this.topology.netnsPath('node'),
      paths: this.paths,
      ...options,
    });
    t.teardown(async () => {
      if (Snat.names({ paths: this.paths }).includes(snat.name))
        await (await Snat.open({ name: snat.name, paths: this.paths })).stop();
    });
    return snat;
  }

  config(config: Partial<ConfigInput> = {}): ConfigInput {
    return { devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], natTableSize: 4096, ...config };
  }

  /** Packets counted so far for a reason. */
  static count(snat: Snat, direction: 'egress' | 'ingress', reason: string): number {
    return Number(snat.counters().find((c) => c.direction === direction && c.reason === reason)?.packets ?? -1);
  }
}

/** Both ways to attach, where the kernel has both. */
export const KINDS = ['tcx', 'tc'] as const;

/** Matches a StateError of this reason. */
export const because = (reason: StateReason): Error => ({ name: 'StateError', reason }) as unknown as Error;
