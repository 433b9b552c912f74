// SPDX-License-Identifier: Apache-2.0
import { addressFromBytes, formatAddress } from './address.js';
import { readU16, readU32 } from './bytes.js';
import { type Draft, type Mutable, parseIcmp, parseTcp, parseUdp, problem } from './packet-parse-transport.js';
import {
  type EthernetSpec,
  type ExtensionSpec,
  etherType,
  extensionProtocols,
  fragmentExtension,
  type IpSpec,
  ipProtocol,
  type Layer,
  type Packet,
} from './packet-types.js';

export interface ParseOptions {
  /** What the bytes begin with: an Ethernet header (the default) or an IP header. */
  readonly link?: 'ethernet' | 'none';
}

/** Where the layers are in the bytes: what a checksum needs besides the fields. Offsets in bytes. */
export interface Layout {
  readonly family: 4 | 6;
  readonly ip: number;
  /** Of the transport header, behind options and extension headers; undefined for later fragments. */
  readonly transport?: number;
  /** Where the IP packet ends; never behind the end of the bytes. */
  readonly end: number;
  /** It is a fragment, so that its transport checksum covers more than is here. */
  readonly fragment: boolean;
}

/** Reads a packet. Never throws: a cut or malformed packet gives what could be read, and `problem`. */
export function parsePacket(bytes: Uint8Array, options: ParseOptions = {}): Packet {
  return parseLayers(bytes, options).packet;
}

/** `parsePacket`, and where things were; the layout is absent when there is no whole IP header. */
export function parseLayers(bytes: Uint8Array, options: ParseOptions = {}): { packet: Packet; layout?: Layout } {
  const packet: Draft = {};
  let offset = 0;
  if (options.link !== 'none') {
    const ethernet = parseEthernet(bytes);
    if (!ethernet) return { packet: truncated(packet, 'ethernet') };
    packet.eth = ethernet.eth;
    offset = ethernet.length;
    if (ethernet.type !== etherType.ipv4 && ethernet.type !== etherType.ipv6) {
      packet.payload = bytes.subarray(offset);
      return { packet };
    }
  }
  const version = packet.eth ? (packet.eth.type === etherType.ipv6 ? 6 : 4) : (bytes[0] ?? 0x40) >> 4;
  const layout = version === 6 ? parseV6(bytes, offset, packet) : parseV4(bytes, offset, packet);
  if (!layout) return { packet };
  if (layout.transport !== undefined) parseTransport(bytes.subarray(layout.transport, layout.end), packet, layout);
  if (layout.end < bytes.length) packet.trailer = bytes.subarray(layout.end);
  return { packet, layout };
}

const truncated = (packet: Draft, layer: Layer) => problem(packet, 'truncated', layer);
const malformed = (packet: Draft, layer: Layer) => problem(packet, 'malformed', layer);

function parseEthernet(bytes: Uint8Array): { eth: EthernetSpec; type: number; length: number } | undefined {
  const tags: number[] = [];
  let offset = 12;
  for (; offset + 2 <= bytes.length; offset += 4) {
    const type = readU16(bytes, offset);
    if (type !== etherType.vlan && type !== etherType.serviceVlan) {
      const ends = { src: formatMac(bytes.subarray(6, 12)), dst: formatMac(bytes.subarray(0, 6)) };
      const vlan = tags.length > 1 ? tags : tags[0];
      return { eth: { ...ends, ...(vlan === undefined ? {} : { vlan }), type }, type, length: offset + 2 };
    }
    if (offset + 4 > bytes.length) return undefined;
    tags.push(readU16(bytes, offset + 2));
  }
  return undefined;
}

function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

const addressText = (bytes: Uint8Array) => formatAddress(addressFromBytes(bytes));

