// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { native } from '../../src/native/index.js';
import { makeNamespace } from '../helpers/native.js';

t.test('helpers are asked of the kernel', async (t) => {
  t.equal(native().hasHelper(1), true, 'bpf_map_lookup_elem');
  t.equal(native().hasHelper(100_000), false);
  t.throws(() => native().hasHelper(-1), TypeError);
});

t.test('enumerators of the kernel’s BTF', async (t) => {
  t.equal(native().hasEnumerator('BPF_PROG_TYPE_SCHED_CLS'), true);
  t.equal(native().hasEnumerator('BPF_NO_SUCH_THING'), false);
});

t.test('/proc/net is the namespace’s own', async (t) => {
  const { netns } = makeNamespace(t);
  t.match(native().readProcNet('dev', { netns }), /left/);
  t.notMatch(native().readProcNet('dev') ?? '', /left/);
  t.equal(native().readProcNet('no_such_file', { netns }), undefined);
  t.throws(() => native().readProcNet('dev', { netns: '/nowhere' }), { name: 'KernelError' });
});
