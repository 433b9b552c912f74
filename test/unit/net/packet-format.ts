// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { formatPacket } from '../../../src/net/packet.js';

const ip = { src: '10.20.30.11', dst: '192.168.20.5' };
const ip6 = { src: 'fd00::1', dst: 'fd00::2' };

t.test('one line a packet', async (t) => {
  const lines: [Parameters<typeof formatPacket>[0], string][] = [
    [{ ip, tcp: { sport: 40000, dport: 3306, flags: ['SYN'] } }, 'tcp 10.20.30.11:40000 > 192.168.20.5:3306 SYN'],
    [{ ip, tcp: { sport: 1, dport: 2, flags: ['SYN', 'ACK'] } }, 'tcp 10.20.30.11:1 > 192.168.20.5:2 SYN,ACK'],
    [{ ip: ip6, udp: { sport: 1, dport: 53, payload: 'x' } }, 'udp [fd00::1]:1 > [fd00::2]:53 1 byte'],
    [{ ip, icmp: { type: 8, code: 0, id: 7, seq: 1 } }, 'icmp 10.20.30.11 > 192.168.20.5 echo-request id 7 seq 1'],
    [{ ip: ip6, icmp: { type: 129, code: 0 } }, 'icmp fd00::1 > fd00::2 echo-reply id 0 seq 0'],
    [
      { ip, icmp: { type: 3, code: 4, mtu: 1400, quoted: { ip, udp: { sport: 1, dport: 2 } } } },
      'icmp 10.20.30.11 > 192.168.20.5 unreachable code 4 mtu 1400 [udp 10.20.30.11:1 > 192.168.20.5:2]',
    ],
    [
      { ip: { ...ip, fragmentOffset: 1480 }, payload: 'abc', protocol: 17 },
      'protocol 17 10.20.30.11 > 192.168.20.5 3 bytes fragment at 1480 (last)',
    ],
    [{ eth: { src: '', dst: '', type: 0x806 }, payload: new Uint8Array(28) }, 'ethertype 0x0806 28 bytes'],
    [{ problem: { kind: 'truncated' } }, 'frame (truncated)'],
  ];
  for (const [packet, line] of lines) t.equal(formatPacket(packet), line);
});
