// SPDX-License-Identifier: Apache-2.0
/** What is measured. A scenario is data: packets, the table they meet, what must become of them, and the target. */
import type { Direction, ReasonName } from '../src/abi/reasons.js';
import type { ConfigInput } from '../src/config/config.js';
import type { PacketSpec } from '../src/net/packet.js';
import { NODE, type Node, POD, REMOTE } from './node.js';
import type { Target } from './results.js';

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Scenarios that name the same table meet the same loaded programs; the first one's config is taken. */
  readonly table: string;
  readonly config?: Partial<ConfigInput>;
  readonly direction: Direction;
  /** Makes the flows and returns the packets that are then sent in turn. */
  packets(node: Node): PacketSpec[];
  /** Before each batch, untimed. The batch is then one pass over the packets. */
  readonly before?: (node: Node) => Promise<void>;
  readonly reason: ReasonName;
  /** What must become of the packet. */
  readonly becomes: 'itself' | 'dropped' | { readonly source: string } | { readonly destination: string };
  /** Whether the rewritten port must be another. */
  readonly port?: 'kept' | 'other';
  readonly target?: Target;
  readonly cilium?: string;
}

type Flow = {
  readonly protocol?: 'tcp' | 'udp';
  readonly sport: number;
  readonly dport: number;
  readonly remote?: string;
};

function outbound({ protocol = 'tcp', sport, dport, remote = REMOTE }: Flow, flag: 'SYN' | 'ACK' = 'ACK'): PacketSpec {
  const ip = { src: POD, dst: remote };
  return protocol === 'udp' ? { ip, udp: { sport, dport } } : { ip, tcp: { sport, dport, flags: [flag] } };
}

function inbound(
  { protocol = 'tcp', sport, dport, remote = REMOTE }: Flow,
  flags: ('SYN' | 'ACK')[] = ['ACK'],
): PacketSpec {
  const ip = { src: remote, dst: NODE };
  const ports = { sport: dport, dport: sport };
  return protocol === 'udp' ? { ip, udp: ports } : { ip, tcp: { ...ports, flags } };
}

/** Opens a flow as both ends would; the flow as the outside sees it. */
function connect(node: Node, flow: Flow): Flow {
  const sent = node.pass('egress', outbound(flow, 'SYN'));
  const outside = { ...flow, sport: sent.tcp?.sport ?? sent.udp?.sport ?? 0 };
  node.pass('ingress', inbound(outside, ['SYN', 'ACK']));
  node.pass('egress', outbound(flow));
  return outside;
}

const KEPT: Flow = { sport: 40000, dport: 443 };
const MOVED: Flow = { sport: 1234, dport: 443 };
export const FIRST_PORT = 32768;
export const MANY_FLOWS = 10000;
const ALL_PORTS = 32768;

/** 0 to n - 1 in an order of no pattern, the same in every run. */
export function shuffled(n: number): number[] {
  const out = Array.from({ length: n }, (_, i) => i);
  let seed = 1;
  for (let i = n - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((seed / 2 ** 32) * (i + 1));
    [out[i], out[j]] = [out[j] as number, out[i] as number];
  }
  return out;
}

/** Disjoint prefixes of four lengths, such as cloud providers publish; none contains REMOTE. */
export function manyCidrs(n: number): string[] {
  return Array.from({ length: n }, (_, i) => {
    const second = (i * 37) % 256;
    return [
      `${20 + i}.${second}.0.0/16`,
      `${20 + i}.${second}.16.0/20`,
      `${20 + i}.${second}.7.0/24`,
      `${20 + i}.0.0.0/12`,
    ][i % 4] as string;
  });
}

const established = (
  name: string,
  title: string,
  flow: Flow,
  port: 'kept' | 'other',
  more: Partial<Scenario>,
): Scenario => ({
  name,
  title,
  table: 'flows',
  direction: 'egress',
  packets: (node) => {
    connect(node, flow);
    return [outbound(flow)];
  },
  reason: 'established',
  becomes: { source: NODE },
  port,
  ...more,
});

const reply = (name: string, title: string, flow: Flow, port: 'kept' | 'other', more: Partial<Scenario>): Scenario => ({
  name,
  title,
  table: 'flows',
  direction: 'ingress',
  packets: (node) => [inbound(connect(node, flow))],
  reason: 'reverse',
  becomes: { destination: POD },
  port,
  ...more,
});

