// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { buildPacket, type Packet, type PacketSpec, parsePacket, verifyChecksums } from '../../../src/net/packet.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const none = { link: 'none' } as const;

t.test('any change of one bit behind the Ethernet header breaks a checksum or the packet', async (t) => {
  const spec: PacketSpec = {
    ip: { src: '10.20.30.11', dst: '192.168.20.5' },
    tcp: { sport: 40000, dport: 3306, flags: ['SYN'], payload: 'x' },
  };
  const built = buildPacket(spec);
  for (let bit = 0; bit < built.length * 8; bit += 1) {
    const changed = built.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    const seen = parsePacket(changed, none).problem ?? verifyChecksums(changed, none)[0];
    if (!seen) t.fail(`bit ${bit} changed unseen`);
  }
  t.pass();
});

// Written by hand from the RFCs; the checksums computed with integers modulo 65535.
const syn = bytes(`
  020000000002 020000000001 0800
  45000034 1c464000 4006 21b2 0a141e0b c0a81405
  9c40 0cea 00000001 00000000 8002 faf0 ce28 0000 020405b4 01010402 01030307`);

t.test('a frame written by hand', async (t) => {
  const packet = parsePacket(syn);
  const { checksum: _, ...ip } = packet.ip ?? {};
  t.same(packet.eth, { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02', type: 0x0800 });
  t.match(ip, { src: '10.20.30.11', dst: '192.168.20.5', ttl: 64, id: 0x1c46, df: true, mf: false, fragmentOffset: 0 });
  t.match(packet.tcp, { sport: 40000, dport: 3306, flags: ['SYN'], seq: 1, ack: 0, window: 64240 });
  t.equal(hex(packet.tcp?.options ?? new Uint8Array()), '020405b40101040201030307');
  t.same(verifyChecksums(syn), []);
});

t.test('flags, VLANs, options, later fragments, other protocols and other EtherTypes', async (t) => {
  const ip = { src: '10.0.0.1', dst: '10.0.0.2' };
  const eth = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' };
  const all = buildPacket({
    ip,
    tcp: { sport: 1, dport: 2, flags: ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'] },
  });
  t.equal(hex(all.subarray(32, 34)), '51ff');
  const tagged = buildPacket({ eth: { ...eth, vlan: 100 }, ip });
  t.equal(hex(tagged.subarray(12, 18)), '810000640800');
  const twice = buildPacket({ eth: { ...eth, vlan: [7, 100] }, ip });
  t.equal(hex(twice.subarray(12, 22)), '88a80007810000640800');
  t.same(parsePacket(twice).eth?.vlan, [7, 100]);
  const options = buildPacket({ ip: { ...ip, options: Uint8Array.of(0x94, 4, 0, 0, 1) }, payload: 'x', protocol: 47 });
  t.equal(options[0], 0x47, 'padded to two words');
  const later = parsePacket(buildPacket({ ip: { ...ip, fragmentOffset: 1480 }, payload: 'abc', protocol: 17 }), none);
  t.match(later, { protocol: 17, ip: { fragmentOffset: 1480 } });
  t.same([later.udp, Buffer.from(later.payload as Uint8Array).toString()], [undefined, 'abc']);
  const arp = parsePacket(buildPacket({ eth: { ...eth, type: 0x0806 }, payload: new Uint8Array(28) }));
  t.same([arp.eth?.type, arp.ip, (arp.payload as Uint8Array).length], [0x0806, undefined, 28]);
});

t.test('IPv6 with extension headers and a fragment header', async (t) => {
  const ip = { src: 'fd00::1', dst: 'fd00::2', flowLabel: 0xabcde, dscp: 46, ecn: 1 };
  const hopByHop = { protocol: 0, bytes: bytes('00 00 0104 00000000') };
  const built = buildPacket({
    ip: { ...ip, extensions: [hopByHop], id: 9, fragmentOffset: 0 },
    udp: { sport: 1, dport: 2 },
  });
  t.equal(hex(built.subarray(0, 8)), '6b9abcde00180040');
  t.equal(hex(built.subarray(40, 56)), '2c000104000000001100000000000009');
  t.match(parsePacket(built, none), { protocol: 17, udp: { sport: 1, dport: 2 }, ip: { id: 9, mf: false } });
  const later = parsePacket(buildPacket({ ip: { ...ip, fragmentOffset: 8 }, payload: 'abc', protocol: 17 }), none);
  t.same([later.protocol, later.udp], [17, undefined]);
  const middle = { ...ip, fragmentOffset: 8 };
  const options = parsePacket(
    buildPacket({ ip: middle, payload: bytes('11 00 0104 00000000 ffff'), protocol: 60 }),
    none,
  );
  t.same([options.protocol, options.payload?.length], [60, 10], 'what follows looks like a header and is none');
});

t.test('ICMP errors quote a packet, which may be cut after eight bytes of its transport header', async (t) => {
  const original = buildPacket({ ip: { src: '192.0.2.1', dst: '192.0.2.9' }, tcp: { sport: 5, dport: 80, seq: 77 } });
  const built = buildPacket({
    ip: { src: '192.0.2.254', dst: '192.0.2.1' },
    icmp: { type: 3, code: 4, mtu: 1400, payload: original.subarray(0, 28) },
  });
  const packet = parsePacket(built, none);
  t.equal(packet.problem, undefined, 'the error itself is whole');
  t.equal(packet.icmp?.mtu, 1400);
  t.same(packet.icmp?.quoted?.tcp, { sport: 5, dport: 80, seq: 77 });
  t.same(verifyChecksums(built, none), []);
  const quoted = { ip: { src: 'fd00::2', dst: 'fd00::1' }, udp: { sport: 1, dport: 2, payload: 'abc' } };
  const tooBig = buildPacket({
    ip: { src: 'fd00::1', dst: 'fd00::2' },
    icmp: { type: 2, code: 0, mtu: 0x12345, quoted },
  });
  t.match(parsePacket(tooBig, none), { protocol: 58, icmp: { mtu: 0x12345, quoted: { udp: { sport: 1, dport: 2 } } } });
  tooBig[tooBig.length - 1] = (tooBig.at(-1) as number) ^ 1;
  t.same(verifyChecksums(tooBig, none), ['icmp', 'quoted-udp']);
});

t.test('wrong and absent checksums are named', async (t) => {
  const ip = { src: '10.0.0.1', dst: '10.0.0.2' };
  const wrong = (spec: PacketSpec) => verifyChecksums(buildPacket(spec), none);
  t.same(wrong({ ip: { ...ip, checksum: 1 }, tcp: { sport: 1, dport: 2, checksum: 1 } }), ['ipv4', 'tcp']);
  t.same(wrong({ ip, udp: { sport: 1, dport: 2, checksum: 1 } }), ['udp']);
  t.same(wrong({ ip, udp: { sport: 1, dport: 2, checksum: 0 } }), [], 'UDP over IPv4 may have none');
  t.same(wrong({ ip: { src: '::1', dst: '::2' }, udp: { sport: 1, dport: 2, checksum: 0 } }), ['udp']);
  t.same(wrong({ ip, icmp: { type: 8, code: 0, checksum: 1 } }), ['icmp']);
  t.same(
    wrong({ ip: { ...ip, mf: true }, udp: { sport: 1, dport: 2, checksum: 1 } }),
    [],
    'covers later fragments too',
  );
  // The one's complement sum of this datagram and its pseudo header is 0xffff, so that the checksum would be 0.
  const zero = buildPacket({
    ip: { src: '0.0.0.0', dst: '0.0.0.0' },
    udp: { sport: 0xffff - 39, dport: 0, payload: '\0\x02' },
  });
  t.equal(hex(zero.subarray(26, 28)), 'ffff', 'a computed 0 is written as ffff');
});

t.test('malformed headers', async (t) => {
  const built = buildPacket({ ip: { src: '10.0.0.1', dst: '10.0.0.2' }, tcp: { sport: 1, dport: 2 } });
  const problemOf = (at: number, value: number): Packet['problem'] => {
    const changed = built.slice();
    changed[at] = value;
    return parsePacket(changed, none).problem;
  };
  t.same(problemOf(0, 0x44), { kind: 'malformed', layer: 'ipv4' }, 'header length below 20');
  t.same(problemOf(0, 0x75), { kind: 'malformed', layer: 'ipv4' }, 'version 7');
  t.same(problemOf(3, 19), { kind: 'malformed', layer: 'ipv4' }, 'total length below the header');
  t.same(problemOf(32, 0x40), { kind: 'malformed', layer: 'tcp' }, 'data offset below 20');
  t.same(problemOf(32, 0x60), { kind: 'truncated', layer: 'tcp' }, 'data offset behind the end');
});

t.test('what no packet can have is refused', async (t) => {
  const ip = { src: '10.0.0.1', dst: '10.0.0.2' };
  t.throws(
    () => buildPacket({ ip, tcp: { sport: 65536, dport: 1 } }),
    /tcp\.sport must be a whole number from 0 to 65535/,
  );
  t.throws(() => buildPacket({ ip, tcp: { sport: -1, dport: 1 } }), RangeError);
  t.throws(() => buildPacket({ ip: { ...ip, fragmentOffset: 4 } }), /fragmentOffset/);
  t.throws(() => buildPacket({ ip: { ...ip, dst: '::1' } }), /two addresses of one family/);
  t.throws(() => buildPacket({ ip: { ...ip, dst: '10.0.0.300' } }), TypeError);
  t.throws(() => buildPacket({ ip, tcp: { sport: 1, dport: 1 }, payload: 'x' }), /at most one of/);
  t.throws(() => buildPacket({ eth: { src: 'x', dst: '02:00:00:00:00:02' }, ip }), /not an Ethernet address/);
  t.throws(() => buildPacket({ ip, payload: new Uint8Array(65536) }), /total length/);
});
