// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { parseConfig } from '../../../src/config/parse.js';
import { ConfigError, type ConfigIssue } from '../../../src/errors.js';

const minimal = { devices: ['eth0'], podCIDRs: ['10.20.30.0/24'] };

function issuesOf(input: unknown): readonly ConfigIssue[] {
  try {
    parseConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}
const withField = (field: string, value: unknown) => issuesOf({ ...minimal, [field]: value });

const address = (value: unknown) =>
  parseConfig({ ...minimal, devices: ['eth0', 'wl+'], masqueradeAddress: value }).masqueradeAddress;
const ten = { family: 4, value: 0xc000020an };
const eleven = { family: 4, value: 0xc000020bn };
const six = { family: 6, value: (0xfd00n << 112n) + 1n };

t.test('one address, a pool, and both by family', async (t) => {
  const fixed = (ipv4: unknown[], ipv6: unknown[]) => ({ kind: 'fixed', ipv4, ipv6 });
  t.same(address('auto'), { kind: 'auto' });
  t.same(address('192.0.2.10'), fixed([ten], []));
  t.same(address('fd00::1'), fixed([], [six]));
  t.same(address(['192.0.2.11', 'fd00::1', '192.0.2.10']), fixed([eleven, ten], [six]), 'the order is kept');
  t.same(address({ ipv4: '192.0.2.10' }), fixed([ten], []));
  t.same(address({ ipv4: ['192.0.2.10', '192.0.2.11'], ipv6: 'fd00::1' }), fixed([ten, eleven], [six]));
  t.same(address({ ipv4: 'auto', ipv6: ['fd00::1'] }), fixed([], [six]));
  for (const families of [{ ipv4: [] }, { ipv6: [] }, { ipv4: 'auto', ipv6: [] }, { ipv4: undefined }]) {
    t.same(address(families), { kind: 'auto' }, JSON.stringify(families));
  }
});

t.test('by device, each in any of these forms', async (t) => {
  const perDevice = address({ eth0: '192.0.2.10', wlan0: 'auto' });
  t.match(perDevice, { kind: 'per-device', devices: { eth0: { ipv4: [ten], ipv6: [] }, wlan0: 'auto' } });
  t.equal(perDevice.kind === 'per-device' && perDevice.devices.constructor, undefined, 'nothing inherited');
  t.match(address({ eth0: ['fd00::1', '192.0.2.10'], wl0: { ipv6: 'fd00::1' }, wl1: { ipv4: [] } }), {
    devices: { eth0: { ipv4: [ten], ipv6: [six] }, wl0: { ipv4: [], ipv6: [six] }, wl1: 'auto' },
  });
  t.same(withField('masqueradeAddress', { eth0: '192.0.2.1' }), [], 'two devices may share an address');
  t.match(withField('masqueradeAddress', { eth1: 'auto' }), [
    { path: 'masqueradeAddress.eth1', expected: 'one of the devices', hint: 'did you mean eth0?' },
  ]);
  t.match(withField('masqueradeAddress', { 'eth+': 'auto' }), [
    { path: 'masqueradeAddress["eth+"]', hint: /patterns/ },
  ]);
  for (const [value, path] of [
    [[], 'masqueradeAddress.eth0'],
    [{}, 'masqueradeAddress.eth0'],
    [null, 'masqueradeAddress.eth0'],
    [['fd00::1', 5], 'masqueradeAddress.eth0[1]'],
    [{ ipv4: ['192.0.2.1', 'x'] }, 'masqueradeAddress.eth0.ipv4[1]'],
    [{ eth0: 'auto' }, 'masqueradeAddress.eth0.eth0'],
  ] as const) {
    const [issue, more] = withField('masqueradeAddress', { eth0: value });
    t.match([issue, more], [{ path }, undefined], JSON.stringify(value));
  }
});

t.test('what is refused', async (t) => {
  const refusals: [unknown, Partial<Record<keyof ConfigIssue, string | RegExp>>][] = [
    [['192.0.2.1', '192.0.2.1'], { path: 'masqueradeAddress[1]', expected: 'each address once' }],
    [['fd00::1', '192.0.2.1', 'FD00:0::1'], { path: 'masqueradeAddress[2]', hint: 'fd00::1 is in the list already' }],
    [{ ipv6: ['fd00::1', 'fd00::1'] }, { path: 'masqueradeAddress.ipv6[1]', expected: 'each address once' }],
    [[], { expected: 'at least one address', received: '[]' }],
    [['auto'], { path: 'masqueradeAddress[0]', hint: /stands alone/ }],
    [[['192.0.2.1']], { path: 'masqueradeAddress[0]', expected: /^an IPv4 or IPv6 address such as/ }],
    [{ ipv4: 'fd00::1' }, { path: 'masqueradeAddress.ipv4', hint: 'write it under ipv6' }],
    [{ ipv6: ['fd00::1', '192.0.2.1'] }, { path: 'masqueradeAddress.ipv6[1]', hint: 'write it under ipv4' }],
    [
      { ipv4: '192.0.2.1', eth0: 'auto' },
      { path: 'masqueradeAddress.eth0', hint: /not both/ },
    ],
    [{ ipv4: null }, { path: 'masqueradeAddress.ipv4', expected: /^"auto", an IPv4 address .*list/ }],
    ['fd00::1/64', { hint: 'one address, without a prefix length: fd00::1' }],
    ['fd00::1%eth0', { expected: /^"auto", an address/ }],
  ];
  for (const [value, issue] of refusals) t.match(withField('masqueradeAddress', value), [issue], JSON.stringify(value));
  for (const value of [{}, null, 5, true, '']) t.equal(withField('masqueradeAddress', value).length, 1, String(value));
});

t.test('addresses that cannot be a host of a routed network', async (t) => {
  const v4 = ['0.0.0.0', '0.1.2.3', '127.0.0.1', '224.0.0.1', '239.1.1.1', '255.255.255.255'];
  const v6 = ['::', '::1', 'fe80::1', 'febf::1', 'ff02::1', 'ff0e::1'];
  for (const host of [...v4, ...v6]) {
    const hint = new RegExp(`^${host} is .*(no host has it|never)`);
    t.match(withField('masqueradeAddress', host), [{ path: 'masqueradeAddress', hint }], host);
    t.match(withField('masqueradeAddress', [host]), [{ path: 'masqueradeAddress[0]', hint }], host);
    t.match(withField('remoteNodes', [host]), [{ path: 'remoteNodes[0]', hint }], host);
  }
  for (const host of ['::ffff:192.0.2.1', '::ffff:c000:201']) {
    t.match(withField('remoteNodes', [host]), [{ hint: 'IPv4-mapped: did you mean 192.0.2.1?' }], host);
  }
  for (const host of ['1.0.0.0', '223.255.255.255', '::2', 'fec0::1', 'fd00::1', '2001:db8::1', '64:ff9b::1.2.3.4']) {
    t.same(withField('remoteNodes', [host]), [], host);
  }
});
