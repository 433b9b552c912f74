// SPDX-License-Identifier: Apache-2.0
import { readU16, readU32 } from './bytes.js';
import { type IcmpSpec, isIcmpError, type Layer, type Packet, type TcpFlag, tcpFlags } from './packet-types.js';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** A packet that is being read. */
export type Draft = Mutable<Packet>;

/** The first problem is the one that is kept: what follows is its consequence. */
export function problem(packet: Draft, kind: 'truncated' | 'malformed', layer: Layer): Draft {
  packet.problem ??= { kind, layer };
  return packet;
}

function flagNames(bits: number): TcpFlag[] {
  return tcpFlags.filter((_, i) => bits & (1 << i));
}

export function parseTcp(bytes: Uint8Array, packet: Draft): void {
  if (bytes.length < 20) {
    problem(packet, 'truncated', 'tcp');
    // ICMP errors quote at least these eight bytes.
    const seq = bytes.length >= 8 ? { seq: readU32(bytes, 4) } : {};
    if (bytes.length >= 4) packet.tcp = { sport: readU16(bytes, 0), dport: readU16(bytes, 2), ...seq };
    return;
  }
  const bits = readU16(bytes, 12);
  const headerLength = (bits >> 12) * 4;
  const fields = {
    ...{ sport: readU16(bytes, 0), dport: readU16(bytes, 2), seq: readU32(bytes, 4), ack: readU32(bytes, 8) },
    ...{ flags: flagNames(bits), window: readU16(bytes, 14), checksum: readU16(bytes, 16), urgent: readU16(bytes, 18) },
  };
  packet.tcp = fields;
  // The three reserved bits are zero in every TCP there is (RFC 9293).
  if (headerLength < 20 || bits & 0x0e00) problem(packet, 'malformed', 'tcp');
  else if (headerLength > bytes.length) problem(packet, 'truncated', 'tcp');
  else {
    const options = headerLength > 20 ? { options: bytes.subarray(20, headerLength) } : {};
    packet.tcp = { ...fields, ...options, payload: bytes.subarray(headerLength) };
  }
}

export function parseUdp(bytes: Uint8Array, packet: Draft, fragment: boolean): void {
  if (bytes.length < 8) {
    problem(packet, 'truncated', 'udp');
    if (bytes.length >= 4) packet.udp = { sport: readU16(bytes, 0), dport: readU16(bytes, 2) };
    return;
  }
  const length = readU16(bytes, 4);
  const ports = { sport: readU16(bytes, 0), dport: readU16(bytes, 2) };
  packet.udp = { ...ports, length, checksum: readU16(bytes, 6), payload: bytes.subarray(8) };
  if (length < 8) problem(packet, 'malformed', 'udp');
  else if (length > bytes.length && !fragment) problem(packet, 'truncated', 'udp');
}

export function parseIcmp(
  bytes: Uint8Array,
  packet: Draft,
  family: 4 | 6,
  parseQuoted: (bytes: Uint8Array) => Packet,
): void {
  if (bytes.length < 8) {
    problem(packet, 'truncated', 'icmp');
    if (bytes.length >= 2) packet.icmp = { type: bytes[0] as number, code: bytes[1] as number };
    return;
  }
  const [type, code, payload] = [bytes[0] as number, bytes[1] as number, bytes.subarray(8)];
  const rest = { id: readU16(bytes, 4), seq: readU16(bytes, 6) };
  const icmp: Mutable<IcmpSpec> = { type, code, checksum: readU16(bytes, 2), ...rest, payload };
  if (family === 4 && type === 3 && code === 4) icmp.mtu = rest.seq;
  if (family === 6 && type === 2) icmp.mtu = readU32(bytes, 4);
  if (isIcmpError(family, type)) icmp.quoted = parseQuoted(payload);
  packet.icmp = icmp;
}
