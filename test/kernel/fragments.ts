// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { buildPacket, type PacketSpec } from '../../src/net/packet.js';
import {
  at,
  Datapath,
  frame,
  NODE,
  NODE6,
  POD,
  POD2,
  POD6,
  ping,
  REMOTE,
  REMOTE6,
  tcp,
  udp,
} from '../helpers/datapath.js';

const long = 'x'.repeat(64);
/** The pieces of a datagram: the first 32 bytes behind the IP header, the rest in one or two more. */
function pieces(spec: PacketSpec, id: number): PacketSpec[] {
  const v6 = spec.ip?.src.includes(':');
  const whole = Buffer.from(buildPacket(spec));
  const body = whole.subarray(v6 ? 40 : 20);
  const protocol = spec.tcp ? 6 : spec.udp ? 17 : v6 ? 58 : 1;
  const ip = spec.ip as NonNullable<PacketSpec['ip']>;
  const cut = (from: number, to: number, mf: boolean): PacketSpec => ({
    ip: { ...ip, id, mf, fragmentOffset: from },
    payload: body.subarray(from, to),
    protocol,
  });
  const first: PacketSpec = { ip: { ...ip, id, mf: true }, payload: body.subarray(0, 32), protocol };
  return [first, cut(32, 56, true), cut(56, body.length, false)];
}

const cases = [
  {
    name: 'UDP',
    of: (src: string, port: number) => udp(at(src, port), at(REMOTE, 53), { payload: long }),
    back: (dst: string, port: number) => udp(at(REMOTE, 53), at(dst, port), { payload: long }),
    pod: POD,
    node: NODE,
  },
  {
    name: 'TCP',
    of: (src: string, port: number) => tcp(at(src, port), at(REMOTE, 80), { payload: long }),
    back: (dst: string, port: number) => tcp(at(REMOTE, 80), at(dst, port), { payload: long, flags: ['ACK'] }),
    pod: POD,
    node: NODE,
  },
  {
    name: 'echo',
    of: (src: string, id: number) => ({
      ...ping(src, REMOTE, id),
      icmp: { type: 8, code: 0, id, seq: 1, payload: long },
    }),
    back: (dst: string, id: number) => ({
      ...ping(REMOTE, dst, id, true),
      icmp: { type: 0, code: 0, id, seq: 1, payload: long },
    }),
    pod: POD,
    node: NODE,
  },
  {
    name: 'UDP over IPv6',
    of: (src: string, port: number) => udp(at(src, port), at(REMOTE6, 53), { payload: long }),
    back: (dst: string, port: number) => udp(at(REMOTE6, 53), at(dst, port), { payload: long }),
    pod: POD6,
    node: NODE6,
  },
];

t.test('fragments in order are translated alike, both ways', async (t) => {
  for (const { name, of, back, pod, node } of cases) {
    const d = await Datapath.load(t, { podCIDRs: ['10.20.30.0/24', 'fd00:10:20::/64'], masquerade: { ipv6: true } });
    for (const [i, piece] of pieces(of(pod, 40000), 77).entries()) {
      const out = d.egress(piece);
      t.equal(out.reason, i === 0 ? 'new' : 'established', `${name}, piece ${i}`);
      t.strictSame(out.bytes, frame(pieces(of(node, 40000), 77)[i] as PacketSpec), `${name}, piece ${i}`);
    }
    for (const [i, piece] of pieces(back(node, 40000), 78).entries()) {
      const out = d.ingress(piece);
      t.equal(out.reason, 'reverse', `${name}, answer, piece ${i}`);
      t.strictSame(out.bytes, frame(pieces(back(pod, 40000), 78)[i] as PacketSpec), `${name}, answer, piece ${i}`);
    }
  }
});

t.test('a port that changes changes in the first only', async (t) => {
  const d = await Datapath.load(t, { portRange: '50000' });
  const [first, second] = pieces(udp(at(POD, 1000), at(REMOTE, 53), { payload: long }), 5) as [PacketSpec, PacketSpec];
  const [wantFirst, wantSecond] = pieces(udp(at(NODE, 50000), at(REMOTE, 53), { payload: long }), 5) as [
    PacketSpec,
    PacketSpec,
  ];
  t.strictSame(d.egress(first).bytes, frame(wantFirst));
  t.strictSame(d.egress(second).bytes, frame(wantSecond));
});

t.test('a later fragment before its first leaves with the node’s address, whole', async (t) => {
  const d = await Datapath.load(t);
  const [, second] = pieces(udp(at(POD, 40000), at(REMOTE, 53), { payload: long }), 6) as [PacketSpec, PacketSpec];
  const [, wanted] = pieces(udp(at(NODE, 40000), at(REMOTE, 53), { payload: long }), 6) as [PacketSpec, PacketSpec];
  const out = d.egress(second);
  t.equal(out.reason, 'fragment-early');
  t.strictSame(out.bytes, frame(wanted));
});

t.test('on the way back nothing tells whose it is: it is left to the node', async (t) => {
  const d = await Datapath.load(t);
  d.egress(udp(at(POD, 40000), at(REMOTE, 53)));
  const [, second] = pieces(udp(at(REMOTE, 53), at(NODE, 40000), { payload: long }), 6) as [PacketSpec, PacketSpec];
  const out = d.ingress(second);
  t.equal(out.reason, 'fragment');
  t.strictSame(out.bytes, frame(second));
});

t.test('datagrams of two pods with one identification are not mixed up', async (t) => {
  const d = await Datapath.load(t);
  const [a] = pieces(udp(at(POD, 40000), at(REMOTE, 53), { payload: long }), 9) as [PacketSpec];
  const [b, second] = pieces(udp(at(POD2, 40000), at(REMOTE, 53), { payload: long }), 9) as [PacketSpec, PacketSpec];
  d.egress(a);
  t.equal(d.egress(b).reason, 'new');
  t.equal(d.egress(second).reason, 'established');
});

t.test('fragments of what is kept are kept', async (t) => {
  const d = await Datapath.load(t, { nativeRoutingCIDRs: ['192.0.2.0/24'] });
  for (const piece of pieces(udp(at(POD, 40000), at(REMOTE, 53), { payload: long }), 3)) {
    const out = d.egress(piece);
    t.equal(out.reason, 'native-routing');
    t.strictSame(out.bytes, frame(piece));
  }
});

t.test('fragments of an answer to a connection from outside are kept', async (t) => {
  const d = await Datapath.load(t);
  d.ingress(udp(at(REMOTE, 5000), at(POD, 53)));
  for (const piece of pieces(udp(at(POD, 53), at(REMOTE, 5000), { payload: long }), 4)) {
    const out = d.egress(piece);
    t.equal(out.reason, 'reply');
    t.strictSame(out.bytes, frame(piece));
  }
});

t.test('a note of a first fragment ages', async (t) => {
  const d = await Datapath.load(t, { timeouts: { fragment: '1ms' } });
  const [first, second] = pieces(udp(at(POD, 40000), at(REMOTE, 53), { payload: long }), 6) as [PacketSpec, PacketSpec];
  d.egress(first);
  const until = process.hrtime.bigint() + 3_000_000n;
  while (process.hrtime.bigint() < until);
  t.equal(d.egress(second).reason, 'fragment-early');
});
