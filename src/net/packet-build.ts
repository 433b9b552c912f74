// SPDX-License-Identifier: Apache-2.0
import { type Address, addressBytes, parseAddress } from './address.js';
import { concatBytes, packBits } from './bytes.js';
import { internetChecksum, pseudoHeaderSum } from './checksum.js';
import {
  type EthernetSpec,
  type ExtensionSpec,
  etherType,
  experimentalProtocol,
  fragmentExtension,
  type IcmpSpec,
  type IpSpec,
  ipProtocol,
  type PacketSpec,
  type Payload,
  type TcpSpec,
  tcpFlags,
  type UdpSpec,
} from './packet-types.js';

interface Ends {
  readonly src: Address;
  readonly dst: Address;
}

/**
 * Builds a packet; checksums are computed unless given. Throws RangeError for a number that does not fit its field, and
 * TypeError for addresses that are none or of two families and for two transports in one packet.
 */
export function buildPacket(spec: PacketSpec): Uint8Array {
  const ends = spec.ip && readEnds(spec.ip);
  const inner = spec.ip && ends ? buildIp(spec, spec.ip, ends) : payloadBytes(spec.payload);
  const type = ends?.src.family === 6 ? etherType.ipv6 : etherType.ipv4;
  return concatBytes(
    spec.eth ? buildEthernet(spec.eth, type) : new Uint8Array(),
    inner,
    spec.trailer ?? new Uint8Array(),
  );
}

export function payloadBytes(payload: Payload | undefined): Uint8Array {
  if (payload === undefined) return new Uint8Array();
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
}

function readEnds(ip: IpSpec): Ends {
  const src = parseAddress(ip.src);
  const dst = parseAddress(ip.dst);
  if (!src || !dst || src.family !== dst.family) {
    throw new TypeError(`a packet needs two addresses of one family, not ${ip.src} and ${ip.dst}`);
  }
  return { src, dst };
}

function buildEthernet(eth: EthernetSpec, type: number): Uint8Array {
  const tags = eth.vlan === undefined ? [] : [eth.vlan].flat();
  const tagBytes = tags.map((tag, i) =>
    packBits([
      [16, i < tags.length - 1 ? etherType.serviceVlan : etherType.vlan, 'eth.type'],
      [16, tag, 'eth.vlan'],
    ]),
  );
  return concatBytes(macBytes(eth.dst), macBytes(eth.src), ...tagBytes, packBits([[16, eth.type ?? type, 'eth.type']]));
}

function macBytes(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(text)) throw new TypeError(`${text} is not an Ethernet address`);
  return Uint8Array.from(text.split(':'), (pair) => Number.parseInt(pair, 16));
}

function buildIp(spec: PacketSpec, ip: IpSpec, ends: Ends): Uint8Array {
  const { body, protocol } = buildTransport(spec, ends);
  return ends.src.family === 6 ? buildV6(ip, ends, body, protocol) : buildV4(ip, ends, body, protocol);
}

function buildV4(ip: IpSpec, ends: Ends, body: Uint8Array, protocol: number): Uint8Array {
  const options = padToWords(ip.options);
  const header = concatBytes(
    packBits([
      [4, 4, 'ip version'],
      [4, 5 + options.length / 4, 'ip header words'],
      [6, ip.dscp ?? 0, 'ip.dscp'],
      [2, ip.ecn ?? 0, 'ip.ecn'],
      [16, 20 + options.length + body.length, 'ip total length'],
      [16, ip.id ?? 0, 'ip.id'],
      [2, ip.df ? 1 : 0, 'ip.df'],
      [1, ip.mf ? 1 : 0, 'ip.mf'],
      [13, (ip.fragmentOffset ?? 0) / 8, 'ip.fragmentOffset / 8'],
      [8, ip.ttl ?? 64, 'ip.ttl'],
      [8, protocol, 'protocol'],
      [16, ip.checksum ?? 0, 'ip.checksum'],
    ]),
    addressBytes(ends.src),
    addressBytes(ends.dst),
    options,
  );
  if (ip.checksum === undefined) header.set(packBits([[16, internetChecksum(header), 'ip.checksum']]), 10);
  return concatBytes(header, body);
}

function buildV6(ip: IpSpec, ends: Ends, body: Uint8Array, protocol: number): Uint8Array {
  const extensions = [...(ip.extensions ?? [])];
  const wantsFragment = ip.mf === true || ip.fragmentOffset !== undefined;
  if (wantsFragment && !extensions.some((extension) => extension.protocol === fragmentExtension)) {
    extensions.push(fragmentHeader(ip));
  }
  const chain = extensions.map(({ bytes }, i) => {
    const copy = Uint8Array.from(bytes);
    copy.set(packBits([[8, extensions[i + 1]?.protocol ?? protocol, 'protocol']]));
    return copy;
  });
  const payload = concatBytes(...chain, body);
  return concatBytes(
    packBits([
      [4, 6, 'ip version'],
      [6, ip.dscp ?? 0, 'ip.dscp'],
      [2, ip.ecn ?? 0, 'ip.ecn'],
      [20, ip.flowLabel ?? 0, 'ip.flowLabel'],
      [16, payload.length, 'ip payload length'],
      [8, extensions[0]?.protocol ?? protocol, 'protocol'],
      [8, ip.ttl ?? 64, 'ip.ttl'],
    ]),
    addressBytes(ends.src),
    addressBytes(ends.dst),
    payload,
  );
}

