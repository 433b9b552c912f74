// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { stringify } from 'yaml';
import { formatConfig } from '../../../src/config/format.js';
import { parseConfig } from '../../../src/config/parse.js';
import { parseConfigText } from '../../../src/config/parse-text.js';
import { formatAddress, makeAddress } from '../../../src/net/address.js';
import { formatCidr, makeCidr } from '../../../src/net/cidr.js';
import { formatDuration } from '../../../src/net/duration.js';

const address = fc.bigInt(0n, (1n << 32n) - 1n).map((value) => makeAddress(4, value));
const host = fc.bigInt(0x01000000n, 0x7effffffn).map((value) => formatAddress(makeAddress(4, value)));
const cidrs = fc.array(
  fc.tuple(address, fc.nat(32)).map(([address, length]) => formatCidr(makeCidr(address, length))),
  { maxLength: 4 },
);
const duration = fc.integer({ min: 1, max: 365 * 86_400_000 }).map(formatDuration);
const oneOrAuto = fc.oneof(host, fc.constant('auto'));

const inputs = fc
  .record(
    {
      nativeRoutingCIDRs: cidrs,
      nonMasqueradeCIDRs: cidrs,
      remoteNodes: fc.array(host, { maxLength: 3 }),
      masquerade: fc.record({ ipv4: fc.boolean() }),
      masqueradeAddress: fc.oneof(
        oneOrAuto,
        fc.record({ ipv4: host }),
        fc.record({ eth0: oneOrAuto }),
        fc.record({ eth0: oneOrAuto, wlan0: oneOrAuto }),
      ),
      portRange: fc
        .tuple(fc.integer({ min: 1, max: 30000 }), fc.nat(30000))
        .map(([min, more]) => `${min}-${min + more}`),
      reservedPorts: fc.array(fc.oneof(fc.constant('64000-65000'), fc.integer({ min: 60001, max: 65535 })), {
        maxLength: 3,
      }),
      natTableSize: fc.integer({ min: 1024, max: 4_194_304 }),
      midStream: fc.constantFrom('adopt', 'translate', 'drop'),
      timeouts: fc.record({ tcpEstablished: duration, tcpTransitory: duration, udp: duration }, { requiredKeys: [] }),
      attach: fc.constantFrom('auto', 'tcx', 'tc'),
    },
    { requiredKeys: [] },
  )
  .map((rest) => ({ devices: ['eth0', 'wl+'], podCIDRs: ['10.20.30.0/24'], ...rest }));

t.test('what is formatted parses to the same config, as an object, as JSON and as YAML', async (t) => {
  const print = (value: unknown) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v));
  fc.assert(
    fc.property(inputs, (input) => {
      const config = parseConfig(input);
      const again = formatConfig(config);
      const copies = [parseConfig(again), parseConfigText(JSON.stringify(again)), parseConfigText(stringify(again))];
      return copies.every((copy) => print(copy) === print(config));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

t.test('canonical texts with every default', async (t) => {
  t.same(formatConfig(parseConfig({ devices: ['eth0'], podCIDRs: ['10.1.2.3'], timeouts: { icmp: '60s' } })), {
    devices: ['eth0'],
    podCIDRs: ['10.1.2.3/32'],
    nativeRoutingCIDRs: [],
    nonMasqueradeCIDRs: [],
    remoteNodes: [],
    masquerade: { ipv4: true, ipv6: false },
    masqueradeAddress: 'auto',
    portRange: '32768-65535',
    reservedPorts: [],
    natTableSize: 524288,
    midStream: 'adopt',
    timeouts: { tcpEstablished: '2h4m', tcpTransitory: '4m', udp: '5m', icmp: '1m', fragment: '30s' },
    attach: 'auto',
  });
});
