// SPDX-License-Identifier: Apache-2.0
import { type Address, formatAddress, parseAddress } from './address.js';
import { parsePortRange } from './ports.js';

export interface Endpoint {
  readonly address: Address;
  /** Port, 0..65535; for ICMP the echo identifier at the source, and 0 at the destination. */
  readonly port: number;
}

export interface Tuple {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** `10.20.30.11:40000`, `[fd00::1]:80`. */
export function formatEndpoint(endpoint: Endpoint): string {
  const text = formatAddress(endpoint.address);
  return endpoint.address.family === 6 ? `[${text}]:${endpoint.port}` : `${text}:${endpoint.port}`;
}

/** Reads what `formatEndpoint` writes; the port is required. Undefined when it is no endpoint. */
export function parseEndpoint(text: string): Endpoint | undefined {
  if (text.length > 64) return undefined;
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):([0-9]+)$/.exec(text);
  const address = parseAddress(match?.[1] ?? match?.[2] ?? '');
  const port = parsePortRange(match?.[3] ?? '')?.min;
  if (!address || port === undefined || (address.family === 6) !== (match?.[1] !== undefined)) return undefined;
  return Object.freeze({ address, port });
}

/** `tcp 10.20.30.11:40000 > 192.0.2.9:3306`; for ICMP `icmp 10.20.30.11:7 > 192.0.2.9`, where 7 is the echo identifier. */
export function formatTuple(tuple: Tuple): string {
  const { protocol, source, destination } = tuple;
  const to = protocol === 'icmp' ? formatAddress(destination.address) : formatEndpoint(destination);
  return `${protocol} ${formatEndpoint(source)} > ${to}`;
}

/** Reads what `formatTuple` writes. Undefined when it is no tuple or its addresses are of two families. */
export function parseTuple(text: string): Tuple | undefined {
  if (text.length > 160) return undefined;
  const match = /^(tcp|udp|icmp)\s+(\S+)\s*>\s*(\S+)$/.exec(text.trim());
  if (!match) return undefined;
  const protocol = match[1] as Tuple['protocol'];
  const source = parseEndpoint(match[2] as string);
  const destination = protocol === 'icmp' ? bareEndpoint(match[3] as string) : parseEndpoint(match[3] as string);
  if (!source || !destination || source.address.family !== destination.address.family) return undefined;
  return Object.freeze({ protocol, source, destination });
}

function bareEndpoint(text: string): Endpoint | undefined {
  const address = parseAddress(text);
  return address && Object.freeze({ address, port: 0 });
}
