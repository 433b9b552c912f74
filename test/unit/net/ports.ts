// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import {
  formatPortRange,
  inPortRange,
  normalizePortRanges,
  type PortRange,
  parsePortRange,
  portRangeSize,
  subtractPortRanges,
} from '../../../src/net/ports.js';

const range = fc
  .tuple(fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 0, max: 65535 }))
  .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
const small = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 6 }))
  .map(([min, more]) => ({ min, max: min + more }));

/** Which of the ports 0..50 a list holds. */
const members = (list: readonly PortRange[]) =>
  Array.from({ length: 51 }, (_, port) => list.some((r) => inPortRange(r, port)));

t.test('texts', async (t) => {
  t.same(parsePortRange('32768-65535'), { min: 32768, max: 65535 });
  t.same(parsePortRange('80'), { min: 80, max: 80 });
  t.same(parsePortRange(80), { min: 80, max: 80 });
  t.same(parsePortRange('0-0'), { min: 0, max: 0 });
  fc.assert(
    fc.property(range, (r) => {
      const again = parsePortRange(formatPortRange(r));
      return again?.min === r.min && again.max === r.max && portRangeSize(again) === r.max - r.min + 1;
    }),
  );
  const refused = [
    '',
    '-',
    '80-',
    '-80',
    '65536',
    '80-70',
    '1-65536',
    '080',
    '1 - 2',
    '1-2-3',
    '0x50',
    '8e1',
    ' 80',
    '80\n',
  ];
  for (const text of refused) t.equal(parsePortRange(text), undefined, JSON.stringify(text));
  for (const number of [-1, 1.5, 65536, Number.NaN, Number.POSITIVE_INFINITY, 1e21]) {
    t.equal(parsePortRange(number), undefined, String(number));
  }
});

t.test('sets against brute force', async (t) => {
  fc.assert(
    fc.property(fc.array(small, { maxLength: 8 }), (list) => {
      const result = normalizePortRanges(list);
      const apart = result.every((r, i) => i === 0 || r.min > (result[i - 1] as PortRange).max + 1);
      return apart && members(result).join() === members(list).join();
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(small, fc.array(small, { maxLength: 5 }), (from, what) => {
      const without = members(what);
      const expected = members([from]).map((inside, port) => inside && !without[port]);
      return members(subtractPortRanges(from, what)).join() === expected.join();
    }),
    { numRuns: 1000 },
  );
  t.pass();
});
