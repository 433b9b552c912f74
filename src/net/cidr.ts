// SPDX-License-Identifier: Apache-2.0
import { type Address, addressBits, compareAddresses, type Family, formatAddress, parseAddress } from './address.js';

/** A prefix; the bits of `address` behind `prefixLength` are zero. */
export interface Cidr {
  readonly address: Address;
  /** 0..32 or 0..128. */
  readonly prefixLength: number;
}

/** Clears the host bits of `address`. Throws RangeError when the prefix length does not fit the family. */
export function makeCidr(address: Address, prefixLength: number): Cidr {
  const bits = addressBits(address.family);
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > bits) {
    throw new RangeError(`a prefix length of IPv${address.family} is 0..${bits}, not ${prefixLength}`);
  }
  const host = BigInt(bits - prefixLength);
  const network = Object.freeze({ family: address.family, value: (address.value >> host) << host });
  return Object.freeze({ address: network, prefixLength });
}

type Reading = { readonly cidr: Cidr } | { readonly issue: string };

function read(text: string): Reading {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address) return { issue: 'not an address followed by a prefix length' };
  const bits = addressBits(address.family);
  if (slash < 0) return { cidr: makeCidr(address, bits) };
  const length = text.slice(slash + 1);
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(length)) {
    return { issue: `the prefix length must be a whole number from 0 to ${bits}` };
  }
  if (Number(length) > bits) return { issue: `an IPv${address.family} prefix length is at most ${bits}` };
  const cidr = makeCidr(address, Number(length));
  if (cidr.address.value === address.value) return { cidr };
  return { issue: `host bits are set: did you mean ${formatCidr(cidr)}?` };
}

/**
 * Reads `10.20.30.0/24` or `fd00::/8`; an address without a length stands for itself alone (/32, /128).
 * Undefined when it is no CIDR or has host bits set; `parseCidrIssue` tells why.
 */
export function parseCidr(text: string): Cidr | undefined {
  const reading = read(text);
  return 'cidr' in reading ? reading.cidr : undefined;
}

/** Why `parseCidr` refuses the text, in words and with the fix where there is one; undefined when it accepts it. */
export function parseCidrIssue(text: string): string | undefined {
  const reading = read(text);
  return 'issue' in reading ? reading.issue : undefined;
}

/** Always with the prefix length. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.address)}/${cidr.prefixLength}`;
}

/** First and last address, both included. */
export function cidrRange(cidr: Cidr): { readonly first: Address; readonly last: Address } {
  const { family, value } = cidr.address;
  const size = 1n << BigInt(addressBits(family) - cidr.prefixLength);
  return { first: cidr.address, last: Object.freeze({ family, value: value + size - 1n }) };
}

export function cidrContains(cidr: Cidr, address: Address): boolean {
  if (cidr.address.family !== address.family) return false;
  const host = BigInt(addressBits(address.family) - cidr.prefixLength);
  return cidr.address.value >> host === address.value >> host;
}

/** Every address of `inner` is in `outer`. */
export function cidrCovers(outer: Cidr, inner: Cidr): boolean {
  return outer.prefixLength <= inner.prefixLength && cidrContains(outer, inner.address);
}

/** Two CIDRs overlap only when one covers the other. */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return cidrCovers(a, b) || cidrCovers(b, a);
}

/** Order for sorting: by family, address, then the wider prefix first. */
export function compareCidrs(a: Cidr, b: Cidr): number {
  return compareAddresses(a.address, b.address) || a.prefixLength - b.prefixLength;
}

/** The parent of two halves that make it up, if they do. `a` is the lower one. */
function mergeSiblings(a: Cidr, b: Cidr): Cidr | undefined {
  if (a.prefixLength !== b.prefixLength || a.prefixLength === 0) return undefined;
  const parent = makeCidr(a.address, a.prefixLength - 1);
  return cidrCovers(parent, b) ? parent : undefined;
}

/** The smallest sorted list of CIDRs that holds exactly the same addresses. */
export function normalizeCidrs(list: readonly Cidr[]): Cidr[] {
  const result: Cidr[] = [];
  for (const cidr of [...list].sort(compareCidrs)) {
    let current = cidr;
    let last = result.at(-1);
    if (last && cidrCovers(last, current)) continue;
    for (; last; last = result.at(-1)) {
      const parent = mergeSiblings(last, current);
      if (!parent) break;
      result.pop();
      current = parent;
    }
    result.push(current);
  }
  return result;
}

/** The addresses of `from` that are in none of `what`, normalized. */
export function subtractCidrs(from: readonly Cidr[], what: readonly Cidr[]): Cidr[] {
  const holes = normalizeCidrs(what);
  return normalizeCidrs(from.flatMap((cidr) => without(cidr, holes)));
}

/** The addresses of one family that are in none of `list`, normalized. */
export function complementCidrs(list: readonly Cidr[], family: Family): Cidr[] {
  return subtractCidrs([makeCidr({ family, value: 0n }, 0)], list);
}

function without(cidr: Cidr, what: readonly Cidr[]): Cidr[] {
  const near = what.filter((other) => cidrsOverlap(cidr, other));
  if (near.length === 0) return [cidr];
  if (near.some((other) => cidrCovers(other, cidr))) return [];
  const length = cidr.prefixLength + 1;
  const { first, last } = cidrRange(cidr);
  return [...without(makeCidr(first, length), near), ...without(makeCidr(last, length), near)];
}
