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

t.test('masquerade addresses', async (t) => {
  const address = (value: unknown) => parseConfig({ ...minimal, devices: ['eth0', 'wl+'], masqueradeAddress: value });
  const ten = { family: 4, value: 0xc000020an };
  t.same(address('auto').masqueradeAddress, { kind: 'auto' });
  t.same(address('192.0.2.10').masqueradeAddress, { kind: 'fixed', ipv4: ten });
  t.same(address({ ipv4: '192.0.2.10' }).masqueradeAddress, { kind: 'fixed', ipv4: ten });
  const perDevice = address({ eth0: '192.0.2.10', wlan0: 'auto' }).masqueradeAddress;
  t.match(perDevice, { kind: 'per-device', devices: { eth0: ten, wlan0: 'auto' } });
  t.equal(perDevice.kind === 'per-device' && perDevice.devices.constructor, undefined, 'nothing inherited');
  for (const host of ['0.0.0.0', '0.1.2.3', '127.0.0.1', '239.1.1.1', '255.255.255.255']) {
    t.match(withField('masqueradeAddress', host), [{ path: 'masqueradeAddress', hint: /no host has it/ }], host);
  }
  t.match(withField('masqueradeAddress', { eth1: 'auto' }), [
    { path: 'masqueradeAddress.eth1', expected: 'one of the devices', hint: 'did you mean eth0?' },
  ]);
  t.match(withField('masqueradeAddress', { 'eth+': 'auto' }), [
    { path: 'masqueradeAddress["eth+"]', hint: /patterns/ },
  ]);
  t.match(withField('masqueradeAddress', { ipv4: '192.0.2.1', eth0: 'auto' }), [{ hint: /not both/ }]);
  t.match(withField('masqueradeAddress', { ipv4: 'auto' }), [{ path: 'masqueradeAddress.ipv4', received: '"auto"' }]);
  for (const value of [{}, null, 5, true]) t.equal(withField('masqueradeAddress', value).length, 1, String(value));
});
