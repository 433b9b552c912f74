// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { coloured } from '../../../src/cli/session.js';
import { grouped, paint, plural, table } from '../../../src/cli/text.js';

t.test('columns are as wide as their widest cell, colour aside', async (t) => {
  const { red } = paint(true);
  t.equal(
    table(
      [
        ['A', 'LONGER', 'C'],
        ['long', red('x'), ''],
      ],
      ' ',
    ),
    ` A     LONGER  C\n long  ${red('x')}`,
  );
  t.equal(table([]), '');
});

t.test('colour: at a terminal only, never against NO_COLOR or on a dumb one', async (t) => {
  const sink = (isTTY: boolean) => ({ isTTY, write: () => {} });
  t.equal(coloured(sink(true), {}), true);
  t.equal(coloured(sink(true), { NO_COLOR: '' }), true);
  t.equal(coloured(sink(true), { NO_COLOR: '1' }), false);
  t.equal(coloured(sink(true), { TERM: 'dumb' }), false);
  t.equal(coloured(sink(false), {}), false);
  t.equal(paint(false).bold('x'), 'x');
});

t.test('numbers', async (t) => {
  t.equal(grouped(1234567n), '1,234,567');
  t.equal(grouped(999), '999');
  t.equal(plural(1, 'flow'), '1 flow');
  t.equal(plural(0n, 'flow'), '0 flows');
});
