// SPDX-License-Identifier: Apache-2.0
/** IPv6, other protocols, address pools, and frames that are not plain Ethernet. */
import t from 'tap';
import type { ConfigInput } from '../../src/config/config.js';
import { buildPacket, type PacketSpec } from '../../src/net/packet.js';
import {
  at,
  Datapath,
  ETH,
  frame,
  NODE,
  NODE6,
  POD,
  POD2,
  POD6,
  REMOTE,
  REMOTE6,
  sportOf,
  tcp,
  udp,
} from '../helpers/datapath.js';

const BOTH: Partial<ConfigInput> = { podCIDRs: ['10.20.30.0/24', 'fd00:10:20::/64'], masquerade: { ipv6: true } };
const pod = at(POD6, 40000);
const node = at(NODE6, 40000);
const server = at(REMOTE6, 443);
const echo = (src: string, dst: string, id: number, type: number): PacketSpec => ({
  ip: { src, dst },
  icmp: { type, code: 0, id, seq: 1, payload: 'abcdefgh' },
});
const hopByHop = { protocol: 0, bytes: new Uint8Array([0, 0, 5, 2, 0, 0, 1, 0]) };
const destination = { protocol: 60, bytes: new Uint8Array([0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) };

const v6: { name: string; out: PacketSpec; left: PacketSpec; back: PacketSpec; delivered: PacketSpec }[] = [
  {
    name: 'TCP',
    out: tcp(pod, server, { seq: 3 }),
    left: tcp(node, server, { seq: 3 }),
    back: tcp(server, node, { flags: ['SYN', 'ACK'] }),
    delivered: tcp(server, pod, { flags: ['SYN', 'ACK'] }),
  },
  {
    name: 'UDP with an odd payload',
    out: udp(pod, server, { payload: 'odd' }),
    left: udp(node, server, { payload: 'odd' }),
    back: udp(server, node, { payload: 'even' }),
    delivered: udp(server, pod, { payload: 'even' }),
  },
  {
    name: 'echo',
    out: echo(POD6, REMOTE6, 40000, 128),
    left: echo(NODE6, REMOTE6, 40000, 128),
    back: echo(REMOTE6, NODE6, 40000, 129),
    delivered: echo(REMOTE6, POD6, 40000, 129),
  },
  {
    name: 'TCP behind extension headers',
    out: tcp(pod, server, {}, { extensions: [hopByHop, destination] }),
    left: tcp(node, server, {}, { extensions: [hopByHop, destination] }),
    back: tcp(server, node, { flags: ['SYN', 'ACK'] }, { extensions: [destination] }),
    delivered: tcp(server, pod, { flags: ['SYN', 'ACK'] }, { extensions: [destination] }),
  },
];

t.test('IPv6: every byte there and back', async (t) => {
  for (const config of [BOTH, { podCIDRs: ['fd00:10:20::/64'], masquerade: { ipv4: false, ipv6: true } }])
    for (const { name, out, left, back, delivered } of v6) {
      const d = await Datapath.load(t, config);
      const first = d.egress(out);
      t.equal(first.reason, 'new', name);
      t.strictSame(first.bytes, frame(left), name);
      t.equal(d.egress(out).reason, 'established', name);
      const answer = d.ingress(back);
      t.equal(answer.reason, 'reverse', name);
      t.strictSame(answer.bytes, frame(delivered), name);
      t.match(await d.mappings(), [{ inside: { address: POD6 }, outside: { address: NODE6 }, halves: 'both' }]);
    }
});

t.test('IPv6: ports below the range change, and come back', async (t) => {
  const d = await Datapath.load(t, BOTH);
  for (const spec of [tcp(at(POD6, 1000), server), udp(at(POD6, 1000), server), echo(POD6, REMOTE6, 7, 128)]) {
    const out = d.egress(spec);
    t.equal(out.reason, 'new');
    t.strictSame(out.wrong, []);
    t.ok(sportOf(out.packet) >= 32768);
  }
});

t.test('IPv6: exclusions, and what never leaves the link', async (t) => {
  const d = await Datapath.load(t, {
    ...BOTH,
    nativeRoutingCIDRs: ['2001:db8:1::/48', '10.0.0.0/8'],
    remoteNodes: ['2001:db8:2::7'],
  });
  const solicitation: PacketSpec = {
    ip: { src: POD6, dst: 'ff02::1:ff00:1', ttl: 255 },
    icmp: { type: 135, code: 0, payload: new Uint8Array(20) },
  };
  for (const [packet, reason] of [
    [tcp(pod, at('2001:db8:1:ffff::1', 1)), 'native-routing'],
    [tcp(pod, at('2001:db8:2::7', 1)), 'remote-node'],
    [udp(pod, at('fe80::1', 1)), 'link-local'],
    [udp(pod, at('ff02::fb', 5353)), 'link-local'],
    [solicitation, 'link-local'],
    [{ ip: { src: POD6, dst: REMOTE6 }, icmp: { type: 135, code: 0, payload: new Uint8Array(20) } }, 'icmp-other'],
    [tcp(at('fd00:10:21::1', 1), server), 'not-ours'],
  ] as const) {
    const out = d.egress(packet as PacketSpec);
    t.equal(out.reason, reason);
    t.strictSame(out.bytes, frame(packet as PacketSpec));
  }
  t.equal(d.egress(tcp(pod, at('2001:db8:2::8', 1))).reason, 'new', 'the neighbour of an excluded address');
});

t.test('a config with one family leaves the other alone', async (t) => {
  const d = await Datapath.load(t, { podCIDRs: ['10.20.30.0/24', 'fd00:10:20::/64'] });
  t.equal(d.egress(tcp(pod, server)).reason, 'not-ip');
  t.notOk(d.plan.shape.families.some((f) => f.family === 6));
});

const gre = (src: string, dst: string): PacketSpec => ({ ip: { src, dst }, protocol: 47, payload: 'tunnelled' });
const sctp = (src: string, sport: number, dst: string, dport: number): PacketSpec => {
  const payload = Buffer.alloc(16, 0x5a);
  payload.writeUInt16BE(sport, 0);
  payload.writeUInt16BE(dport, 2);
  return { ip: { src, dst }, protocol: 132, payload };
};

t.test('otherProtocols: address-only rewrites addresses and nothing else', async (t) => {
  const d = await Datapath.load(t, { otherProtocols: 'address-only' });
  t.strictSame(d.egress(gre(POD, REMOTE)).bytes, frame(gre(NODE, REMOTE)));
  t.strictSame(d.ingress(gre(REMOTE, NODE)).bytes, frame(gre(REMOTE, POD)));
  t.equal(d.egress(gre(POD2, REMOTE)).reason, 'no-port', 'a second pod towards the same end cannot be told apart');
  t.strictSame(
    d.egress(sctp(POD, 5000, REMOTE, 80)).bytes,
    frame(sctp(NODE, 5000, REMOTE, 80)),
    'SCTP keeps its port and its CRC',
  );
  t.strictSame(d.ingress(sctp(REMOTE, 80, NODE, 5000)).bytes, frame(sctp(REMOTE, 80, POD, 5000)));
  t.equal(d.egress(sctp(POD2, 5001, REMOTE, 80)).reason, 'new');
  t.equal(d.egress(sctp(POD2, 5000, REMOTE, 80)).reason, 'no-port');
});

t.test('otherProtocols: drop', async (t) => {
  const d = await Datapath.load(t, { otherProtocols: 'drop' });
  const out = d.egress(gre(POD, REMOTE));
  t.equal(out.verdict, 'drop');
  t.equal(out.reason, 'other-protocol-refused');
  t.equal(d.egress(gre('192.168.77.1', REMOTE)).reason, 'not-ours', 'of pods only');
});

t.test('a pool: each source always has the same address, and the pool is used', async (t) => {
  const addresses = ['192.168.10.2', '192.168.10.3', '192.168.10.4'];
  const d = await Datapath.load(
    t,
    {},
    { shape: { devices: 3 }, devices: [{ name: 'lo', ifindex: 1, addresses, headerless: false }] },
  );
  const used = new Set<string>();
  for (let i = 1; i < 60; i++) {
    const seen = new Set(
      [80, 81, 82].map((port) => d.egress(tcp(at(`10.20.30.${i}`, 40000), at(REMOTE, port))).packet.ip?.src as string),
    );
    t.equal(seen.size, 1, `10.20.30.${i}`);
    for (const a of seen) used.add(a);
  }
  t.strictSame([...used].sort(), addresses);
  t.equal(d.ingress(tcp(at(REMOTE, 80), at('192.168.10.4', 22))).reason, 'no-mapping', 'all of them are ours');
});

t.test('frames with tags', async (t) => {
  const d = await Datapath.load(t);
  for (const vlan of [100, [200, 100]]) {
    const tagged = (spec: PacketSpec) => Buffer.from(buildPacket({ eth: { ...ETH, vlan }, ...spec }));
    t.strictSame(
      d.egress(tagged(udp(at(POD, 40000), at(REMOTE, 53)))).bytes,
      tagged(udp(at(NODE, 40000), at(REMOTE, 53))),
    );
    t.strictSame(
      d.ingress(tagged(udp(at(REMOTE, 53), at(NODE, 40000)))).bytes,
      tagged(udp(at(REMOTE, 53), at(POD, 40000))),
    );
  }
});

t.test('an entry whose address is no longer the node’s is replaced', async (t) => {
  const d = await Datapath.load(t);
  const old = { ...at('192.168.10.77', 40000) };
  d.egress(udp(at(POD, 40000), at(REMOTE, 53)));
  const key = (await import('../../src/maps/tuple.js')).encodeTuple('udp', at(REMOTE, 53), at(POD, 40000));
  const { V4 } = await import('../../src/abi/structs.js');
  const map = d.map('snat_v4_egress');
  const value = V4.MAPPING.decode(map.get(key) as Buffer);
  map.update(key, V4.MAPPING.encode({ ...value, address: 0xc0a80a4d, ticks: value.ticks - 1000 }), 2);
  const out = d.egress(udp(at(POD, 40000), at(REMOTE, 53)));
  t.equal(out.packet.ip?.src, NODE);
  t.not(out.packet.ip?.src, old.address);
});

t.test('otherProtocols: drop is about what pods send, not about what comes', async (t) => {
  const d = await Datapath.load(t, { otherProtocols: 'drop' });
  for (const packet of [gre(REMOTE, NODE), gre(REMOTE, POD)]) {
    const out = d.ingress(packet);
    t.equal(out.verdict, 'next');
    t.strictSame(out.bytes, frame(packet));
  }
});

t.test('address-only: an answer to what came straight to the pod keeps the pod’s address', async (t) => {
  const d = await Datapath.load(t, { otherProtocols: 'address-only' });
  t.equal(d.ingress(gre(REMOTE, POD)).reason, 'to-pod');
  const out = d.egress(gre(POD, REMOTE));
  t.equal(out.reason, 'reply');
  t.strictSame(out.bytes, frame(gre(POD, REMOTE)));
});

t.test('address-only: an error that quotes SCTP or GRE changes addresses only', async (t) => {
  const d = await Datapath.load(t, { otherProtocols: 'address-only' });
  for (const make of [(src: string) => gre(src, REMOTE), (src: string) => sctp(src, 5000, REMOTE, 80)]) {
    d.egress(make(POD));
    const error = (dst: string, src: string): PacketSpec => ({
      ip: { src: '198.51.100.1', dst },
      icmp: { type: 3, code: 2, payload: buildPacket(make(src)) },
    });
    const out = d.ingress(error(NODE, NODE));
    t.equal(out.reason, 'icmp-error');
    t.strictSame(out.bytes, frame(error(POD, POD)));
  }
});

t.test('fragments of other protocols stay together', async (t) => {
  for (const otherProtocols of ['pass', 'address-only'] as const) {
    const d = await Datapath.load(t, { otherProtocols });
    const piece = (src: string, fragmentOffset: number, mf: boolean): PacketSpec => ({
      ip: { src, dst: REMOTE, id: 9, mf, fragmentOffset },
      protocol: 47,
      payload: 'x'.repeat(32),
    });
    const src = otherProtocols === 'pass' ? POD : NODE;
    t.strictSame(d.egress(piece(POD, 0, true)).bytes, frame(piece(src, 0, true)));
    t.strictSame(d.egress(piece(POD, 32, false)).bytes, frame(piece(src, 32, false)));
  }
});
