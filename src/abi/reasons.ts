// SPDX-License-Identifier: Apache-2.0
/**
 * Every outcome a packet can have: one word, the same in C, TypeScript, CLI and documentation. The position is the number
 * in the kernel's counters, so new reasons go at the end.
 */
export type Verdict = 'translate' | 'keep' | 'drop' | 'pass';

interface ReasonSpec {
  readonly name: string;
  readonly verdict: Verdict;
  /** Cilium's drop code, where it has one for the same thing. */
  readonly cilium?: number;
  readonly text: string;
}

export const REASONS = [
  { name: 'not-ours', verdict: 'pass', text: 'neither from nor to anything that is translated' },
  { name: 'established', verdict: 'translate', text: 'source rewritten by an existing mapping' },
  { name: 'new', verdict: 'translate', text: 'source rewritten by a mapping made for this packet' },
  { name: 'reverse', verdict: 'translate', text: 'destination rewritten back to the inside address' },
  { name: 'native-routing', verdict: 'keep', text: 'destination inside nativeRoutingCIDRs' },
  { name: 'non-masquerade', verdict: 'keep', text: 'destination inside nonMasqueradeCIDRs' },
  { name: 'remote-node', verdict: 'keep', text: 'destination is another node' },
  { name: 'masquerade-off', verdict: 'keep', text: 'masquerading is switched off for this family' },
  { name: 'reply', verdict: 'keep', text: 'reply to a connection that was opened from outside' },
  { name: 'mid-stream', verdict: 'keep', text: 'connection older than the program, left as it was' },
  { name: 'mid-stream-refused', verdict: 'drop', text: 'connection older than the program, and midStream is drop' },
  { name: 'no-port', verdict: 'drop', cilium: 167, text: 'no free port towards this remote endpoint' },
  { name: 'table-full', verdict: 'drop', cilium: 167, text: 'the NAT table has no room for another flow' },
  { name: 'no-address', verdict: 'drop', text: 'the device has no masquerade address' },
  { name: 'rewrite-failed', verdict: 'drop', text: 'the kernel refused to rewrite the packet' },
  { name: 'node', verdict: 'pass', text: 'the node’s own traffic, its port undisturbed' },
  { name: 'to-pod', verdict: 'pass', text: 'addressed to a pod directly' },
  { name: 'no-mapping', verdict: 'pass', text: 'to the masquerade address, but no mapping: the node’s own' },
  { name: 'not-ip', verdict: 'pass', text: 'of a family that is not translated' },
  { name: 'other-protocol', verdict: 'pass', text: 'a protocol without ports' },
  { name: 'icmp-other', verdict: 'pass', text: 'ICMP that is neither echo nor error' },
  { name: 'fragment', verdict: 'pass', text: 'a later fragment of which nothing tells the flow' },
  { name: 'truncated', verdict: 'pass', text: 'shorter than its headers' },
  { name: 'icmp-error', verdict: 'translate', text: 'ICMP error, translated with the packet that it quotes' },
  {
    name: 'fragment-early',
    verdict: 'translate',
    text: 'a later fragment before its first: address rewritten, ports unknown',
  },
  {
    name: 'other-protocol-refused',
    verdict: 'drop',
    cilium: 168,
    text: 'a protocol without ports, and otherProtocols is drop',
  },
  {
    name: 'link-local',
    verdict: 'pass',
    text: 'does not leave the link: neighbour discovery, link-local, link multicast',
  },
  { name: 'already-translated', verdict: 'pass', text: 'rewritten by another of our hooks before' },
] as const satisfies readonly ReasonSpec[];

export type ReasonName = (typeof REASONS)[number]['name'];
export type Direction = 'egress' | 'ingress';
export const DIRECTIONS: readonly Direction[] = ['egress', 'ingress'];

/** `SNAT_NO_PORT` for `no-port`. */
export const reasonConstant = (name: string): string => `SNAT_${name.toUpperCase().replaceAll('-', '_')}`;

/** Entries of the counters map: room for reasons to come, so that a running map serves newer programs. */
export const COUNTERS = 128;

/** Index into the counters map. */
export const counterIndex = (direction: Direction, reason: number): number =>
  reason * DIRECTIONS.length + DIRECTIONS.indexOf(direction);
