// SPDX-License-Identifier: Apache-2.0
/** ICMP errors in both directions and families: every byte of the outer and of the quoted packet is predicted. */
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
  POD6,
  ping,
  REMOTE,
  REMOTE6,
  sportOf,
  tcp,
  udp,
} from '../helpers/datapath.js';

const HOP = '198.51.100.1';
const HOP6 = '2001:db8:ff::1';
const CONFIG: Partial<ConfigInput> = { podCIDRs: ['10.20.30.0/24', 'fd00:10:20::/64'], masquerade: { ipv6: true } };

const families = [
  {
    name: 'IPv4',
    pod: POD,
    node: NODE,
    remote: REMOTE,
    hop: HOP,
    echo: 8,
    answer: 0,
    types: [
      [3, 0],
      [3, 1],
      [3, 3],
      [3, 4],
      [3, 13],
      [4, 0],
      [11, 0],
      [11, 1],
      [12, 0],
    ],
  },
  {
    name: 'IPv6',
    pod: POD6,
    node: NODE6,
    remote: REMOTE6,
    hop: HOP6,
    echo: 128,
    answer: 129,
    types: [
      [1, 0],
      [1, 4],
      [2, 0],
      [3, 0],
      [4, 0],
      [4, 1],
    ],
  },
] as const;

/** The quote: the packet's first bytes, as a router keeps them. */
const quote = (spec: PacketSpec, transport: number) => {
  const bytes = buildPacket(spec);
  const header = spec.ip?.src.includes(':') ? 40 : 20 + (spec.ip?.options?.length ?? 0);
  return bytes.subarray(0, Math.min(bytes.length, header + transport));
};
const error = (src: string, dst: string, type: number, code: number, quoted: Uint8Array): PacketSpec => ({
  ip: { src, dst, ttl: 61 },
  icmp: { type, code, mtu: type === 2 || (type === 3 && code === 4) ? 1400 : 0, payload: quoted },
});

