// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { be16, be32, pad, struct, u8, u16, u32, u64 } from '../../../src/abi/layout.js';
import { counterIndex, REASONS } from '../../../src/abi/reasons.js';
import { STRUCTS, V4, V6 } from '../../../src/abi/structs.js';

t.test('fields lie where C puts them', async (t) => {
  const s = struct('s', 'x', { a: u8, gap: pad(3), b: u32, c: u64 });
  t.strictSame(
    s.members.map((m) => [m.name, m.offset, m.size]),
    [
      ['a', 0, 1],
      ['gap', 1, 3],
      ['b', 4, 4],
      ['c', 8, 8],
    ],
  );
  t.equal(s.size, 16);
});

t.test('a hole must be named', async (t) => {
  t.throws(() => struct('s', 'x', { a: u8, b: u32 }), /b at 1 needs explicit padding/);
  t.throws(() => struct('s', 'x', { a: u64, b: u8 }), /size 9 needs trailing padding/);
});

t.test('encode and decode are inverse, network order where it says so', async (t) => {
  const s = struct('s', 'x', { a: be32, b: be16, c: u16, d: u64 });
  fc.assert(
    fc.property(
      fc.record({
        a: fc.integer({ min: 0, max: 0xffffffff }),
        b: fc.integer({ min: 0, max: 0xffff }),
        c: fc.integer({ min: 0, max: 0xffff }),
        d: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      }),
      (value) => {
        t.same(s.decode(s.encode(value)), value);
      },
    ),
    { numRuns: 50 },
  );
  t.equal(s.encode({ a: 0x0a141e0b, b: 80 }).subarray(0, 6).toString('hex'), '0a141e0b0050');
});

t.test('a tuple is the bytes on the wire', async (t) => {
  const key = V4.TUPLE.encode({
    remote: 0xc0000209,
    local: 0x0a141e0b,
    remote_port: 3306,
    local_port: 40000,
    protocol: 6,
  });
  t.equal(key.toString('hex'), 'c00002090a141e0b0cea9c4006000000');
  t.equal(V4.TUPLE.size, 16);
  t.equal(V4.MAPPING.size, 32);
  t.equal(V6.TUPLE.size, 40);
  t.equal(V6.MAPPING.size, 40);
  const long = V6.TUPLE.encode({ remote: 0x20010db8_00000000_00000000_00000001n, remote_port: 53 });
  t.equal(long.subarray(0, 16).toString('hex'), '20010db8000000000000000000000001');
});

t.test('every struct prints as C, every reason has its own counter', async (t) => {
  for (const s of STRUCTS) t.match(s.toC(), new RegExp(`struct ${s.name} \\{`));
  const indexes = new Set(
    ['egress' as const, 'ingress' as const].flatMap((d) => REASONS.map((_, i) => counterIndex(d, i))),
  );
  t.equal(indexes.size, REASONS.length * 2);
  t.equal(new Set(REASONS.map((r) => r.name)).size, REASONS.length);
});
