// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { formatAddress, makeAddress } from '../../../src/net/address.js';
import {
  buildPacket,
  formatPacket,
  type IpSpec,
  type PacketSpec,
  parsePacket,
  tcpFlags,
  verifyChecksums,
} from '../../../src/net/packet.js';

const u = (bits: number) => fc.nat(2 ** bits - 1);
const payload = fc.uint8Array({ maxLength: 40 });
const words = fc.uint8Array({ minLength: 0, maxLength: 10 }).map((data) => data.slice(0, data.length & ~3));
const some = { requiredKeys: [] as [] };
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((data) =>
  Buffer.from(data)
    .toString('hex')
    .replace(/..(?!$)/g, '$&:'),
);

const tcp = fc.record(
  {
    ...{ sport: u(16), dport: u(16), seq: fc.nat(0xffffffff), ack: fc.nat(0xffffffff), window: u(16), urgent: u(16) },
    ...{ flags: fc.subarray([...tcpFlags]), options: words, payload },
  },
  { requiredKeys: ['sport', 'dport'] },
);
const udp = fc.record({ sport: u(16), dport: u(16), payload }, { requiredKeys: ['sport', 'dport'] });
const echo = (types: readonly number[]) =>
  fc.record(
    { type: fc.constantFrom(...types), code: u(8), id: u(16), seq: u(16), payload },
    { requiredKeys: ['type', 'code'] },
  );

const address = (family: 4 | 6) =>
  fc.bigInt(0n, (1n << (family === 4 ? 32n : 128n)) - 1n).map((value) => formatAddress(makeAddress(family, value)));

const transport = (family: 4 | 6): fc.Arbitrary<PacketSpec> =>
  fc.oneof(
    fc.record({ tcp }),
    fc.record({ udp }),
    fc.record({ icmp: echo(family === 4 ? [0, 8, 13] : [128, 129, 135]) }),
    fc.record({ payload, protocol: fc.constantFrom(47, 132, 253) }),
  );

const common = { ttl: u(8), dscp: u(6), ecn: u(2) };
const ip4: fc.Arbitrary<IpSpec> = fc
  .tuple(address(4), address(4), fc.record({ ...common, id: u(16), df: fc.boolean(), options: words }, some))
  .map(([src, dst, rest]) => ({ src, dst, ...rest }));

// Generic extension headers: hop-by-hop, routing, destination options, of one or two eight-byte units.
const extension = fc
  .tuple(fc.constantFrom(0, 43, 60), fc.integer({ min: 0, max: 1 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(([protocol, more, data]) => {
    const bytes = data.slice(0, 8 + 8 * more);
    bytes[1] = more;
    return { protocol, bytes };
  });
const ip6: fc.Arbitrary<IpSpec> = fc
  .tuple(
    address(6),
    address(6),
    fc.record({ ...common, flowLabel: u(20), extensions: fc.array(extension, { maxLength: 3 }) }, some),
  )
  .map(([src, dst, rest]) => ({ src, dst, ...rest }));

const plain: fc.Arbitrary<PacketSpec> = fc.oneof(
  fc.tuple(ip4, transport(4)).map(([ip, rest]) => ({ ip, ...rest })),
  fc.tuple(ip6, transport(6)).map(([ip, rest]) => ({ ip, ...rest })),
);

const fragments = fc.tuple(fc.oneof(ip4, ip6), u(12), fc.boolean(), payload).map(([ip, offset, mf, payload]) => ({
  ip: { ...ip, fragmentOffset: 8 + offset * 8, mf, id: 7 },
  payload,
  protocol: 17,
}));

const errors = fc.tuple(plain, fc.constantFrom(3, 11), fc.constantFrom(1, 2, 3)).chain(([quoted, type4, type6]) => {
  const v6 = quoted.ip?.src.includes(':') === true;
  const icmp = { type: v6 ? type6 : type4, code: 0, quoted };
  return (v6 ? ip6 : ip4).map((ip) => ({ ip, icmp }));
});

/** Packets of every kind the codec knows, with and without Ethernet; all are whole and have right checksums. */
const packets: fc.Arbitrary<PacketSpec> = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: plain }, fragments, errors),
    fc.option(
      fc.record(
        { src: mac, dst: mac, vlan: fc.oneof(u(16), fc.tuple(u(16), u(16))) },
        { requiredKeys: ['src', 'dst'] },
      ),
    ),
    fc.option(fc.uint8Array({ minLength: 1, maxLength: 10 })),
  )
  .map(([spec, eth, trailer]) => ({ ...spec, ...(eth ? { eth } : {}), ...(trailer ? { trailer } : {}) }));

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const link = (spec: PacketSpec) => ({ link: spec.eth ? ('ethernet' as const) : ('none' as const) });

t.test('parsing and building again gives the same bytes, with right checksums', async (t) => {
  fc.assert(
    fc.property(packets, (spec) => {
      const built = buildPacket(spec);
      const parsed = parsePacket(built, link(spec));
      return (
        parsed.problem === undefined &&
        hex(buildPacket(parsed)) === hex(built) &&
        verifyChecksums(built, link(spec)).length === 0
      );
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('every truncation is told as such and nothing else', async (t) => {
  fc.assert(
    fc.property(packets, (spec) => {
      const built = buildPacket(spec);
      const whole = built.length - (spec.trailer?.length ?? 0);
      for (let length = 0; length < whole; length += 1) {
        const cut = built.slice(0, length);
        if (parsePacket(cut, link(spec)).problem?.kind !== 'truncated') return false;
        verifyChecksums(cut, link(spec));
      }
      return true;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

t.test('no bytes make it throw', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom('ethernet', 'none'), (data, link) => {
      parsePacket(data, { link });
      verifyChecksums(data, { link });
      return true;
    }),
    { numRuns: 5000 },
  );
  // Random bytes hardly ever get past the first header: change right ones instead.
  const changed = fc.record({ spec: packets, at: fc.nat(), to: fc.nat(255) });
  fc.assert(
    fc.property(changed, ({ spec, at, to }) => {
      const built = buildPacket(spec);
      // A tag's type alone is not kept: which one of two it is follows from its place.
      const header = spec.eth ? 14 + 4 * [spec.eth.vlan ?? []].flat().length : 0;
      built[header + (at % (built.length - header))] = to;
      const parsed = parsePacket(built, link(spec));
      verifyChecksums(built, link(spec));
      return parsed.problem !== undefined || hex(buildPacket(parsed)) === hex(built);
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('whatever is parsed has one line, however it was cut', async (t) => {
  fc.assert(
    fc.property(packets, fc.nat(200), (spec, length) => {
      const parsed = parsePacket(buildPacket(spec).slice(0, length), link(spec));
      return /^[^\n]+$/.test(formatPacket(parsed));
    }),
  );
  t.pass();
});
