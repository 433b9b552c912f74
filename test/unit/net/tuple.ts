// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { equalAddresses, makeAddress } from '../../../src/net/address.js';
import { formatEndpoint, formatTuple, parseEndpoint, parseTuple } from '../../../src/net/tuple.js';

const endpoint = (family: 4 | 6) =>
  fc.record({
    address: fc.bigInt(0n, (1n << (family === 4 ? 32n : 128n)) - 1n).map((value) => makeAddress(family, value)),
    port: fc.nat(65535),
  });

t.test('format and parse are inverse', async (t) => {
  const tuples = fc.constantFrom(4 as const, 6 as const).chain((family) =>
    fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'icmp' as const),
      source: endpoint(family),
      destination: endpoint(family),
    }),
  );
  fc.assert(
    fc.property(tuples, (tuple) => {
      const again = parseTuple(formatTuple(tuple));
      return (
        again !== undefined &&
        again.protocol === tuple.protocol &&
        equalAddresses(again.source.address, tuple.source.address) &&
        again.source.port === tuple.source.port &&
        equalAddresses(again.destination.address, tuple.destination.address) &&
        again.destination.port === (tuple.protocol === 'icmp' ? 0 : tuple.destination.port)
      );
    }),
  );
  t.pass();
});

t.test('texts', async (t) => {
  const tuple = parseTuple(' tcp 10.20.30.11:40000 >192.0.2.9:3306 ');
  t.equal(tuple && formatTuple(tuple), 'tcp 10.20.30.11:40000 > 192.0.2.9:3306');
  const icmp = parseTuple('icmp 10.0.0.1:7 > 192.0.2.9');
  t.equal(icmp?.source.port, 7);
  const v6 = parseEndpoint('[fd00::1]:80');
  t.equal(v6 && formatEndpoint(v6), '[fd00::1]:80');
  const refused = ['', 'tcp', 'tcp 1.2.3.4 > 1.2.3.4:5', 'sctp 1.2.3.4:5 > 1.2.3.4:5', 'tcp 1.2.3.4:5 < 1.2.3.4:5'];
  const more = [
    'tcp 1.2.3.4:5 > [::1]:5',
    'tcp ::1:5 > ::1:5',
    'tcp 1.2.3.4:65536 > 1.2.3.4:5',
    `tcp ${'1'.repeat(1e6)}`,
  ];
  for (const text of [...refused, ...more]) t.equal(parseTuple(text), undefined, text.slice(0, 40));
  for (const text of ['1.2.3.4', '[1.2.3.4]:5', 'fd00::1:80', '[fd00::1]', '1.2.3.4:05', ':80']) {
    t.equal(parseEndpoint(text), undefined, text);
  }
});
