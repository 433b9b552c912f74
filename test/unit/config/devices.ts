// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { matchesDevice } from '../../../src/config/devices.js';

t.test('names and patterns', async (t) => {
  t.ok(matchesDevice('eth0', 'eth0'));
  t.notOk(matchesDevice('eth0', 'eth01'));
  t.ok(matchesDevice('eth+', 'eth0'));
  t.ok(matchesDevice('eth+', 'eth'), 'as in iptables, nothing may follow');
  t.notOk(matchesDevice('eth+', 'wlan0'));
  t.notOk(matchesDevice('e.h0', 'eth0'), 'no regular expression');
});
