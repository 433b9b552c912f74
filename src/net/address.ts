// SPDX-License-Identifier: Apache-2.0
export type Family = 4 | 6;

/** An IP address as a plain frozen value: the same text form always gives equal values. */
export interface Address {
  readonly family: Family;
  /** Unsigned, network order: 32 bits for family 4, 128 bits for family 6. */
  readonly value: bigint;
}

/** Width of an address in bits: 32 or 128. */
export function addressBits(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** Throws RangeError when the value does not fit the family. */
export function makeAddress(family: Family, value: bigint): Address {
  if (value < 0n || value >> BigInt(addressBits(family)) !== 0n) {
    throw new RangeError(`${value} is not an IPv${family} address value`);
  }
  return Object.freeze({ family, value });
}

// The longest text is eight full groups with an embedded IPv4 tail; anything longer is refused unread.
const longestText = 45;

/**
 * Reads dotted decimal IPv4 (four octets, no leading zeros, nothing else) or IPv6 in any RFC 4291 text form.
 * Zone identifiers (`%eth0`), brackets, prefix lengths and white space are refused. Undefined when it is no address.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > longestText) return undefined;
  const family = text.includes(':') ? 6 : 4;
  const value = family === 6 ? parseV6(text) : parseV4(text);
  return value === undefined ? undefined : Object.freeze({ family, value });
}

const octet = /^(?:0|[1-9][0-9]{0,2})$/;

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!octet.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const elided = halves.length === 2;
  const head = parseGroups(halves[0] as string, !elided);
  const tail = elided ? parseGroups(halves[1] as string, true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  // RFC 4291: "::" stands for one or more groups of zeros.
  if (elided ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

function parseGroups(text: string, mayEndInV4: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const v4 = mayEndInV4 && index === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 === undefined) return undefined;
    groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
  }
  return groups;
}

/** Canonical text: dotted decimal, or RFC 5952 (lower case, longest run of zeros elided, `::ffff:a.b.c.d` for mapped ones). */
export function formatAddress(address: Address): string {
  if (address.family === 4) return addressBytes(address).join('.');
  if (address.value >> 32n === 0xffffn) {
    return `::ffff:${formatAddress({ family: 4, value: address.value & 0xffffffffn })}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => Number((address.value >> BigInt(112 - 16 * i)) & 0xffffn));
  const run = longestZeroRun(groups);
  const hex = (list: number[]) => list.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}

/** 4 or 16 bytes in network order. */
export function addressBytes(address: Address): Uint8Array {
  const bytes = new Uint8Array(addressBits(address.family) / 8);
  let rest = address.value;
  for (let i = bytes.length - 1; i >= 0; i -= 1) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The inverse of `addressBytes`. Throws RangeError unless there are 4 or 16 bytes. */
export function addressFromBytes(bytes: Uint8Array): Address {
  if (bytes.length !== 4 && bytes.length !== 16) {
    throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  }
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return Object.freeze({ family: bytes.length === 4 ? 4 : 6, value });
}

/** Order for sorting: IPv4 before IPv6, then by value. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

export function equalAddresses(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}
