// SPDX-License-Identifier: Apache-2.0
/** One direction of a connection as the kernel's connection tracking names it. */
export interface ConntrackTuple {
  readonly src: string;
  readonly dst: string;
  /** For ICMP echo: the identifier in `sport` of the request, 0 in `dport`. */
  readonly sport: number;
  readonly dport: number;
}
export interface ConntrackFlow {
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'icmp6';
  readonly original: ConntrackTuple;
  readonly reply: ConntrackTuple;
}

/** The flows in a text as /proc/net/nf_conntrack gives it; lines of other kinds are passed over. */
export function parseConntrack(text: string): ConntrackFlow[] {
  return text.split('\n').flatMap((line) => {
    const name = /^ipv[46]\s+\d+\s+(tcp|udp|icmp|icmpv6)\s/.exec(line)?.[1];
    const protocol = (name === 'icmpv6' ? 'icmp6' : name) as ConntrackFlow['protocol'] | undefined;
    if (!protocol) return [];
    const tuples = [
      ...line.matchAll(/src=(\S+) dst=(\S+) (?:sport=(\d+) dport=(\d+)|type=\d+ code=\d+ id=(\d+))/g),
    ].map((m) => ({
      src: m[1] as string,
      dst: m[2] as string,
      sport: Number(m[3] ?? m[5]),
      dport: Number(m[4] ?? 0),
    }));
    const [original, reply] = tuples;
    return original && reply ? [{ protocol, original, reply }] : [];
  });
}
