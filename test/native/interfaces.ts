// SPDX-License-Identifier: Apache-2.0
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { native } from '../../src/native/index.js';
import { makeNamespace, run } from '../helpers/native.js';

t.test('devices and their addresses, as ip(8) set them', async (t) => {
  const { netns, name } = makeNamespace(t);
  const ip = (...args: string[]) => run('ip', '-n', name, ...args);
  ip('link', 'set', 'left', 'address', '02:aa:bb:cc:dd:ee', 'mtu', '1400');
  ip('address', 'add', '10.9.0.9/24', 'dev', 'left');
  ip('address', 'add', '10.8.0.1', 'peer', '10.8.0.2/32', 'dev', 'left');
  ip('address', 'add', '10.7.0.1/16', 'dev', 'left', 'scope', 'link');
  run('nsenter', `--net=${netns}`, 'sysctl', '-qw', 'net.ipv6.conf.left.disable_ipv6=0');
  ip('address', 'add', '2001:db8::7/64', 'dev', 'left', 'nodad', 'preferred_lft', '0');
  const [lo, left] = ['lo', 'left'].map((device) =>
    native()
      .interfaces({ netns })
      .find((i) => i.name === device),
  );
  t.match(lo, { index: 1, type: 772, mac: '00:00:00:00:00:00', mtu: 65536, addresses: [] });
  t.match(left, { type: 1, mac: '02:aa:bb:cc:dd:ee', mtu: 1400 });
  t.equal((left?.flags ?? 0) & 1, 1, 'IFF_UP');
  t.equal((lo?.flags ?? 0) & 1, 0);
  const address = (text: string) => left?.addresses.find((each) => each.address === text);
  t.match(address('10.9.0.1'), { family: 4, prefixLength: 24, scope: 0, secondary: false });
  t.match(address('10.9.0.9'), { family: 4, prefixLength: 24, scope: 0, secondary: true });
  t.match(address('10.8.0.1'), { prefixLength: 32 }, 'the own end of a point-to-point address');
  t.match(address('10.7.0.1'), { prefixLength: 16, scope: 253 });
  t.match(address('2001:db8::7'), { family: 6, prefixLength: 64, scope: 0, secondary: false });
  t.equal((address('2001:db8::7')?.flags ?? 0) & 0x20, 0x20, 'deprecated');
  const fours = left?.addresses.filter((each) => each.family === 4).map((each) => each.address);
  t.same(fours?.sort(), ['10.7.0.1', '10.8.0.1', '10.9.0.1', '10.9.0.9']);
});

t.test('secondary addresses follow their primary, in the order of the kernel', async (t) => {
  const { netns, name } = makeNamespace(t);
  for (const last of [5, 3, 4]) run('ip', '-n', name, 'address', 'add', `10.9.0.${last}/24`, 'dev', 'left');
  const left = native()
    .interfaces({ netns })
    .find((each) => each.name === 'left');
  t.same(
    left?.addresses.map((each) => each.address),
    ['10.9.0.1', '10.9.0.5', '10.9.0.3', '10.9.0.4'],
  );
});

t.test('more devices than one message holds', async (t) => {
  const { netns, name } = makeNamespace(t);
  run('sh', '-c', `for i in $(seq 60); do echo "link add a$i type veth peer name b$i"; done | ip -n ${name} -batch -`);
  t.equal(native().interfaces({ netns }).length, 2 + 120);
});

t.test('the own namespace, as Node.js knows it', async (t) => {
  const ours = native().interfaces();
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const device = ours.find((each) => each.name === name);
    t.same(addresses?.map((each) => each.address).sort(), device?.addresses.map((each) => each.address).sort(), name);
  }
});
