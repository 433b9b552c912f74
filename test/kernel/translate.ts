// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import type { PacketSpec } from '../../src/net/packet.js';
import { at, Datapath, frame, NODE, POD, POD2, ping, REMOTE, sportOf, tcp, udp } from '../helpers/datapath.js';

const server = at(REMOTE, 3306);
const pod = at(POD, 40000);
const node = at(NODE, 40000);
const options = new Uint8Array([0x94, 0x04, 0, 0, 1, 1, 1, 1]); // router alert, then padding

/** Every byte of what leaves and of what comes back is predicted by a codec that shares nothing with the C. */
const table: { name: string; out: PacketSpec; left: PacketSpec; back: PacketSpec; delivered: PacketSpec }[] = [
  {
    name: 'TCP, port kept',
    out: tcp(pod, server, { seq: 7, options: new Uint8Array([2, 4, 5, 180]) }),
    left: tcp(node, server, { seq: 7, options: new Uint8Array([2, 4, 5, 180]) }),
    back: tcp(server, node, { flags: ['SYN', 'ACK'], ack: 8 }),
    delivered: tcp(server, pod, { flags: ['SYN', 'ACK'], ack: 8 }),
  },
  {
    name: 'TCP with an odd payload',
    out: tcp(pod, server, { payload: 'odd' }),
    left: tcp(node, server, { payload: 'odd' }),
    back: tcp(server, node, { flags: ['ACK'], payload: 'x' }),
    delivered: tcp(server, pod, { flags: ['ACK'], payload: 'x' }),
  },
  {
    name: 'TCP under IP options',
    out: tcp(pod, server, {}, { options }),
    left: tcp(node, server, {}, { options }),
    back: tcp(server, node, { flags: ['SYN', 'ACK'] }, { options }),
    delivered: tcp(server, pod, { flags: ['SYN', 'ACK'] }, { options }),
  },
  {
    name: 'UDP',
    out: udp(pod, at(REMOTE, 53), {}, { dscp: 46, ttl: 3, id: 9, df: true }),
    left: udp(node, at(REMOTE, 53), {}, { dscp: 46, ttl: 3, id: 9, df: true }),
    back: udp(at(REMOTE, 53), node, { payload: 'answer' }),
    delivered: udp(at(REMOTE, 53), pod, { payload: 'answer' }),
  },
  {
    name: 'UDP without a checksum keeps none',
    out: udp(pod, at(REMOTE, 53), { checksum: 0 }),
    left: udp(node, at(REMOTE, 53), { checksum: 0 }),
    back: udp(at(REMOTE, 53), node, { checksum: 0 }),
    delivered: udp(at(REMOTE, 53), pod, { checksum: 0 }),
  },
  {
    name: 'UDP without payload',
    out: udp(pod, at(REMOTE, 53), { payload: '' }),
    left: udp(node, at(REMOTE, 53), { payload: '' }),
    back: udp(at(REMOTE, 53), node, { payload: '' }),
    delivered: udp(at(REMOTE, 53), pod, { payload: '' }),
  },
  {
    name: 'ICMP echo, identifier kept',
    out: ping(POD, REMOTE, 40001),
    left: ping(NODE, REMOTE, 40001),
    back: ping(REMOTE, NODE, 40001, true),
    delivered: ping(REMOTE, POD, 40001, true),
  },
];

for (const { name, out, left, back, delivered } of table)
  t.test(name, async (t) => {
    const d = await Datapath.load(t);
    const first = d.egress(out);
    t.equal(first.verdict, 'next');
    t.equal(first.reason, 'new');
    t.strictSame(first.bytes, frame(left), 'what leaves');
    const again = d.egress(out);
    t.equal(again.reason, 'established');
    t.strictSame(again.bytes, frame(left), 'the same a second time');
    const answer = d.ingress(back);
    t.equal(answer.verdict, 'next');
    t.equal(answer.reason, 'reverse');
    t.strictSame(answer.bytes, frame(delivered), 'what comes back');
    const [mapping, ...others] = await d.mappings();
    t.equal(others.length, 0);
    t.match(mapping, {
      inside: { address: POD },
      outside: { address: NODE },
      remote: { address: REMOTE },
      halves: 'both',
    });
  });

