// SPDX-License-Identifier: Apache-2.0
import type { Decoded } from '../abi/layout.js';
import { V4, V6 } from '../abi/structs.js';
import { type Address, type Family, formatAddress, makeAddress, parseAddress } from '../net/address.js';

export type Protocol = 'tcp' | 'udp' | 'icmp' | 'icmp6' | 'sctp' | `${number}`;
const NUMBERS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 };
const NAMES = new Map(Object.entries(NUMBERS).map(([name, number]) => [number, name as Protocol]));

/** An address with a port; for ICMP echo the identifier stands in for the port (0 on the remote side). */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export const protocolNumber = (name: Protocol): number => NUMBERS[name] ?? Number(name);
export const protocolName = (number: number): Protocol => NAMES.get(number) ?? `${number}`;

/** The structs of a family's tables. */
export const structsOf = (family: Family) => (family === 4 ? V4 : V6) as typeof V6;

/** What a family's structs hold for an address: a number for IPv4, a bigint for IPv6. */
export const addressField = (address: Address): bigint =>
  (address.family === 4 ? Number(address.value) : address.value) as bigint;
export const addressText = (family: Family, field: bigint | number): string =>
  formatAddress(makeAddress(family, BigInt(field)));

/** @throws TypeError when the text is no address. */
export function requireAddress(text: string): Address {
  const address = parseAddress(text);
  if (!address) throw new TypeError(`expected an IP address, received ${JSON.stringify(text)}`);
  return address;
}

/** The kernel's key of a flow; both endpoints are of one family. */
export function encodeTuple(protocol: Protocol, remote: Endpoint, local: Endpoint): Buffer {
  const [far, near] = [requireAddress(remote.address), requireAddress(local.address)];
  return structsOf(far.family).TUPLE.encode({
    remote: addressField(far),
    local: addressField(near),
    remote_port: remote.port,
    local_port: local.port,
    protocol: protocolNumber(protocol),
  });
}

type Tuple = Decoded<typeof V6.TUPLE>;
export const remoteOf = (family: Family, t: Tuple): Endpoint => ({
  address: addressText(family, t.remote),
  port: t.remote_port,
});
export const localOf = (family: Family, t: Tuple): Endpoint => ({
  address: addressText(family, t.local),
  port: t.local_port,
});
