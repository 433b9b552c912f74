// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { native } from '../../src/native/index.js';
import { makeFolder, makeNamespace } from '../helpers/native.js';

const own = () => statSync('/proc/thread-self/ns/net').ino.toString();

t.test('a namespace is its inode', async (t) => {
  const { netns } = makeNamespace(t);
  t.equal(native().netnsIdentity(), own());
  t.equal(native().netnsIdentity({}), own());
  t.equal(native().netnsIdentity({ netns: undefined }), own());
  t.equal(native().netnsIdentity({ netns }), statSync(netns).ino.toString());
  t.not(native().netnsIdentity({ netns }), own());
});

t.test('after each call, good or bad, the thread is where it was', async (t) => {
  const { netns, ifindex } = makeNamespace(t);
  const home = own();
  const devices = readFileSync('/proc/thread-self/net/dev', 'utf8').replace(/\d+/g, '');
  native().interfaces({ netns });
  native().addClsact({ netns, ifindex });
  native().queryTcx({ netns, ifindex, hook: 'egress' });
  t.throws(() => native().queryTcx({ netns, ifindex: 9999, hook: 'egress' }), { name: 'KernelError' });
  t.throws(() => native().addClsact({ netns, ifindex: 9999 }), { name: 'KernelError' });
  t.equal(own(), home);
  t.equal(readFileSync('/proc/thread-self/net/dev', 'utf8').replace(/\d+/g, ''), devices);
});

t.test('what is no network namespace is refused', async (t) => {
  // What `ip netns delete` leaves of a namespace that was mounted elsewhere: a plain file.
  const stale = join(makeFolder(t), 'stale');
  writeFileSync(stale, '');
  for (const netns of [stale, '/proc/self/ns/mnt', '/dev/null', '/']) {
    t.throws(() => native().interfaces({ netns }), { name: 'KernelError', errno: 'EINVAL' }, netns);
    t.throws(() => native().netnsIdentity({ netns }), { name: 'KernelError', errno: 'EINVAL' }, netns);
  }
  t.throws(() => native().interfaces({ netns: '/run/netns/no-such' }), { name: 'KernelError', errno: 'ENOENT' });
  t.throws(() => native().interfaces({ netns: '' }), TypeError);
  t.throws(() => native().interfaces({ netns: 7 as never }), TypeError);
});
