// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { native } from '../../src/native/index.js';
import { loadSample, makeBpffs, makeNamespace, sampleKey } from '../helpers/native.js';

const name = 'bpf_netdev_left.o:[to-netdev]';

t.test('clsact is added once and removed when empty', async (t) => {
  const { netns, ifindex, exec } = makeNamespace(t);
  const device = { netns, ifindex };
  t.equal(native().hasClsact(device), false);
  t.equal(native().removeClsactIfEmpty(device), false, 'there is none');
  t.equal(native().addClsact(device), true);
  t.equal(native().addClsact(device), false, 'there was one');
  t.equal(native().hasClsact(device), true);
  t.match(exec('tc', 'qdisc', 'show', 'dev', 'left'), /qdisc clsact/);
  t.equal(native().removeClsactIfEmpty(device), true);
  t.notMatch(exec('tc', 'qdisc', 'show', 'dev', 'left'), /clsact/);
});

t.test('an ingress qdisc in the same place is no clsact', async (t) => {
  const { netns, ifindex, exec } = makeNamespace(t);
  exec('tc', 'qdisc', 'add', 'dev', 'left', 'ingress');
  t.equal(native().hasClsact({ netns, ifindex }), false);
  t.throws(() => native().addClsact({ netns, ifindex }), { name: 'KernelError', errno: 'EEXIST' });
  t.equal(native().removeClsactIfEmpty({ netns, ifindex }), false);
  t.match(exec('tc', 'qdisc', 'show', 'dev', 'left'), /qdisc ingress/);
});

t.test('a filter carries our name, sees packets, and is replaced in place', async (t) => {
  const { netns, ifindex, exec, transmits } = makeNamespace(t);
  const object = await loadSample(t);
  const other = await loadSample(t, 2);
  const hook = { netns, ifindex, hook: 'egress' } as const;
  native().addClsact(hook);
  const attach = (program = object.program('sample_count')) =>
    native().attachTc(program, { ...hook, priority: 3, handle: 0x10, name });
  attach();
  const expected = { kind: 'bpf', priority: 3, handle: 0x10, protocol: 3, chain: 0, name, directAction: true };
  t.same(native().listTc(hook), [{ ...expected, programId: object.program('sample_count').info.id }]);
  t.match(exec('tc', 'filter', 'show', 'dev', 'left', 'egress'), `handle 0x10 ${name} direct-action`);
  t.equal(transmits(), 5);
  t.equal(object.map('sample_hash').get(sampleKey(0, 80))?.readBigUInt64LE(), 5n);
  attach(other.program('sample_count'));
  t.same(native().listTc(hook), [{ ...expected, programId: other.program('sample_count').info.id }]);
  t.equal(transmits(), 0, 'the new program drops');
  t.equal(native().detachTc({ ...hook, priority: 3, handle: 0x10 }), true);
  t.equal(native().detachTc({ ...hook, priority: 3, handle: 0x10 }), false);
  t.equal(transmits(), 5);
});

t.test('others’ filters stay, in their order, and keep the qdisc', async (t) => {
  const { netns, ifindex, exec } = makeNamespace(t);
  const program = (await loadSample(t)).program('sample_count');
  const hook = { netns, ifindex, hook: 'egress' } as const;
  native().addClsact(hook);
  const pin = `${makeBpffs(t)}/foreign`;
  program.pin(pin);
  const foreign = (direction: string, priority: number, handle: number) =>
    exec('tc', ...`filter add dev left ${direction} prio ${priority} handle ${handle} bpf da pinned ${pin}`.split(' '));
  foreign('egress', 9, 1);
  foreign('egress', 2, 7);
  native().attachTc(program, { ...hook, priority: 5, handle: 1, name });
  native().attachTc(program, { ...hook, priority: 5, handle: 2, name: 'second' });
  const order = () =>
    native()
      .listTc(hook)
      .map((filter) => `${filter.priority}/${filter.handle}`);
  t.same(order(), ['2/7', '5/2', '5/1', '9/1'], 'of one priority, the kernel runs the newest first');
  t.equal(native().detachTc({ ...hook, priority: 9, handle: 2 }), false);
  native().attachTc(program, { ...hook, priority: 5, handle: 1, name: 'replaced' });
  t.same(order(), ['2/7', '5/2', '5/1', '9/1'], 'a replaced filter keeps its place');
  t.equal(native().detachTc({ ...hook, priority: 5, handle: 1 }), true);
  t.same(order(), ['2/7', '5/2', '9/1']);
  native().detachTc({ ...hook, priority: 5, handle: 2 });
  t.equal(native().removeClsactIfEmpty(hook), false, 'foreign filters on egress');
  exec('tc', 'filter', 'delete', 'dev', 'left', 'egress');
  foreign('ingress', 1, 1);
  t.equal(native().removeClsactIfEmpty(hook), false, 'foreign filters on ingress');
  exec('tc', 'filter', 'delete', 'dev', 'left', 'ingress');
  t.equal(native().removeClsactIfEmpty(hook), true);
});

t.test('a hundred filters come in one list', async (t) => {
  const { netns, ifindex } = makeNamespace(t);
  const program = (await loadSample(t)).program('sample_count');
  const hook = { netns, ifindex, hook: 'ingress' } as const;
  native().addClsact(hook);
  const long = 'n'.repeat(255);
  for (let i = 1; i <= 100; i++) native().attachTc(program, { ...hook, priority: i, handle: 1, name: long });
  const filters = native().listTc(hook);
  t.same(
    filters.map((filter) => filter.priority),
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
  t.ok(filters.every((filter) => filter.name === long));
});

t.test('what cannot be done is said in the kernel’s words', async (t) => {
  const { netns, ifindex } = makeNamespace(t);
  const program = (await loadSample(t)).program('sample_count');
  const hook = { netns, ifindex, hook: 'egress' } as const;
  t.throws(() => native().attachTc(program, { ...hook, priority: 1, handle: 1, name }), {
    name: 'KernelError',
    message: /Parent Qdisc/,
  });
  t.equal(native().detachTc({ ...hook, priority: 1, handle: 1 }), false, 'no qdisc, no filter');
  t.same(native().listTc(hook), []);
  for (const call of ['hasClsact', 'addClsact'] as const) {
    t.throws(() => native()[call]({ netns, ifindex: 9999 }), { name: 'KernelError', errno: 'ENODEV' }, call);
  }
  t.throws(() => native().listTc({ ...hook, ifindex: 9999 }), { name: 'KernelError', errno: 'ENODEV' });
  t.equal(native().detachTc({ ...hook, ifindex: 9999, priority: 1, handle: 1 }), false, 'a device that is gone');
  t.equal(native().removeClsactIfEmpty({ netns, ifindex: 9999 }), false);
  const bad = { ...hook, name, priority: 1, handle: 1 };
  t.throws(() => native().attachTc(program, { ...bad, priority: 0 }), RangeError);
  t.throws(() => native().attachTc(program, { ...bad, priority: 65536 }), RangeError);
  t.throws(() => native().attachTc(program, { ...bad, handle: 0 }), RangeError);
  t.throws(() => native().detachTc({ ...bad, handle: 0 }), RangeError, 'would mean every filter');
  t.throws(() => native().attachTc(program, { ...bad, name: 'n'.repeat(256) }), RangeError);
  t.throws(() => native().attachTc(program, { ...bad, name: '' }), RangeError);
});