const excluded = (count: number, cidrs: string[], remote: string, cilium?: string): Scenario => ({
  name: `excluded-${count}`,
  title: `excluded by ${count} CIDRs`,
  table: `excluded-${count}`,
  config: { nonMasqueradeCIDRs: cidrs },
  direction: 'egress',
  packets: () => [outbound({ ...KEPT, remote })],
  reason: 'non-masquerade',
  becomes: 'itself',
  target: { atMost: 0.5 },
  ...(cilium === undefined ? {} : { cilium }),
});

/** Spread over remote ports: the table is nearly empty of each endpoint, as it mostly is. */
const opening = (
  name: string,
  title: string,
  sport: (i: number) => number,
  port: 'kept' | 'other',
  cilium: string,
): Scenario => ({
  name,
  title,
  table: 'new',
  direction: 'egress',
  packets: () => shuffled(20000).map((i) => outbound({ sport: sport(i), dport: 8000 + (i % 64) }, 'SYN')),
  before: (node) => node.clearFlows(),
  reason: 'new',
  becomes: { source: NODE },
  port,
  target: { atMost: 20 },
  cilium,
});

function fillEndpoint(node: Node): void {
  for (let i = 0; i < ALL_PORTS; i++) node.pass('egress', outbound({ sport: FIRST_PORT + i, dport: 443 }, 'SYN'));
}

/** Established, reply and new flow over IPv6, each with target { atMost: 1.4, of: the one over IPv4 }. */
const IPV6: readonly Scenario[] = [];

export const SCENARIOS: readonly Scenario[] = [
  established('established', 'established, port kept', KEPT, 'kept', {
    target: { atMost: 2.0 },
    cilium: '7.0 (1.11.1), 10.4–11 (1.18)',
  }),
  established('established-rewritten', 'established, port rewritten', MOVED, 'other', { target: { atMost: 2.4 } }),
  established('established-udp', 'established UDP, port kept', { ...KEPT, protocol: 'udp' }, 'kept', {}),
  established('established-10000', '10,000 established flows in turn', KEPT, 'kept', {
    packets: (node) => {
      const flows = Array.from({ length: MANY_FLOWS }, (_, i) => ({ sport: FIRST_PORT + i, dport: 8443 }));
      for (const flow of flows) connect(node, flow);
      return shuffled(flows.length).map((i) => outbound(flows[i] as Flow));
    },
    target: { atMost: 3 },
    cilium: '9–17 (1.11.1), 30 (1.18)',
  }),
  reply('reply', 'reply to a kept port', KEPT, 'kept', { target: { atMost: 2.2 }, cilium: '8.8–9.7' }),
  reply('reply-rewritten', 'reply to a rewritten port', MOVED, 'other', {}),
  excluded(3, ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], '172.20.1.1', '3.5 (1.11.1), 5.7–6.1 (1.18)'),
  excluded(128, manyCidrs(128), '120.116.1.1'),
  {
    name: 'not-ours',
    title: 'not from a pod',
    table: 'flows',
    direction: 'egress',
    packets: () => [{ ip: { src: '198.51.100.7', dst: REMOTE }, tcp: { sport: 40000, dport: 443, flags: ['ACK'] } }],
    reason: 'not-ours',
    becomes: 'itself',
    target: { atMost: 0.3 },
  },
  {
    name: 'not-ours-ingress',
    title: 'not to us',
    table: 'flows',
    direction: 'ingress',
    packets: () => [{ ip: { src: REMOTE, dst: '198.51.100.7' }, tcp: { sport: 443, dport: 40000, flags: ['ACK'] } }],
    reason: 'not-ours',
    becomes: 'itself',
    target: { atMost: 0.3 },
  },
  opening('new-kept', 'new flow, port kept', (i) => FIRST_PORT + i, 'kept', '40 (1.11.1), 45 (1.18)'),
  opening('new-chosen', 'new flow, port chosen', (i) => 1024 + i, 'other', '40 (1.11.1), 45 (1.18)'),
  {
    name: 'full',
    title: 'full endpoint, after the first walk',
    table: 'full',
    direction: 'egress',
    packets: (node) => {
      fillEndpoint(node);
      return [outbound({ sport: 20000, dport: 443 }, 'SYN')];
    },
    reason: 'no-port',
    becomes: 'dropped',
    target: { atMost: 3 },
  },
  {
    name: 'full-walk',
    title: 'full endpoint, the first walk',
    table: 'full',
    direction: 'egress',
    packets: () => [outbound({ sport: 20001, dport: 443 }, 'SYN')],
    before: (node) => node.clear('snat_v4_full'),
    reason: 'no-port',
    becomes: 'dropped',
  },
  ...IPV6,
];
