// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { show, showPath } from '../../../src/config/show.js';

t.test('small values are JSON', async (t) => {
  for (const value of ['a"b', 5, true, null, [], {}, [1, 'x', [2]], { a: 1, b: { c: [] } }, [null, false]]) {
    t.equal(show(value), JSON.stringify(value));
  }
  t.equal(show(undefined), 'nothing');
  t.equal(show(Number.POSITIVE_INFINITY), 'Infinity');
  t.equal(show(5n), '5n');
});

t.test('large ones are cut, and say how large they are', async (t) => {
  t.equal(show('x'.repeat(1000)), `"${'x'.repeat(60)}"… (1000 characters)`);
  t.match(show(Array(1000).fill(1)), /^\[1,1,.*,…\] \(1000 items\)$/);
  t.match(show(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]))), /^\{"k0":0,.*,…\}$/);
});

t.test('whatever it is, the text is one short line of printable characters', async (t) => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, maxDepth: 5 }), (value) => {
      const text = show(value);
      return text.length > 0 && text.length < 1000 && !/[\p{C}\n]/u.test(text);
    }),
    { numRuns: 2000 },
  );
  t.equal(show('\u001b[2J\u009b\u202e'), '"\\u001b[2J\\u009b\\u202e"');
});

t.test('paths', async (t) => {
  t.equal(showPath([]), '');
  t.equal(showPath(['podCIDRs', 1]), 'podCIDRs[1]');
  t.equal(showPath(['masqueradeAddress', 'eth0.100']), 'masqueradeAddress["eth0.100"]');
  t.equal(showPath(['timeouts', 'udp']), 'timeouts.udp');
});
