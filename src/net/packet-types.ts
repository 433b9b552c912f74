// SPDX-License-Identifier: Apache-2.0
/** Bytes, or text that stands for its UTF-8 bytes. */
export type Payload = Uint8Array | string;

export interface EthernetSpec {
  /** Six hex pairs with colons. */
  readonly src: string;
  readonly dst: string;
  /** 802.1Q tag control (the id is its low 12 bits), or several, outermost first (all but the last are 802.1ad). */
  readonly vlan?: number | readonly number[];
  /** EtherType of what follows; default 0x0800 or 0x86dd by the addresses. */
  readonly type?: number;
}

/** One IPv6 extension header, whole; its first byte (next header) is filled in by `buildPacket`. */
export interface ExtensionSpec {
  /** Its own protocol number: 0 hop-by-hop, 43 routing, 44 fragment, 51 authentication, 60 destination options. */
  readonly protocol: number;
  readonly bytes: Uint8Array;
}

/** IPv4 or IPv6, as the addresses say. */
export interface IpSpec {
  readonly src: string;
  readonly dst: string;
  /** TTL or hop limit; default 64. */
  readonly ttl?: number;
  /** IPv4 identification, or that of the IPv6 fragment header; default 0. */
  readonly id?: number;
  readonly dscp?: number;
  readonly ecn?: number;
  /** IPv6 only. */
  readonly flowLabel?: number;
  /** IPv4 only; padded with zeros to whole words. */
  readonly options?: Uint8Array;
  /** IPv6 only, in order. */
  readonly extensions?: readonly ExtensionSpec[];
  readonly df?: boolean;
  /** More fragments. With `fragmentOffset` it makes an IPv6 fragment header. */
  readonly mf?: boolean;
  /** In bytes, a multiple of 8. A packet with an offset above 0 has no transport header, only `payload`. */
  readonly fragmentOffset?: number;
  /** IPv4 only; computed when absent. */
  readonly checksum?: number;
}

export const tcpFlags = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'] as const;
export type TcpFlag = (typeof tcpFlags)[number];

export interface TcpSpec {
  readonly sport: number;
  readonly dport: number;
  readonly flags?: readonly TcpFlag[];
  readonly seq?: number;
  readonly ack?: number;
  /** Default 65535. */
  readonly window?: number;
  readonly urgent?: number;
  /** Padded with zeros to whole words. */
  readonly options?: Uint8Array;
  /** Computed over this packet when absent: give it for the first fragment of a longer one. */
  readonly checksum?: number;
  readonly payload?: Payload;
}

export interface UdpSpec {
  readonly sport: number;
  readonly dport: number;
  /** Computed from the payload when absent. */
  readonly length?: number;
  /** 0 means none (IPv4). Computed over this packet when absent. */
  readonly checksum?: number;
  readonly payload?: Payload;
}

/** ICMPv4 or ICMPv6, as the addresses say. */
export interface IcmpSpec {
  readonly type: number;
  readonly code: number;
  /** High half of the second word: the identifier of an echo. */
  readonly id?: number;
  /** Low half of the second word: the sequence number of an echo. */
  readonly seq?: number;
  /** In place of id and seq: MTU of "fragmentation needed" (3/4) and "packet too big" (2). */
  readonly mtu?: number;
  readonly checksum?: number;
  readonly payload?: Payload;
  /** The packet that an error quotes; when building, used only without `payload`. It may have been cut. */
  readonly quoted?: PacketSpec;
}

/** What `buildPacket` takes. At most one of tcp, udp, icmp; `payload` serves other protocols and later fragments. */
export interface PacketSpec {
  /** Absent: the packet begins with its IP header. */
  readonly eth?: EthernetSpec;
  /** Absent: a frame of another EtherType, with `payload`. */
  readonly ip?: IpSpec;
  readonly tcp?: TcpSpec;
  readonly udp?: UdpSpec;
  readonly icmp?: IcmpSpec;
  readonly payload?: Payload;
  /** IP protocol number; needed only with `payload` (default 253, for experiments). */
  readonly protocol?: number;
  /** Bytes behind the IP packet, such as Ethernet padding. */
  readonly trailer?: Uint8Array;
}

export type Layer = 'ethernet' | 'ipv4' | 'ipv6' | 'tcp' | 'udp' | 'icmp';

/**
 * What `parsePacket` returns: a spec with everything that was read (checksums too), so that `buildPacket` gives the same
 * bytes again. A cut header has the fields that were there: sport, dport and seq of a TCP header of which 8 bytes are left.
 */
export interface Packet extends PacketSpec {
  /** The first thing wrong with it, if any. */
  readonly problem?: { readonly kind: 'truncated' | 'malformed'; readonly layer: Layer };
}

/** IP protocol numbers by name. */
export const ipProtocol = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;
/** A number that the registry sets aside for experiments (RFC 3692). */
export const experimentalProtocol = 253;
export const etherType = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 } as const;
/** IPv6 extension headers that lead on to another header. */
export const extensionProtocols: readonly number[] = [0, 43, 44, 51, 60];
export const fragmentExtension = 44;

/** Whether an ICMP type is an error, which quotes the packet that caused it. */
export function isIcmpError(family: 4 | 6, type: number): boolean {
  return family === 6 ? type >= 1 && type <= 4 : [3, 4, 5, 11, 12].includes(type);
}
