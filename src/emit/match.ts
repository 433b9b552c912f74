// SPDX-License-Identifier: Apache-2.0
import { formatAddress } from '../net/address.js';
import { type Cidr, formatCidr } from '../net/cidr.js';
import type { PortRange } from '../net/ports.js';

/** `SNAT_IPV4(10, 20, 30, 0)`, host byte order. */
const constant = (cidr: Cidr) => `SNAT_IPV4(${formatAddress(cidr.address).split('.').join(', ')})`;

const mask = (prefixLength: number) =>
  `0x${(prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0).toString(16).padStart(8, '0')}`;

/**
 * Statements that return `result` when `address` (host byte order) is in one of the CIDRs: one switch a prefix length, of
 * which clang makes a search tree. Measured against unordered compares at 128 prefixes: 32 ns instead of 45.
 */
export function emitCidrMatch(cidrs: readonly Cidr[], result: string): string {
  const groups = new Map<number, Cidr[]>();
  for (const c of cidrs) groups.set(c.prefixLength, [...(groups.get(c.prefixLength) ?? []), c]);
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([prefixLength, group]) => {
      const masked = prefixLength === 32 ? 'address' : `address & ${mask(prefixLength)}`;
      const [only, another] = group as [Cidr, Cidr?];
      if (!another) return `\tif (${prefixLength === 32 ? masked : `(${masked})`} == ${constant(only)})\n\t\treturn ${result};\n`;
      return `\tswitch (${masked}) {\n${group.map((c) => `\tcase ${constant(c)}:\n`).join('')}\t\treturn ${result};\n\t}\n`;
    })
    .join('');
}

export interface CidrFunction {
  readonly comment: string;
  readonly type: string;
  readonly name: string;
  readonly hit: string;
  readonly miss: string;
}

/** A function from an address (network order) to `hit` or `miss`. */
export function emitCidrFunction(f: CidrFunction, cidrs: readonly Cidr[]): string {
  const everything = cidrs.some((c) => c.prefixLength === 0);
  const body = everything
    ? `\t(void)ip;\n\treturn ${f.hit};\n`
    : `\tconst __u32 address = bpf_ntohl(ip);\n\n${emitCidrMatch(cidrs, f.hit)}\treturn ${f.miss};\n`;
  return `/* ${f.comment}: ${describeCidrs(cidrs)} */\nstatic __always_inline ${f.type} ${f.name}(__be32 ip)\n{\n${body}}`;
}

/** A C expression, true when `port` (host byte order) is in one of the ranges. */
export function emitPortMatch(ranges: readonly PortRange[]): string {
  if (ranges.length === 0) return 'false';
  return ranges
    .map((r) => (r.min === r.max ? `port == ${r.min}` : `(port >= ${r.min} && port <= ${r.max})`))
    .join(' ||\n\t       ');
}

/** A list for a comment: the first few and how many more. */
function describeCidrs(cidrs: readonly Cidr[], most = 6): string {
  const shown = cidrs.slice(0, most).map(formatCidr).join(', ');
  return cidrs.length > most ? `${shown} and ${cidrs.length - most} more` : shown;
}
