// SPDX-License-Identifier: Apache-2.0
import { payloadBytes } from './packet-build.js';
import type { IcmpSpec, PacketSpec, TcpSpec } from './packet-types.js';

/** One line, without checksums: `tcp 10.20.30.11:40000 > 192.168.20.5:3306 SYN`, `icmp 10.0.0.1 > 10.0.0.2 echo-request id 7 seq 1`. */
export function formatPacket(packet: PacketSpec & { readonly problem?: { readonly kind: string } }): string {
  const parts = [formatBody(packet)];
  const { mf, fragmentOffset: offset = 0 } = packet.ip ?? {};
  if (mf || offset > 0) parts.push(`fragment at ${offset}${mf ? '' : ' (last)'}`);
  if (packet.problem) parts.push(`(${packet.problem.kind})`);
  return parts.join(' ');
}

function formatBody(packet: PacketSpec): string {
  const { eth, ip, tcp, udp, icmp } = packet;
  const size = formatSize(payloadBytes(packet.payload).length);
  if (!ip)
    return eth?.type === undefined ? `frame${size}` : `ethertype 0x${eth.type.toString(16).padStart(4, '0')}${size}`;
  const host = (address: string, port: number) => `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const line = (name: string, ports: { sport: number; dport: number }) =>
    `${name} ${host(ip.src, ports.sport)} > ${host(ip.dst, ports.dport)}`;
  if (tcp) return `${line('tcp', tcp)}${formatFlags(tcp)}${formatSize(payloadBytes(tcp.payload).length)}`;
  if (udp) return `${line('udp', udp)}${formatSize(payloadBytes(udp.payload).length)}`;
  if (icmp) return `icmp ${ip.src} > ${ip.dst} ${formatIcmp(icmp, ip.src.includes(':') ? 6 : 4)}`;
  return `protocol ${packet.protocol ?? 'unknown'} ${ip.src} > ${ip.dst}${size}`;
}

function formatSize(bytes: number): string {
  return bytes === 0 ? '' : ` ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

function formatFlags(tcp: TcpSpec): string {
  return tcp.flags && tcp.flags.length > 0 ? ` ${tcp.flags.join(',')}` : '';
}

const icmpNames: Record<4 | 6, Record<number, string>> = {
  4: {
    0: 'echo-reply',
    3: 'unreachable',
    5: 'redirect',
    8: 'echo-request',
    11: 'time-exceeded',
    12: 'parameter-problem',
  },
  6: {
    1: 'unreachable',
    2: 'packet-too-big',
    3: 'time-exceeded',
    4: 'parameter-problem',
    128: 'echo-request',
    129: 'echo-reply',
  },
};

function formatIcmp(icmp: IcmpSpec, family: 4 | 6): string {
  const name = icmpNames[family][icmp.type] ?? `type ${icmp.type}`;
  const words = name.startsWith('echo')
    ? [name, `id ${icmp.id ?? 0} seq ${icmp.seq ?? 0}`]
    : [name, `code ${icmp.code}`];
  if (icmp.mtu !== undefined) words.push(`mtu ${icmp.mtu}`);
  if (icmp.quoted) words.push(`[${formatPacket(icmp.quoted)}]`);
  return words.join(' ');
}
