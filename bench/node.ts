// SPDX-License-Identifier: Apache-2.0
/** One loaded program pair with its tables: what the packets of the scenarios meet. */
import { join } from 'node:path';
import { type Direction, REASONS, type ReasonName } from '../src/abi/reasons.js';
import { compileUnit } from '../src/compile/compile.js';
import type { ConfigInput } from '../src/config/config.js';
import { parseConfig } from '../src/config/parse.js';
import { emitUnit } from '../src/emit/unit.js';
import { readCounters } from '../src/maps/counters.js';
import { native } from '../src/native/index.js';
import type { BpfMap, BpfObject, BpfProgram } from '../src/native/types.js';
import { buildPacket, type Packet, type PacketSpec, parsePacket } from '../src/net/packet.js';
import { packageRoot } from '../src/package.js';
import { plan } from '../src/plan/plan.js';
import { kernelFeatures } from '../src/runtime/features.js';
import { loadObject } from '../src/runtime/load.js';

export const POD = '10.20.30.11';
export const NODE = '192.168.10.2';
export const REMOTE = '192.0.2.9';
const ETH = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' };
const LOOPBACK = 1; // where test runs happen

/** An Ethernet frame of the smallest size that devices send: 64 bytes with the checksum that they add. */
export function frame(spec: PacketSpec): Buffer {
  const bare = Buffer.from(buildPacket({ eth: ETH, ...spec }));
  const padding = 'x'.repeat(Math.max(0, 60 - bare.length));
  if (!padding || spec.payload !== undefined) return bare;
  const { tcp, udp, icmp } = spec;
  return Buffer.from(
    buildPacket({
      eth: ETH,
      ...spec,
      ...(tcp ? { tcp: { payload: padding, ...tcp } } : {}),
      ...(udp ? { udp: { payload: padding, ...udp } } : {}),
      ...(icmp ? { icmp: { payload: padding, ...icmp } } : {}),
    }),
  );
}

export class Node {
  private constructor(private readonly object: BpfObject) {}

  /** `headers`: another folder with a `snat/`, to measure a changed copy. */
  static async load(config: Partial<ConfigInput>, headers?: string): Promise<Node> {
    const full = { devices: ['lo'], podCIDRs: ['10.20.30.0/24'], ...config };
    const planned = plan(parseConfig(full), { features: kernelFeatures() });
    const { object } = await compileUnit(emitUnit(planned.shape), {
      cache: join(packageRoot, 'dist', 'cache'),
      ...(headers === undefined ? {} : { headers }),
    });
    return new Node(
      await loadObject({
        object,
        plan: planned,
        devices: [{ name: 'lo', ifindex: LOOPBACK, addresses: [NODE], headerless: false }],
        midStreamUntil: native().monotonicNow(),
      }),
    );
  }

  program(direction: Direction): BpfProgram {
    return this.object.program(`snat_${direction}`);
  }

  /** One packet as it leaves the program. Throws when it is dropped. */
  pass(direction: Direction, spec: PacketSpec): Packet {
    const { returnValue, packet } = this.program(direction).testRun({ packet: frame(spec) });
    if (returnValue !== -1) throw new Error(`${direction}: verdict ${returnValue} while preparing`);
    return parsePacket(packet);
  }

  /** Packets counted so far, by reason. */
  counts(direction: Direction): Map<ReasonName, number> {
    const rows = readCounters(this.object.map('snat_counters')).filter((r) => r.direction === direction);
    return new Map(rows.map((r) => [r.reason, Number(r.packets)]));
  }

  /** Empties tables; those of another shape are skipped. */
  async clear(...names: string[]): Promise<void> {
    for (const name of names.filter((n) => this.object.mapNames.includes(n))) {
      const map: BpfMap = this.object.map(name);
      const { keys, count } = await map.dump();
      if (count > 0) map.deleteBatch(keys, count);
    }
  }

  clearFlows(): Promise<void> {
    return this.clear('snat_v4_egress', 'snat_v4_ingress', 'snat_v4_full');
  }

  close(): void {
    this.object.close();
  }
}

/** How the counters changed, as words such as `3 established`. */
export const risen = (before: Map<ReasonName, number>, after: Map<ReasonName, number>): string =>
  REASONS.flatMap(({ name }) => {
    const by = (after.get(name) ?? 0) - (before.get(name) ?? 0);
    return by ? [`${by} ${name}`] : [];
  }).join(', ');
