// SPDX-License-Identifier: Apache-2.0
import { parseAddress } from './address.js';
import { readU16 } from './bytes.js';
import { internetChecksum, pseudoHeaderSum } from './checksum.js';
import { type Layout, type ParseOptions, parseLayers } from './packet-parse.js';
import { type IpSpec, ipProtocol, type Packet } from './packet-types.js';

/**
 * Names of the checksums that are wrong, in order: `ipv4`, `tcp`, `udp`, `icmp`, and the same with `quoted-` for the packet
 * that an ICMP error quotes. Computed from the bytes, not from what `buildPacket` would have written. Left out: UDP over
 * IPv4 without a checksum, transport checksums of fragments and of cut packets. A packet whose transport checksum the device
 * is still to fill in (CHECKSUM_PARTIAL) counts as wrong.
 */
export function verifyChecksums(bytes: Uint8Array, options: ParseOptions = {}): string[] {
  const { packet, layout } = parseLayers(bytes, options);
  if (!layout || !packet.ip) return [];
  const wrong: string[] = [];
  const headerEnd = layout.ip + ((bytes[layout.ip] as number) & 15) * 4;
  if (layout.family === 4 && internetChecksum(bytes.subarray(layout.ip, headerEnd)) !== 0) wrong.push('ipv4');
  const transport = wrongTransport(bytes, packet, packet.ip, layout);
  if (transport) wrong.push(transport);
  if (packet.icmp?.quoted && packet.icmp.payload instanceof Uint8Array) {
    const quoted = verifyChecksums(packet.icmp.payload, { link: 'none' });
    wrong.push(...quoted.map((name) => `quoted-${name}`));
  }
  return wrong;
}

function wrongTransport(bytes: Uint8Array, packet: Packet, ip: IpSpec, layout: Layout): string | undefined {
  if (packet.problem || layout.fragment || layout.transport === undefined) return undefined;
  const name = packet.tcp ? 'tcp' : packet.udp ? 'udp' : packet.icmp ? 'icmp' : undefined;
  if (!name) return undefined;
  let segment = bytes.subarray(layout.transport, layout.end);
  if (name === 'udp') {
    if (readU16(segment, 6) === 0) return layout.family === 6 ? 'udp' : undefined;
    segment = segment.subarray(0, readU16(segment, 4));
  }
  return internetChecksum(segment, initialSum(name, ip, layout.family, segment.length)) === 0 ? undefined : name;
}

function initialSum(name: 'tcp' | 'udp' | 'icmp', ip: IpSpec, family: 4 | 6, length: number): number {
  if (name === 'icmp' && family === 4) return 0;
  const [source, destination] = [parseAddress(ip.src), parseAddress(ip.dst)];
  if (!source || !destination) return 0;
  const protocol = name === 'icmp' ? ipProtocol.icmp6 : ipProtocol[name];
  return pseudoHeaderSum(source, destination, protocol, length);
}
