// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { stringify } from 'yaml';
import type { ConfigInput } from '../../../src/config/config.js';
import { formatConfig } from '../../../src/config/format.js';
import { parseConfig } from '../../../src/config/parse.js';
import { parseConfigText } from '../../../src/config/parse-text.js';
import { formatAddress, makeAddress } from '../../../src/net/address.js';
import { formatCidr, makeCidr } from '../../../src/net/cidr.js';
import { formatDuration } from '../../../src/net/duration.js';

const v4 = fc.bigInt(0n, (1n << 32n) - 1n).map((value) => makeAddress(4, value));
const v6 = fc.bigInt(0n, (1n << 128n) - 1n).map((value) => makeAddress(6, value));
const v4Host = fc.bigInt(0x01000000n, 0x7effffffn).map((value) => formatAddress(makeAddress(4, value)));
const v6Host = fc.bigInt(0x2000n << 112n, (0x4000n << 112n) - 1n).map((value) => formatAddress(makeAddress(6, value)));
const host = fc.oneof(v4Host, v6Host);
const cidr = fc
  .oneof(fc.tuple(v4, fc.nat(32)), fc.tuple(v6, fc.nat(128)))
  .map(([address, length]) => makeCidr(address, length))
  .filter(({ address, prefixLength }) => address.family === 4 || prefixLength < 96 || address.value >> 32n !== 0xffffn)
  .map(formatCidr);
const cidrs = fc.array(cidr, { maxLength: 4 });
const pool = (of: fc.Arbitrary<string>, minLength: number) =>
  fc.oneof(of, fc.uniqueArray(of, { minLength, maxLength: 5 }), fc.constant('auto'));
const addresses = fc.oneof(
  pool(host, 1),
  fc
    .record({ ipv4: pool(v4Host, 0), ipv6: pool(v6Host, 0) }, { requiredKeys: [] })
    .filter((families) => Object.keys(families).length > 0),
);
const duration = fc.integer({ min: 1, max: 365 * 86_400_000 }).map(formatDuration);

const inputs = fc
  .record(
    {
      nativeRoutingCIDRs: cidrs,
      nonMasqueradeCIDRs: cidrs,
      remoteNodes: fc.array(host, { maxLength: 3 }),
      masquerade: fc.record({ ipv4: fc.boolean(), ipv6: fc.boolean() }, { requiredKeys: [] }),
      masqueradeAddress: fc.oneof(
        addresses,
        fc.record({ eth0: addresses }),
        fc.record({ eth0: addresses, wlan0: addresses }),
      ),
      portRange: fc
        .tuple(fc.integer({ min: 1, max: 30000 }), fc.nat(30000))
        .map(([min, more]) => `${min}-${min + more}`),
      reservedPorts: fc.array(fc.oneof(fc.constant('64000-65000'), fc.integer({ min: 60001, max: 65535 })), {
        maxLength: 3,
      }),
      allocator: fc.constantFrom('complete', 'random', 'cilium-1.11', 'cilium-1.18'),
      otherProtocols: fc.constantFrom('pass', 'drop', 'address-only'),
      natTableSize: fc.integer({ min: 1024, max: 4_194_304 }),
      midStream: fc.constantFrom('adopt', 'translate', 'drop'),
      timeouts: fc.record({ tcpEstablished: duration, tcpTransitory: duration, udp: duration }, { requiredKeys: [] }),
      attach: fc.constantFrom('auto', 'tcx', 'tc'),
    },
    { requiredKeys: [] },
  )
  .map((rest) => ({ devices: ['eth0', 'wl+'], podCIDRs: ['fd00:10:20::/64', '10.20.30.0/24'], ...rest }));

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
    allocator: 'complete',
    otherProtocols: 'pass',
    midStream: 'adopt',
    timeouts: { tcpEstablished: '2h4m', tcpTransitory: '4m', udp: '5m', icmp: '1m', fragment: '30s' },
    attach: 'auto',
  });
});

t.test('masquerade addresses are written in their shortest form', async (t) => {
  const written = (masqueradeAddress: ConfigInput['masqueradeAddress']) =>
    formatConfig(parseConfig({ devices: ['eth0'], podCIDRs: ['10.1.2.3'], ...{ masqueradeAddress } }))
      .masqueradeAddress;
  const forms: [ConfigInput['masqueradeAddress'], ConfigInput['masqueradeAddress']][] = [
    [['192.0.2.1'], '192.0.2.1'],
    [{ ipv4: ['192.0.2.1'], ipv6: [] }, '192.0.2.1'],
    [{ ipv6: 'FD00:0::1' }, 'fd00::1'],
    [
      ['192.0.2.2', '192.0.2.1'],
      ['192.0.2.2', '192.0.2.1'],
    ],
    [['fd00::1', '192.0.2.1'], { ipv4: '192.0.2.1', ipv6: 'fd00::1' }],
    [['fd00::2', '192.0.2.1', 'fd00::1'], { ipv4: '192.0.2.1', ipv6: ['fd00::2', 'fd00::1'] }],
    [{ ipv4: [], ipv6: 'auto' }, 'auto'],
    [{ eth0: { ipv6: [] } }, { eth0: 'auto' }],
    [{ eth0: ['fd00::1', '192.0.2.1'] }, { eth0: { ipv4: '192.0.2.1', ipv6: 'fd00::1' } }],
  ];
  for (const [input, output] of forms) t.same(written(input), output, JSON.stringify(input));
});
