// SPDX-License-Identifier: Apache-2.0
import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import {
  type Address,
  addressBytes,
  addressFromBytes,
  compareAddresses,
  equalAddresses,
  formatAddress,
  makeAddress,
  parseAddress,
} from '../../../src/net/address.js';

const v4 = fc.bigInt(0n, (1n << 32n) - 1n).map((value) => makeAddress(4, value));
const wide = fc.bigInt(0n, (1n << 128n) - 1n);
// Addresses with runs of zeros, which uniform ones never have.
const sparse = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n));
const mapped = fc.bigInt(0n, (1n << 32n) - 1n).map((value) => (0xffffn << 32n) | value);
const v6 = fc.oneof(wide, sparse, mapped).map((value) => makeAddress(6, value));
const any = fc.oneof(v4, v6);

t.test('format and parse are inverse, and node agrees on the family', async (t) => {
  fc.assert(
    fc.property(any, (address) => {
      const text = formatAddress(address);
      return (
        (address.family === 4 ? isIPv4(text) : isIPv6(text)) && equalAddresses(parseAddress(text) as Address, address)
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test('what is accepted is exactly what node accepts, zones aside', async (t) => {
  const pieces = fc.constantFrom(
    '0',
    '1',
    '00',
    '10',
    '255',
    '256',
    'ffff',
    'F',
    '12345',
    'g',
    ':',
    '::',
    '.',
    '1.2.3.4',
    '/',
    ' ',
  );
  const soup = fc.array(pieces, { maxLength: 17 }).map((parts) => parts.join(''));
  const v4Soup = fc.array(fc.constantFrom('0', '1', '01', '99', '255', '256', '300', ''), {
    minLength: 3,
    maxLength: 5,
  });
  const groups = fc.array(fc.constantFrom('0', 'a', 'ffff', '0001', '', '1.2.3.4', '1.2.3.04'), { maxLength: 10 });
  const texts = fc.oneof(
    soup,
    v4Soup.map((parts) => parts.join('.')),
    groups.map((parts) => parts.join(':')),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      if (text.includes('%')) return true;
      const family = parseAddress(text)?.family;
      return (family === 4) === isIPv4(text) && (family === 6) === isIPv6(text);
    }),
    { numRuns: 20000 },
  );
  t.pass();
});

t.test('text forms', async (t) => {
  const canonical: [string, string][] = [
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:10.1.2.3', '::ffff:10.1.2.3'],
    ['::ffff:a01:203', '::ffff:10.1.2.3'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ];
  for (const [input, output] of canonical) {
    const address = parseAddress(input);
    t.equal(address && formatAddress(address), output, input);
  }
});

t.test('refused texts', async (t) => {
  const refused = [
    '',
    ' ',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    '1.2.3.4 ',
    '0x1.2.3.4',
    '1e0.2.3.4',
    '+1.2.3.4',
  ];
  const refusedV6 = [
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4::5:6:7:8',
    'fe80::1%eth0',
    '[::1]',
    '::1/128',
    '1.2.3.4::',
    '::1.2.3.4:5',
  ];
  const foreign = ['١.2.3.4', '1.2.3.4\n', '\u00001.2.3.4', `${'0:'.repeat(40)}0`, '1'.repeat(1_000_000)];
  for (const text of [...refused, ...refusedV6, ...foreign])
    t.equal(parseAddress(text), undefined, JSON.stringify(text.slice(0, 40)));
});

t.test('bytes', async (t) => {
  t.same([...addressBytes(parseAddress('10.20.30.11') as Address)], [10, 20, 30, 11]);
  fc.assert(fc.property(any, (address) => equalAddresses(addressFromBytes(addressBytes(address)), address)));
  t.throws(() => addressFromBytes(new Uint8Array(5)), RangeError);
  t.throws(() => makeAddress(4, 1n << 32n), RangeError);
  t.throws(() => makeAddress(6, -1n), RangeError);
});

t.test('order and equality', async (t) => {
  const sorted = ['9.0.0.0', '10.0.0.0', '::', '::9'].map((text) => parseAddress(text) as Address);
  t.same([...sorted].reverse().sort(compareAddresses), sorted);
  t.notOk(equalAddresses(makeAddress(4, 1n), makeAddress(6, 1n)), 'families differ');
  t.ok(Object.isFrozen(parseAddress('1.2.3.4')));
});
