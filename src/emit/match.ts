// SPDX-License-Identifier: Apache-2.0
import { addressBits, type Family } from '../net/address.js';
import { type Cidr, formatCidr } from '../net/cidr.js';
import type { PortRange } from '../net/ports.js';

const words = (value: bigint, bits: number): number[] =>
  Array.from({ length: bits / 32 }, (_, i) => Number((value >> BigInt(bits - 32 * (i + 1))) & 0xffff_ffffn));
const hex = (word: number) => `0x${word.toString(16).padStart(8, '0')}`;
const maskOf = (prefixLength: number, bits: number) =>
  ((1n << BigInt(prefixLength)) - 1n) << BigInt(bits - prefixLength);

/** `SNAT_IPV4(10, 20, 30, 0)`, host byte order. */
const v4Constant = (cidr: Cidr) =>
  `SNAT_IPV4(${[24n, 16n, 8n, 0n].map((shift) => (cidr.address.value >> shift) & 255n).join(', ')})`;

function groups(cidrs: readonly Cidr[]): [number, Cidr[]][] {
  const byLength = new Map<number, Cidr[]>();
  for (const c of cidrs) byLength.set(c.prefixLength, [...(byLength.get(c.prefixLength) ?? []), c]);
  return [...byLength].sort(([a], [b]) => a - b);
}

/**
 * Statements that return `result` when `address` (IPv4, host byte order) is in one of the CIDRs: one switch a prefix
 * length, of which clang makes a search tree. Measured against unordered compares at 128 prefixes: 32 ns instead of 45.
 */
export function emitV4Match(cidrs: readonly Cidr[], result: string): string {
  return groups(cidrs)
    .map(([prefixLength, group]) => {
      const masked = prefixLength === 32 ? 'address' : `address & ${hex(Number(maskOf(prefixLength, 32)))}`;
      const [only, another] = group as [Cidr, Cidr?];
      if (!another)
        return `\tif (${prefixLength === 32 ? masked : `(${masked})`} == ${v4Constant(only)})\n\t\treturn ${result};\n`;
      return `\tswitch (${masked}) {\n${group.map((c) => `\tcase ${v4Constant(c)}:\n`).join('')}\t\treturn ${result};\n\t}\n`;
    })
    .join('');
}

/** The same for IPv6: compares of only the words that the prefix reaches into. */
export function emitV6Match(cidrs: readonly Cidr[], result: string): string {
  return groups(cidrs)
    .flatMap(([prefixLength, group]) => group.map((c) => ({ prefixLength, c })))
    .map(({ prefixLength, c }) => {
      const values = words(c.address.value, 128);
      const tests = words(maskOf(prefixLength, 128), 128).flatMap((mask, i) => {
        if (mask === 0) return [];
        const word = `ip->word[${i}]`;
        const value = `bpf_htonl(${hex(values[i] as number)})`;
        return [mask === 0xffff_ffff ? `${word} == ${value}` : `(${word} & bpf_htonl(${hex(mask)})) == ${value}`];
      });
      return `\tif (${tests.join(' &&\n\t    ')}) /* ${formatCidr(c)} */\n\t\treturn ${result};\n`;
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
export function emitCidrFunction(f: CidrFunction, family: Family, cidrs: readonly Cidr[]): string {
  const head = `/* ${f.comment}: ${describeCidrs(cidrs)} */\nstatic __always_inline ${f.type} ${f.name}_v${family}(const snat_v${family}_address *ip)\n{\n`;
  if (cidrs.length === 0) return `${head}\t(void)ip;\n\treturn ${f.miss};\n}`;
  if (cidrs.some((c) => c.prefixLength === 0)) return `${head}\t(void)ip;\n\treturn ${f.hit};\n}`;
  const body =
    addressBits(family) === 32
      ? `\tconst __u32 address = bpf_ntohl(*ip);\n\n${emitV4Match(cidrs, f.hit)}`
      : emitV6Match(cidrs, f.hit);
  return `${head}${body}\treturn ${f.miss};\n}`;
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
  if (cidrs.length === 0) return 'none';
  const shown = cidrs.slice(0, most).map(formatCidr).join(', ');
  return cidrs.length > most ? `${shown} and ${cidrs.length - most} more` : shown;
}