for (const f of families)
  t.test(f.name, async (t) => {
    const d = await Datapath.load(t, CONFIG);
    const pinging = (src: string, dst: string, id: number): PacketSpec => ({
      ...ping(src, dst, id),
      icmp: { type: f.echo, code: 0, id, seq: 1, payload: 'abcdefgh' },
    });
    const flows: { name: string; from: (src: string, port: number) => PacketSpec; kept: number; whole: number }[] = [
      { name: 'UDP', from: (src, port) => udp(at(src, port), at(f.remote, 53)), kept: 40000, whole: 100 },
      {
        name: 'UDP without a checksum',
        from: (src, port) => udp(at(src, port), at(f.remote, 54), f.name === 'IPv4' ? { checksum: 0 } : {}),
        kept: 40000,
        whole: 100,
      },
      {
        name: 'TCP',
        from: (src, port) => tcp(at(src, port), at(f.remote, 80), { payload: 'request' }),
        kept: 40000,
        whole: 100,
      },
      { name: 'echo', from: (src, port) => pinging(src, f.remote, port), kept: 40000, whole: 100 },
      {
        name: 'a port that was changed, UDP',
        from: (src, port) => udp(at(src, port), at(f.remote, 55)),
        kept: 1000,
        whole: 100,
      },
      {
        name: 'a port that was changed, TCP',
        from: (src, port) => tcp(at(src, port), at(f.remote, 81), { payload: 'odd' }),
        kept: 1000,
        whole: 100,
      },
      {
        name: 'an identifier that was changed',
        from: (src, port) => pinging(src, f.remote, port),
        kept: 7,
        whole: 100,
      },
    ];
    for (const flow of flows) {
      const left = d.egress(flow.from(f.pod, flow.kept));
      const port = sportOf(left.packet);
      for (const length of [8, 20, flow.whole])
        for (const [type, code] of length === 8 ? f.types : f.types.slice(0, 2)) {
          const name = `${flow.name}, type ${type} code ${code}, ${length} bytes quoted`;
          const came = d.ingress(error(f.hop, f.node, type, code, quote(flow.from(f.node, port), length)));
          t.equal(came.reason, 'icmp-error', name);
          t.strictSame(
            came.bytes,
            frame(error(f.hop, f.pod, type, code, quote(flow.from(f.pod, flow.kept), length))),
            name,
          );
        }
    }

    await t.test('from the pod, about an answer that it did not want', async (t) => {
      for (const make of [
        (dst: string, port: number) => udp(at(f.remote, 53), at(dst, port), { payload: 'late' }),
        (dst: string, port: number) => udp(at(f.remote, 55), at(dst, port), { payload: 'late' }),
      ]) {
        const dport = make(f.pod, 1).udp?.sport === 55 ? 1000 : 40000;
        const outside = sportOf(d.egress(udp(at(f.pod, dport), at(f.remote, dport === 1000 ? 55 : 53))).packet);
        const [type, code] = f.name === 'IPv4' ? [3, 3] : [1, 4];
        const out = d.egress(error(f.pod, f.remote, type, code, quote(make(f.pod, dport), 100)));
        t.equal(out.reason, 'icmp-error');
        t.strictSame(out.bytes, frame(error(f.node, f.remote, type, code, quote(make(f.node, outside), 100))));
      }
    });

    await t.test('from the node, about an answer that it could not deliver', async (t) => {
      const answer = (dst: string) => udp(at(f.remote, 53), at(dst, 40000), { payload: 'late' });
      const [type, code] = f.name === 'IPv4' ? [11, 0] : [3, 0];
      const out = d.egress(error(f.node, f.remote, type, code, quote(answer(f.pod), 100)));
      t.equal(out.reason, 'icmp-error');
      t.strictSame(out.bytes, frame(error(f.node, f.remote, type, code, quote(answer(f.node), 100))));
    });

    await t.test('about what was not translated: untouched', async (t) => {
      const [type, code] = f.name === 'IPv4' ? [3, 3] : [1, 4];
      const inbound = error(f.pod, f.remote, type, code, quote(udp(at(f.remote, 9), at(f.pod, 9)), 100));
      const toPod = d.egress(inbound);
      t.equal(toPod.reason, 'reply');
      t.strictSame(toPod.bytes, frame(inbound));
      const stray = error(f.hop, f.node, type, code, quote(udp(at(f.node, 9), at(f.remote, 9)), 8));
      const nodes = d.ingress(stray);
      t.equal(nodes.reason, 'no-mapping');
      t.strictSame(nodes.bytes, frame(stray));
      const forged = error(f.hop, f.node, type, code, quote(udp(at(f.hop, 40000), at(f.remote, 53)), 8));
      t.equal(d.ingress(forged).reason, 'no-mapping', 'the quote is not of a packet from this address');
    });

    await t.test('a quote cut before its ports', async (t) => {
      const [type, code] = f.types[0];
      for (const length of [0, 1, 4, 7]) {
        const cut = error(f.hop, f.node, type, code, quote(udp(at(f.node, 40000), at(f.remote, 53)), length));
        const out = d.ingress(cut);
        t.equal(out.reason, 'truncated', `${length} bytes`);
        t.strictSame(out.bytes, frame(cut));
      }
    });

    await t.test('errors neither make nor refresh a mapping', async (t) => {
      const before = await d.mappings();
      d.age('ingress', 'udp', at(f.remote, 53), at(f.node, 40000), 100);
      d.age('egress', 'udp', at(f.remote, 53), at(f.pod, 40000), 100);
      d.ingress(error(f.hop, f.node, f.types[0][0], f.types[0][1], quote(udp(at(f.node, 40000), at(f.remote, 53)), 8)));
      const after = await d.mappings();
      t.equal(after.length, before.length);
      t.ok((after.find((m) => m.protocol === 'udp' && m.remote.port === 53)?.idleMs ?? 0) >= 100_000);
    });
  });

t.test('a quote with IP options, and Ethernet padding behind the quote', async (t) => {
  const d = await Datapath.load(t);
  const options = new Uint8Array([0x94, 4, 0, 0]);
  const flow = (src: string) => udp(at(src, 40000), at(REMOTE, 53), {}, { options });
  d.egress(flow(POD));
  const came = (dst: string, src: string) => error(HOP, dst, 11, 0, quote(flow(src), 8));
  t.strictSame(d.ingress(came(NODE, NODE)).bytes, frame(came(POD, POD)));
  const tcpFlow = (src: string) => tcp(at(src, 40000), at(REMOTE, 80));
  d.egress(tcpFlow(POD));
  const padded = (dst: string, src: string) =>
    Buffer.from(
      buildPacket({
        eth: ETH,
        ...error(HOP, dst, 11, 0, quote(tcpFlow(src), 8)),
        trailer: new Uint8Array(20).fill(0xee),
      }),
    );
  t.strictSame(d.ingress(padded(NODE, NODE)).bytes, padded(POD, POD), 'padding is no checksum');
});
