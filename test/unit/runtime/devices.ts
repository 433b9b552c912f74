// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import type { ConfigInput } from '../../../src/config/config.js';
import { parseConfig } from '../../../src/config/parse.js';
import type { Interface, InterfaceAddress } from '../../../src/native/types.js';
import { autoAddress, resolveDevices } from '../../../src/runtime/devices.js';
import { checkInstanceName, escapePin } from '../../../src/runtime/paths.js';

const address = (text: string, more: Partial<InterfaceAddress> = {}): InterfaceAddress => ({
  family: text.includes(':') ? 6 : 4,
  address: text,
  prefixLength: 24,
  scope: 0,
  secondary: false,
  flags: 0,
  ...more,
});
const device = (index: number, name: string, addresses: InterfaceAddress[]): Interface => ({
  index,
  name,
  flags: 1,
  type: 1,
  mtu: 1500,
  mac: '02:00:00:00:00:01',
  addresses,
});
const here = [
  device(1, 'lo', [address('127.0.0.1', { scope: 254 })]),
  device(2, 'eth0', [address('192.168.10.2'), address('192.168.10.3', { secondary: true })]),
  device(3, 'eth1', [address('172.16.0.2')]),
  device(4, 'wlan0', []),
];
const resolved = (config: Partial<ConfigInput>) =>
  resolveDevices(parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], ...config }), here);

t.test('auto: first primary global IPv4 address', async (t) => {
  t.equal(autoAddress(here[1] as Interface, 4), '192.168.10.2');
  t.equal(
    autoAddress(
      device(9, 'x', [
        address('fe80::1', { scope: 253 }),
        address('169.254.1.1', { scope: 253 }),
        address('10.0.0.9', { secondary: true }),
        address('10.0.0.7', { flags: 0x20 }),
        address('10.0.0.8'),
      ]),
      4,
    ),
    '10.0.0.8',
    'not link-local, secondary or deprecated ones',
  );
});

t.test('patterns, each device once, in order', async (t) => {
  t.strictSame(resolved({ devices: ['eth1', 'eth+'] }), [
    { name: 'eth1', ifindex: 3, addresses: ['172.16.0.2'], headerless: false },
    { name: 'eth0', ifindex: 2, addresses: ['192.168.10.2'], headerless: false },
  ]);
});

t.test('one address for all, or one a device', async (t) => {
  t.match(resolved({ masqueradeAddress: '192.0.2.77' }), [{ addresses: ['192.0.2.77'] }]);
  t.match(resolved({ devices: ['eth+'], masqueradeAddress: { eth1: '192.0.2.78' } }), [
    { addresses: ['192.168.10.2'] },
    { addresses: ['192.0.2.78'] },
  ]);
});

t.test('what is missing is named', async (t) => {
  t.throws(() => resolved({ devices: ['ens3'] }), {
    reason: 'no-device',
    message: /nothing here is called ens3; there are lo, eth0/,
  });
  t.throws(() => resolved({ devices: ['wlan0'] }), {
    reason: 'no-address',
    message: /wlan0 has no global IPv4 address/,
  });
  t.match(resolved({ devices: ['wlan0'], masquerade: { ipv4: false } }), [{ addresses: [] }], 'unless none is needed');
});

t.test('names in three file systems', async (t) => {
  t.equal(escapePin('eth0.100'), 'eth0+2e100');
  t.equal(escapePin('a/b@c'), 'a+2fb+40c');
  t.not(escapePin('eth0+2e'), escapePin('eth0.'), 'no two names share a pin');
  t.equal(checkInstanceName('lab-1_x'), 'lab-1_x');
  for (const bad of ['', '..', 'a/b', 'a b', 'é', 'x'.repeat(65)])
    t.throws(() => checkInstanceName(bad), { name: 'ConfigError' });
});