function parseV4(all: Uint8Array, ip: number, packet: Draft): Layout | undefined {
  const bytes = all.subarray(ip);
  if (bytes.length < 20) {
    truncated(packet, 'ipv4');
    return undefined;
  }
  const [first, tos, flags] = [bytes[0] as number, bytes[1] as number, readU16(bytes, 6)];
  const headerLength = (first & 15) * 4;
  const total = readU16(bytes, 2);
  const offset = (flags & 0x1fff) * 8;
  packet.protocol = bytes[9] as number;
  const header: Mutable<IpSpec> = {
    src: addressText(bytes.subarray(12, 16)),
    dst: addressText(bytes.subarray(16, 20)),
    ...{ ttl: bytes[8] as number, id: readU16(bytes, 4), dscp: tos >> 2, ecn: tos & 3 },
    ...{ df: (flags & 0x4000) !== 0, mf: (flags & 0x2000) !== 0, fragmentOffset: offset, checksum: readU16(bytes, 10) },
  };
  packet.ip = header;
  // The reserved flag bit must be zero (RFC 791), and nothing here could give it back.
  if (first >> 4 !== 4 || headerLength < 20 || total < headerLength || flags & 0x8000) malformed(packet, 'ipv4');
  else if (bytes.length < total) truncated(packet, 'ipv4');
  if (packet.problem?.kind === 'malformed' || bytes.length < headerLength) return undefined;
  if (headerLength > 20) header.options = bytes.subarray(20, headerLength);
  const end = ip + Math.min(total, bytes.length);
  return finish(
    all,
    packet,
    { family: 4, ip, end, fragment: header.mf === true || offset > 0 },
    ip + headerLength,
    offset,
  );
}

function parseV6(all: Uint8Array, ip: number, packet: Draft): Layout | undefined {
  const bytes = all.subarray(ip);
  if (bytes.length < 40) {
    truncated(packet, 'ipv6');
    return undefined;
  }
  const word = readU32(bytes, 0);
  const length = readU16(bytes, 4);
  const header: Mutable<IpSpec> = {
    src: addressText(bytes.subarray(8, 24)),
    dst: addressText(bytes.subarray(24, 40)),
    ...{ ttl: bytes[7] as number, dscp: (word >>> 22) & 63, ecn: (word >>> 20) & 3, flowLabel: word & 0xfffff },
  };
  packet.ip = header;
  packet.protocol = bytes[6] as number;
  if (word >>> 28 !== 6) {
    malformed(packet, 'ipv6');
    return undefined;
  }
  if (bytes.length < 40 + length) truncated(packet, 'ipv6');
  const end = Math.min(40 + length, bytes.length);
  const walk = walkExtensions(bytes.subarray(0, end), packet.protocol);
  packet.protocol = walk.protocol;
  if (walk.extensions.length > 0) header.extensions = walk.extensions;
  const fragment = walk.extensions.find((extension) => extension.protocol === fragmentExtension)?.bytes;
  if (fragment) {
    const field = readU16(fragment, 2);
    Object.assign(header, { id: readU32(fragment, 4), mf: (field & 1) === 1, fragmentOffset: field & 0xfff8 });
  }
  if (!walk.whole) {
    // Bytes that the length field promised may have been cut; a chain that overruns the length itself is wrong.
    malformed(packet, 'ipv6');
    return undefined;
  }
  const offset = header.fragmentOffset ?? 0;
  return finish(
    all,
    packet,
    { family: 6, ip, end: ip + end, fragment: header.mf === true || offset > 0 },
    ip + walk.at,
    offset,
  );
}

function walkExtensions(bytes: Uint8Array, first: number) {
  const extensions: ExtensionSpec[] = [];
  let [protocol, at] = [first, 40];
  while (extensionProtocols.includes(protocol)) {
    if (at + 8 > bytes.length) return { extensions, protocol, at, whole: false };
    const words = bytes[at + 1] as number;
    const length = protocol === fragmentExtension ? 8 : protocol === 51 ? (words + 2) * 4 : (words + 1) * 8;
    if (at + length > bytes.length) return { extensions, protocol, at, whole: false };
    const extension = { protocol, bytes: bytes.subarray(at, at + length) };
    extensions.push(extension);
    protocol = bytes[at] as number;
    at += length;
    // Behind the header of a later fragment there is payload, whatever its protocol.
    if (extension.protocol === fragmentExtension && readU16(extension.bytes, 2) >= 8) break;
  }
  return { extensions, protocol, at, whole: true };
}

function finish(all: Uint8Array, packet: Draft, layout: Layout, body: number, fragmentOffset: number): Layout {
  if (fragmentOffset === 0) return { ...layout, transport: body };
  packet.payload = all.subarray(body, layout.end);
  return layout;
}

function parseTransport(bytes: Uint8Array, packet: Draft, layout: Layout): void {
  if (packet.protocol === ipProtocol.tcp) parseTcp(bytes, packet);
  else if (packet.protocol === ipProtocol.udp) parseUdp(bytes, packet, layout.fragment);
  else if (packet.protocol === (layout.family === 6 ? ipProtocol.icmp6 : ipProtocol.icmp)) {
    parseIcmp(bytes, packet, layout.family, (quoted) => parsePacket(quoted, { link: 'none' }));
  } else packet.payload = bytes;
}