t.test('a port below the range is replaced, in the reply too', async (t) => {
  const d = await Datapath.load(t);
  for (const [spec, reply] of [
    [tcp(at(POD, 1024), server), (port: number) => tcp(server, at(NODE, port), { flags: ['SYN', 'ACK'] })],
    [udp(at(POD, 1024), server), (port: number) => udp(server, at(NODE, port))],
    [ping(POD, REMOTE, 5), (port: number) => ping(REMOTE, NODE, port, true)],
  ] as const) {
    const out = d.egress(spec);
    t.equal(out.reason, 'new');
    t.strictSame(out.wrong, []);
    const port = sportOf(out.packet);
    t.ok(port >= 32768 && port <= 65535, `${port} is in the range`);
    const back = d.ingress(reply(port));
    t.equal(back.reason, 'reverse');
    t.strictSame(back.wrong, []);
    t.equal(back.packet.ip?.dst, POD);
    t.equal(back.packet.tcp?.dport ?? back.packet.udp?.dport ?? back.packet.icmp?.id, spec.icmp ? 5 : 1024);
    t.equal(sportOf(d.egress(spec).packet), port, 'and stays the same');
  }
});

t.test('a UDP checksum that comes out as zero is sent as all ones', async (t) => {
  const d = await Datapath.load(t);
  // Sixteen bits of payload, tried until the translated packet's sum is zero, which RFC 768 writes as 0xffff.
  const payload = new Uint8Array(2);
  let spec = udp(pod, server, { payload });
  for (let word = 0; word < 65536; word++) {
    payload.set([word >> 8, word & 255]);
    const left = frame(udp(node, server, { payload }));
    if (left.readUInt16BE(14 + 20 + 6) === 0xffff) break;
  }
  spec = udp(pod, server, { payload });
  const out = d.egress(spec);
  t.strictSame(out.bytes, frame(udp(node, server, { payload })));
  t.equal(out.packet.udp?.checksum, 0xffff);
});

t.test('two pods with the same port towards one endpoint get different ports, and their own answers', async (t) => {
  const d = await Datapath.load(t);
  const one = sportOf(d.egress(tcp(at(POD, 40000), server)).packet);
  const two = sportOf(d.egress(tcp(at(POD2, 40000), server)).packet);
  t.equal(one, 40000);
  t.not(two, 40000);
  const answer = (port: number) => d.ingress(tcp(server, at(NODE, port), { flags: ['SYN', 'ACK'] })).packet;
  t.match(answer(one), { ip: { dst: POD }, tcp: { dport: 40000 } });
  t.match(answer(two), { ip: { dst: POD2 }, tcp: { dport: 40000 } });
});

t.test('towards different endpoints the same port serves both', async (t) => {
  const d = await Datapath.load(t);
  t.equal(sportOf(d.egress(tcp(at(POD, 40000), server)).packet), 40000);
  t.equal(sportOf(d.egress(tcp(at(POD2, 40000), at(REMOTE, 3307))).packet), 40000);
  t.equal(sportOf(d.egress(udp(at(POD2, 40000), server)).packet), 40000);
});

t.test('an outside ping with the identifier of a pod’s ping goes to the node', async (t) => {
  const d = await Datapath.load(t);
  d.egress(ping(POD, REMOTE, 40000));
  const request = ping(REMOTE, NODE, 40000);
  const out = d.ingress(request);
  t.equal(out.reason, 'no-mapping');
  t.strictSame(out.bytes, frame(request));
});

t.test('an answer from another address or port than was asked is not let through to the pod', async (t) => {
  const d = await Datapath.load(t);
  d.egress(udp(pod, server));
  for (const spec of [udp(at('192.0.2.10', 3306), node), udp(at(REMOTE, 3307), node), tcp(server, node)]) {
    const out = d.ingress(spec);
    t.equal(out.reason, 'no-mapping');
    t.strictSame(out.bytes, frame(spec));
  }
});
