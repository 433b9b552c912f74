// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { type CommandResult, endMarkedProcesses, LAB_MARK, type RunOptions, run, start } from './process.js';
import { deleteNamespaces, LabDirectory } from './registry.js';

export interface Route {
  /** A CIDR, or `default`. */
  readonly to: string;
  /** Next hop; without it the destination is on the link. */
  readonly via?: string;
  /** Needed when `via` is absent. */
  readonly device?: string;
}

export interface HostSpec {
  /** Forwards packets between its devices. Default false. */
  readonly forwards?: boolean;
  readonly routes?: readonly Route[];
  /** Further sysctls, e.g. `net.ipv4.ip_local_port_range: '40000 40010'`. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

export interface LinkEnd {
  readonly host: string;
  /** Device name inside the host, at most 15 bytes. */
  readonly device: string;
  /** With prefix length, e.g. `192.168.10.2/24`. */
  readonly addresses?: readonly string[];
  /** Bytes; the kernel's 1500 when absent. */
  readonly mtu?: number;
}

/** Hosts are network namespaces, links are veth pairs between them. */
export interface TopologySpec {
  readonly hosts: Readonly<Record<string, HostSpec>>;
  readonly links: readonly (readonly [LinkEnd, LinkEnd])[];
}

export interface TopologyOptions {
  /** Whose run this is; without it the topology registers one, and `destroy` removes that too. */
  readonly lab?: LabDirectory;
  readonly signal?: AbortSignal | undefined;
}

/** Network namespaces with links, addresses and routes; everything ends with `destroy`. */
export interface Topology {
  readonly id: string;
  readonly hosts: readonly string[];
  /** Name of the host's namespace, as in `ip netns list`. */
  namespace(host: string): string;
  /** Path of the host's namespace: what `Snat.start` takes as `netns`. */
  netnsPath(host: string): string;
  /** Runs a command inside a host to its end. */
  run(host: string, argv: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** Starts a process inside a host. It is ended by `destroy` at the latest. */
  spawn(host: string, argv: readonly string[], options?: { stdio?: StdioOptions; cwd?: string }): ChildProcess;
  /** Ends every process started here (SIGTERM, then SIGKILL) and deletes the namespaces. May be called again. */
  destroy(): Promise<void>;
}

/**
 * Makes namespaces named `snatkit-<id>-<host>`. They can pass packets when this resolves: devices are up, addresses are
 * usable, reverse-path filters are off.
 * @throws CommandError with the kernel's words; what was made until then is removed.
 */
export async function createTopology(spec: TopologySpec, options: TopologyOptions = {}): Promise<Topology> {
  checkSpec(spec);
  const lab = options.lab ?? LabDirectory.create('topology');
  const hosts = Object.keys(spec.hosts);
  const namespace = (host: string) => {
    if (!(host in spec.hosts))
      throw new RangeError(`no host "${host}" in this topology; there are ${hosts.join(', ')}`);
    return `snatkit-${lab.id}-${host}`;
  };
  const netnsPath = (host: string) => `/run/netns/${namespace(host)}`;
  const inside = (host: string, argv: readonly string[]) => ['nsenter', `--net=${netnsPath(host)}`, '--', ...argv];
  const mark = { [LAB_MARK]: lab.id };
  const topology: Topology = {
    id: lab.id,
    hosts,
    namespace,
    netnsPath,
    run: (host, argv, { env, ...rest } = {}) => run(inside(host, argv), { ...rest, env: { ...env, ...mark } }),
    spawn: (host, argv, rest = {}) => start(inside(host, argv), { stdio: 'pipe', ...rest, env: mark }),
    async destroy() {
      if (!options.lab) return lab.clean(async () => {});
      await endMarkedProcesses(lab.id);
      await deleteNamespaces(hosts.map(namespace));
    },
  };

  lab.addNamespaces(hosts.map(namespace));
  try {
    const batch = [
      ...hosts.map((host) => `netns add ${namespace(host)}`),
      ...spec.links.map(([a, b]) => {
        const end = (e: LinkEnd) => `name ${e.device} netns ${namespace(e.host)}${e.mtu ? ` mtu ${e.mtu}` : ''}`;
        return `link add ${end(a)} type veth peer ${end(b)}`;
      }),
    ];
    const common = { env: mark, signal: options.signal };
    await run(['ip', '-batch', '-'], { ...common, input: `${batch.join('\n')}\n` });
    const configured = hosts.map((host) =>
      topology.run(host, ['sh', '-euc', hostScript(spec, host)], { signal: options.signal }),
    );
    // All must have ended before a failure is acted upon: the others would go on inside namespaces that are being deleted.
    await Promise.allSettled(configured);
    await Promise.all(configured);
    return topology;
  } catch (error) {
    await topology.destroy();
    throw error;
  }
}

function hostScript(spec: TopologySpec, host: string): string {
  const { forwards = false, routes = [], sysctls = {} } = spec.hosts[host] ?? {};
  const ends = spec.links.flat().filter((end) => end.host === host);
  const settings: [string, string][] = [
    ['net/ipv4/ip_forward', forwards ? '1' : '0'],
    ['net/ipv6/conf/all/forwarding', forwards ? '1' : '0'],
    // A device's filter is the stricter of "all" and its own.
    ...['all', 'default', ...ends.map((end) => end.device)].flatMap((name): [string, string][] => [
      [`net/ipv4/conf/${name}/rp_filter`, '0'],
      // Addresses are ours alone: no need to wait a second for duplicates to answer.
      [`net/ipv6/conf/${name}/accept_dad`, '0'],
    ]),
    ...Object.entries(sysctls).map(([name, value]): [string, string] => [name.replaceAll('.', '/'), value]),
  ];
  const commands = [
    'link set lo up',
    ...ends.flatMap((end) => (end.addresses ?? []).map((address) => `addr add ${address} dev ${end.device}`)),
    ...ends.map((end) => `link set ${end.device} up`),
    ...routes.map((route) =>
      ['route add', route.to, route.via && `via ${route.via}`, route.device && `dev ${route.device}`]
        .filter(Boolean)
        .join(' '),
    ),
  ];
  return [
    // A kernel without IPv6 lacks those files.
    ...settings.map(([path, value]) => `[ ! -e /proc/sys/${path} ] || echo '${value}' > /proc/sys/${path}`),
    `ip -batch - <<'END'\n${commands.join('\n')}\nEND`,
  ].join('\n');
}

function checkSpec(spec: TopologySpec): void {
  for (const end of spec.links.flat()) {
    if (!(end.host in spec.hosts)) throw new RangeError(`link end ${end.device}: no host "${end.host}"`);
  }
  const words = [
    ...Object.keys(spec.hosts),
    ...spec.links.flat().flatMap((end) => [end.device, ...(end.addresses ?? [])]),
    ...Object.values(spec.hosts).flatMap((h) => (h.routes ?? []).flatMap((r) => [r.to, r.via ?? 'x', r.device ?? 'x'])),
    ...Object.values(spec.hosts).flatMap((h) => Object.keys(h.sysctls ?? {})),
  ];
  // They become lines of a batch and of a script.
  for (const word of words) if (!/^[\w.:/-]+$/.test(word)) throw new RangeError(`"${word}" is no name or address`);
  for (const value of Object.values(spec.hosts).flatMap((h) => Object.values(h.sysctls ?? {}))) {
    if (!/^[\w .:-]*$/.test(value)) throw new RangeError(`"${value}" is no sysctl value`);
  }
}
