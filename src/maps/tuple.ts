// SPDX-License-Identifier: Apache-2.0
import { type Decoded } from '../abi/layout.js';
import { V4_TUPLE } from '../abi/structs.js';
import { addressBytes, formatAddress, makeAddress, parseAddress } from '../net/address.js';

export type Protocol = 'tcp' | 'udp' | 'icmp';
const NUMBERS: Record<Protocol, number> = { icmp: 1, tcp: 6, udp: 17 };
const NAMES = new Map<number, Protocol>(Object.entries(NUMBERS).map(([name, number]) => [number, name as Protocol]));

/** An address with a port; for ICMP echo the identifier stands in for the port (0 on the remote side). */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export const protocolNumber = (name: Protocol): number => NUMBERS[name];
export const protocolName = (number: number): Protocol => NAMES.get(number) ?? (`${number}` as Protocol);

export const ipv4Text = (value: number): string => formatAddress(makeAddress(4, BigInt(value)));
export function ipv4Number(text: string): number {
  const address = parseAddress(text);
  if (address?.family !== 4) throw new TypeError(`expected an IPv4 address, received ${JSON.stringify(text)}`);
  return Buffer.from(addressBytes(address)).readUInt32BE();
}

/** The kernel's key of a flow. */
export function encodeTuple(protocol: Protocol, remote: Endpoint, local: Endpoint): Buffer {
  return V4_TUPLE.encode({
    remote: ipv4Number(remote.address),
    local: ipv4Number(local.address),
    remote_port: remote.port,
    local_port: local.port,
    protocol: protocolNumber(protocol),
  });
}

export type Tuple = Decoded<typeof V4_TUPLE>;
export const remoteOf = (t: Tuple): Endpoint => ({ address: ipv4Text(t.remote), port: t.remote_port });
export const localOf = (t: Tuple): Endpoint => ({ address: ipv4Text(t.local), port: t.local_port });
