// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { readPcap } from '../../../src/lab/pcap.js';

interface Made {
  little: boolean;
  nano: boolean;
  linkType: number;
  packets: { seconds: number; fraction: number; bytes: Uint8Array; originalLength: number }[];
}

function make({ little, nano, linkType, packets }: Made): Buffer {
  const words = (...values: number[]) => {
    const buffer = Buffer.alloc(values.length * 4);
    for (const [i, v] of values.entries()) little ? buffer.writeUInt32LE(v, i * 4) : buffer.writeUInt32BE(v, i * 4);
    return buffer;
  };
  const version = little ? Buffer.from([2, 0, 4, 0]) : Buffer.from([0, 2, 0, 4]);
  return Buffer.concat([
    words(nano ? 0xa1b23c4d : 0xa1b2c3d4),
    version,
    words(0, 0, 262144, linkType),
    ...packets.flatMap((p) => [words(p.seconds, p.fraction, p.bytes.length, p.originalLength), p.bytes]),
  ]);
}

const arbitrary = fc.record({
  little: fc.boolean(),
  nano: fc.boolean(),
  linkType: fc.constantFrom(1, 101, 113),
  packets: fc.array(
    fc.record({
      seconds: fc.nat(0xffffffff),
      fraction: fc.nat(999_999),
      bytes: fc.uint8Array({ maxLength: 80 }),
      originalLength: fc.nat(65535),
    }),
    { maxLength: 4 },
  ),
});

t.test('reads what was written, in either byte order and time unit', async (t) => {
  fc.assert(
    fc.property(arbitrary, (made) => {
      const { linkType, packets } = readPcap(make(made));
      t.equal(linkType, made.linkType);
      t.same(
        packets,
        made.packets.map((p) => ({
          time: BigInt(p.seconds) * 1_000_000_000n + BigInt(p.fraction) * (made.nano ? 1n : 1000n),
          bytes: p.bytes,
          originalLength: p.originalLength,
        })),
      );
    }),
    { numRuns: 50 },
  );
});

t.test('a last record that was cut is left out, wherever it was cut', async (t) => {
  const packet = { seconds: 1, fraction: 2, bytes: Uint8Array.of(1, 2, 3, 4), originalLength: 4 };
  const whole = make({ little: true, nano: false, linkType: 1, packets: [packet, packet] });
  const second = 24 + 16 + 4;
  for (let length = second; length < whole.length; length++) {
    t.equal(readPcap(whole.subarray(0, length)).packets.length, 1, `cut at ${length}`);
  }
  t.equal(readPcap(whole).packets.length, 2);
});

t.test('says what is wrong with bytes that are no capture', async (t) => {
  t.throws(() => readPcap(new Uint8Array(0)), { message: /no pcap file: 0 bytes/ });
  t.throws(() => readPcap(Buffer.from('not a capture, although long enough')), {
    message: /it begins with 0x6e6f7420/,
  });
});
