// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { dependenciesOf, insertionOrder } from '../../../src/vm/modules.js';

t.test('a module says what it needs', async (t) => {
  const module = (info: string) => Buffer.from(`\x7fELF\0\xff\0license=GPL\0${info}\0name=x\0`, 'latin1');
  t.strictSame(dependenciesOf(module('depends=nf-conntrack,libcrc32c')), ['nf_conntrack', 'libcrc32c']);
  t.strictSame(dependenciesOf(module('depends=')), []);
  t.strictSame(dependenciesOf(module('softdep=pre: crc32c')), []);
});

t.test('each module comes after what it needs, once; what is built in is left out', async (t) => {
  const needs: Record<string, string[]> = { a: ['b', 'c'], b: ['c'], c: [], d: ['a', 'built_in'], e_f: [] };
  const order = insertionOrder(['d', 'a', 'e-f', 'missing'], (name) => needs[name]);
  t.strictSame(order, ['c', 'b', 'a', 'd', 'e_f']);
});
