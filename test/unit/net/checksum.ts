// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { type Address, parseAddress } from '../../../src/net/address.js';
import { concatBytes } from '../../../src/net/bytes.js';
import { checksumSum, internetChecksum, pseudoHeaderSum } from '../../../src/net/checksum.js';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** Another road to the same number: 65536 is 1 modulo 65535, so the one's complement sum is the whole number's remainder. */
function byRemainder(data: Uint8Array): number {
  const hex = Buffer.from(data).toString('hex') + (data.length % 2 ? '00' : '');
  const value = BigInt(`0x${hex || '0'}`);
  if (value === 0n) return 0xffff;
  return Number((65535n - (value % 65535n)) % 65535n);
}

t.test('known values', async (t) => {
  t.equal(internetChecksum(bytes('0001 f203 f4f5 f6f7')), 0x220d, 'the example of RFC 1071');
  t.equal(internetChecksum(bytes('4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7')), 0xb861, 'an IPv4 header');
  t.equal(internetChecksum(bytes('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7')), 0, 'a right one gives zero');
  t.equal(internetChecksum(new Uint8Array()), 0xffff);
});

t.test('agrees with arithmetic modulo 65535', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (data) => internetChecksum(data) === byRemainder(data)),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 }), (a, b) => {
      const even = a.length % 2 ? concatBytes(a, new Uint8Array(1)) : a;
      return internetChecksum(b, checksumSum(even)) === internetChecksum(concatBytes(even, b));
    }),
  );
  t.equal(internetChecksum(new Uint8Array(1 << 20).fill(0xff)), 0, 'a megabyte of ones carries many times');
});

t.test('pseudo headers', async (t) => {
  const sum = (source: string, destination: string, protocol: number, length: number) =>
    internetChecksum(
      new Uint8Array(),
      pseudoHeaderSum(parseAddress(source) as Address, parseAddress(destination) as Address, protocol, length),
    );
  t.equal(sum('10.0.0.1', '10.0.0.2', 17, 9), byRemainder(bytes('0a000001 0a000002 0011 0009')));
  const v6 = '20010db8000000000000000000000001 20010db8000000000000000000000002';
  t.equal(sum('2001:db8::1', '2001:db8::2', 58, 0x12345), byRemainder(bytes(`${v6} 00012345 0000003a`)));
});