function fragmentHeader(ip: IpSpec): ExtensionSpec {
  const bytes = packBits([
    [16, 0, 'reserved'],
    [13, (ip.fragmentOffset ?? 0) / 8, 'ip.fragmentOffset / 8'],
    [2, 0, 'reserved'],
    [1, ip.mf ? 1 : 0, 'ip.mf'],
    [32, ip.id ?? 0, 'ip.id'],
  ]);
  return { protocol: fragmentExtension, bytes };
}

function padToWords(options: Uint8Array = new Uint8Array()): Uint8Array {
  return concatBytes(options, new Uint8Array((4 - (options.length % 4)) % 4));
}

function buildTransport(spec: PacketSpec, ends: Ends): { body: Uint8Array; protocol: number } {
  const { tcp, udp, icmp, payload } = spec;
  if ([tcp, udp, icmp, payload].filter((part) => part !== undefined).length > 1) {
    throw new TypeError('a packet has at most one of tcp, udp, icmp and payload');
  }
  const is = (protocol: number, body: Uint8Array) => ({ body, protocol: spec.protocol ?? protocol });
  if (tcp) return is(ipProtocol.tcp, buildTcp(tcp, ends));
  if (udp) return is(ipProtocol.udp, buildUdp(udp, ends));
  if (icmp) return is(ends.src.family === 6 ? ipProtocol.icmp6 : ipProtocol.icmp, buildIcmp(icmp, ends));
  return is(experimentalProtocol, payloadBytes(payload));
}

function pseudo(ends: Ends, protocol: number, bytes: Uint8Array): number {
  return pseudoHeaderSum(ends.src, ends.dst, protocol, bytes.length);
}

function buildTcp(tcp: TcpSpec, ends: Ends): Uint8Array {
  const options = padToWords(tcp.options);
  const flags = (tcp.flags ?? []).reduce((bits, flag) => bits | (1 << tcpFlags.indexOf(flag)), 0);
  const segment = concatBytes(
    packBits([
      [16, tcp.sport, 'tcp.sport'],
      [16, tcp.dport, 'tcp.dport'],
      [32, tcp.seq ?? 0, 'tcp.seq'],
      [32, tcp.ack ?? 0, 'tcp.ack'],
      [4, 5 + options.length / 4, 'tcp header words'],
      [12, flags, 'tcp.flags'],
      [16, tcp.window ?? 65535, 'tcp.window'],
      [16, tcp.checksum ?? 0, 'tcp.checksum'],
      [16, tcp.urgent ?? 0, 'tcp.urgent'],
    ]),
    options,
    payloadBytes(tcp.payload),
  );
  if (tcp.checksum === undefined) {
    segment.set(packBits([[16, internetChecksum(segment, pseudo(ends, ipProtocol.tcp, segment)), 'tcp.checksum']]), 16);
  }
  return segment;
}

function buildUdp(udp: UdpSpec, ends: Ends): Uint8Array {
  const payload = payloadBytes(udp.payload);
  const datagram = concatBytes(
    packBits([
      [16, udp.sport, 'udp.sport'],
      [16, udp.dport, 'udp.dport'],
      [16, udp.length ?? 8 + payload.length, 'udp.length'],
      [16, udp.checksum ?? 0, 'udp.checksum'],
    ]),
    payload,
  );
  if (udp.checksum === undefined) {
    // A computed 0 is sent as its other form, since 0 says "none" (RFC 768).
    const computed = internetChecksum(datagram, pseudo(ends, ipProtocol.udp, datagram)) || 0xffff;
    datagram.set(packBits([[16, computed, 'udp.checksum']]), 6);
  }
  return datagram;
}

function buildIcmp(icmp: IcmpSpec, ends: Ends): Uint8Array {
  const useMtu = icmp.mtu !== undefined && icmp.id === undefined && icmp.seq === undefined;
  const message = concatBytes(
    packBits([
      [8, icmp.type, 'icmp.type'],
      [8, icmp.code, 'icmp.code'],
      [16, icmp.checksum ?? 0, 'icmp.checksum'],
    ]),
    useMtu
      ? packBits([[32, icmp.mtu ?? 0, 'icmp.mtu']])
      : packBits([
          [16, icmp.id ?? 0, 'icmp.id'],
          [16, icmp.seq ?? 0, 'icmp.seq'],
        ]),
    icmp.payload === undefined && icmp.quoted ? buildPacket(icmp.quoted) : payloadBytes(icmp.payload),
  );
  if (icmp.checksum === undefined) {
    const initial = ends.src.family === 6 ? pseudo(ends, ipProtocol.icmp6, message) : 0;
    message.set(packBits([[16, internetChecksum(message, initial), 'icmp.checksum']]), 2);
  }
  return message;
}
