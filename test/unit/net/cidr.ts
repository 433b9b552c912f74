// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { type Address, makeAddress, parseAddress } from '../../../src/net/address.js';
import {
  type Cidr,
  cidrContains,
  cidrCovers,
  cidrRange,
  cidrsOverlap,
  compareCidrs,
  complementCidrs,
  formatCidr,
  makeCidr,
  normalizeCidrs,
  parseCidr,
  parseCidrIssue,
  subtractCidrs,
} from '../../../src/net/cidr.js';

const cidr = (text: string) => parseCidr(text) as Cidr;

// The algebra is judged by brute force inside one /26: 64 addresses at an end of each family's space.
const bits = 6;
const corners = [
  { family: 4 as const, base: 0xffffffc0n, width: 32 },
  { family: 4 as const, base: 0n, width: 32 },
  { family: 6 as const, base: (1n << 128n) - 64n, width: 128 },
];
const corner = fc.constantFrom(...corners);
type Corner = (typeof corners)[number];

function smallCidr({ family, base, width }: Corner): fc.Arbitrary<Cidr> {
  return fc
    .tuple(fc.integer({ min: 0, max: 2 ** bits - 1 }), fc.integer({ min: 0, max: bits }))
    .map(([host, length]) => makeCidr(makeAddress(family, base + BigInt(host)), width - bits + length));
}
const lists = corner.chain((where) => {
  const list = fc.array(smallCidr(where), { maxLength: 12 });
  return fc.record({ where: fc.constant(where), a: list, b: list });
});

/** Which of the 64 addresses a list holds, asked of each prefix by comparing bits of text. */
function members({ family, base, width }: Corner, list: readonly Cidr[]): string {
  const binary = (value: bigint) => value.toString(2).padStart(width, '0');
  return Array.from({ length: 2 ** bits }, (_, i) => {
    const text = binary(base + BigInt(i));
    const inside = (c: Cidr) =>
      c.address.family === family && text.startsWith(binary(c.address.value).slice(0, c.prefixLength));
    return list.some(inside) ? '1' : '0';
  }).join('');
}

/** The fewest aligned blocks that make up the set, by dividing it. */
function fewest(set: string): number {
  if (!set.includes('1')) return 0;
  if (!set.includes('0')) return 1;
  const half = set.length / 2;
  return fewest(set.slice(0, half)) + fewest(set.slice(half));
}

t.test('containment, covering and overlap against brute force', async (t) => {
  const pairs = corner.chain((where) => fc.tuple(fc.constant(where), smallCidr(where), smallCidr(where)));
  fc.assert(
    fc.property(pairs, ([where, a, b]) => {
      const [inA, inB] = [members(where, [a]), members(where, [b])];
      const each = [...inA].every((bit, i) => {
        return cidrContains(a, makeAddress(where.family, where.base + BigInt(i))) === (bit === '1');
      });
      const covers = [...inB].every((bit, i) => bit === '0' || inA[i] === '1');
      const overlap = [...inB].some((bit, i) => bit === '1' && inA[i] === '1');
      const { first, last } = cidrRange(a);
      const size = [...inA].filter((bit) => bit === '1').length;
      return (
        each &&
        cidrCovers(a, b) === covers &&
        cidrsOverlap(a, b) === overlap &&
        cidrContains(a, first) &&
        cidrContains(a, last) &&
        last.value - first.value + 1n === BigInt(size)
      );
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

t.test('normalizing keeps the set, with as few CIDRs as can be, sorted', async (t) => {
  fc.assert(
    fc.property(lists, ({ where, a }) => {
      const result = normalizeCidrs(a);
      const set = members(where, a);
      const sorted = result.every((c, i) => i === 0 || compareCidrs(result[i - 1] as Cidr, c) < 0);
      return members(where, result) === set && result.length === fewest(set) && sorted;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test('subtraction against brute force', async (t) => {
  fc.assert(
    fc.property(lists, ({ where, a, b }) => {
      const [inA, inB] = [members(where, a), members(where, b)];
      const expected = [...inA].map((bit, i) => (bit === '1' && inB[i] === '0' ? '1' : '0')).join('');
      return members(where, subtractCidrs(a, b)) === expected;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

t.test('complement', async (t) => {
  t.same(complementCidrs([], 4).map(formatCidr), ['0.0.0.0/0']);
  t.same(complementCidrs([cidr('128.0.0.0/1'), cidr('::/0')], 4).map(formatCidr), ['0.0.0.0/1']);
  t.equal(complementCidrs([cidr('::1')], 6).length, 128);
  fc.assert(
    fc.property(lists, ({ where, a }) => {
      const twice = complementCidrs(complementCidrs(a, where.family), where.family);
      return twice.map(formatCidr).join() === normalizeCidrs(a).map(formatCidr).join();
    }),
    { numRuns: 50 },
  );
});

t.test('families never mix', async (t) => {
  t.notOk(cidrContains(cidr('0.0.0.0/0'), parseAddress('::1') as Address));
  t.notOk(cidrsOverlap(cidr('0.0.0.0/0'), cidr('::/0')));
  t.same(normalizeCidrs([cidr('::/0'), cidr('0.0.0.0/0')]).map(formatCidr), ['0.0.0.0/0', '::/0']);
});

t.test('texts', async (t) => {
  for (const text of ['0.0.0.0/0', '10.20.30.0/24', '1.2.3.4/32', 'fd00::/8', '::/0', '::1/128']) {
    t.equal(formatCidr(cidr(text)), text);
    t.equal(parseCidrIssue(text), undefined);
  }
  t.equal(formatCidr(cidr('1.2.3.4')), '1.2.3.4/32', 'a bare address stands for itself');
  t.equal(formatCidr(cidr('::1')), '::1/128');
  const issues: [string, RegExp][] = [
    ['10.20.30.1/24', /host bits are set: did you mean 10\.20\.30\.0\/24\?/],
    ['fd00::1/8', /did you mean fd00::\/8\?/],
    ['10.0.0.0/33', /at most 32/],
    ['::/129', /at most 128/],
    ['10.0.0.0/08', /whole number from 0 to 32/],
    ['10.0.0.0/', /whole number/],
    ['10.0.0.0/-1', /whole number/],
    ['10.0.0.0/255.0.0.0', /whole number/],
    ['10.0.0.0/8/8', /whole number/],
    ['10.0/8', /not an address/],
    ['/8', /not an address/],
    ['', /not an address/],
  ];
  for (const [text, pattern] of issues) {
    t.equal(parseCidr(text), undefined, text);
    t.match(parseCidrIssue(text), pattern, text);
  }
  t.throws(() => makeCidr(parseAddress('1.2.3.4') as Address, 33), RangeError);
  t.throws(() => makeCidr(parseAddress('1.2.3.4') as Address, 1.5), RangeError);
});
