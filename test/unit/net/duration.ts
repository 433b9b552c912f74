// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { formatDuration, parseDuration } from '../../../src/net/duration.js';

t.test('texts', async (t) => {
  const texts: [string, number][] = [
    ['2h4m', 7_440_000],
    ['60s', 60_000],
    ['5m', 300_000],
    ['5ms', 5],
    ['250ms', 250],
    ['1m5ms', 60_005],
    ['1d2h3m4s5ms', 93_784_005],
    ['0s', 0],
  ];
  for (const [text, milliseconds] of texts) t.equal(parseDuration(text), milliseconds, text);
});

t.test('refused', async (t) => {
  const refused = [
    '',
    '5',
    's',
    '-5s',
    '+5s',
    '1.5s',
    '5 s',
    ' 5s',
    '5s ',
    '4m2h',
    '5s5s',
    '5S',
    '5sec',
    '1e3s',
    '٥s',
    '5s\n',
  ];
  for (const text of [...refused, '999999999999999d', '9'.repeat(1_000_000), `${'1'.repeat(400)}s`]) {
    t.equal(parseDuration(text), undefined, JSON.stringify(text.slice(0, 30)));
  }
});

t.test('format and parse are inverse', async (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (milliseconds) => parseDuration(formatDuration(milliseconds)) === milliseconds),
  );
  t.equal(formatDuration(7_440_000), '2h4m');
  t.equal(formatDuration(0), '0s');
  t.equal(formatDuration(1.6), '2ms', 'rounded');
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY]) t.throws(() => formatDuration(bad), RangeError);
});
