// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { native } from '../../src/native/index.js';
import { loadSample, makeBpffs, makeNamespace, sampleKey } from '../helpers/native.js';

const egress = 47;

t.test('a program on egress sees packets, and its verdict counts', async (t) => {
  const { netns, ifindex, transmits } = makeNamespace(t);
  const pass = await loadSample(t, -1);
  const drop = await loadSample(t, 2);
  const packets = () => pass.map('sample_hash').get(sampleKey(0, 80))?.readBigUInt64LE() ?? 0n;
  const link = native().attachTcx(pass.program('sample_count'), { netns, ifindex, hook: 'egress' });
  t.teardown(() => link.close());
  t.equal(transmits(), 5);
  t.equal(packets(), 5n);
  link.update(drop.program('sample_count'));
  t.equal(transmits(), 0, 'dropped after the update');
  link.close();
  t.equal(transmits(), 5, 'closed, so detached');
  t.equal(packets(), 5n);
});

t.test('links come after those already there, and go alone', async (t) => {
  const { netns, ifindex } = makeNamespace(t);
  const object = await loadSample(t);
  const [count, grow] = [object.program('sample_count'), object.program('sample_grow')];
  const hook = { netns, ifindex, hook: 'egress' } as const;
  t.same(native().queryTcx(hook), []);
  const foreign = native().attachTcx(grow, hook);
  const ours = native().attachTcx(count, hook);
  t.teardown(() => foreign.close());
  t.teardown(() => ours.close());
  t.same(ours.info, { id: ours.info.id, type: 11, programId: count.info.id, ifindex, attachType: egress });
  const entry = (link: typeof ours) => ({ programId: link.info.programId, linkId: link.info.id });
  t.same(native().queryTcx(hook), [entry(foreign), entry(ours)]);
  t.same(native().queryTcx({ ...hook, hook: 'ingress' }), []);
  ours.close();
  t.same(native().queryTcx(hook), [entry(foreign)]);
});

t.test('update swaps in place, and with an expected program only when it is right', async (t) => {
  const { netns, ifindex } = makeNamespace(t);
  const object = await loadSample(t);
  const [count, grow] = [object.program('sample_count'), object.program('sample_grow')];
  const link = native().attachTcx(count, { netns, ifindex, hook: 'ingress' });
  t.teardown(() => link.close());
  t.throws(() => link.update(grow, grow), { name: 'KernelError', errno: 'EPERM' });
  t.equal(link.info.programId, count.info.id);
  const { id } = link.info;
  link.update(grow, count);
  t.match(link.info, { id, programId: grow.info.id });
  t.throws(() => link.update(link as never), TypeError);
});

t.test('detach takes the program off although the pin remains; closing does not when pinned', async (t) => {
  const { netns, ifindex } = makeNamespace(t);
  const bpffs = makeBpffs(t);
  const object = await loadSample(t);
  const hook = { netns, ifindex, hook: 'egress' } as const;
  const link = native().attachTcx(object.program('sample_count'), hook);
  const { id } = link.info;
  link.pin(`${bpffs}/link`);
  link.close();
  t.equal(native().queryTcx(hook).length, 1, 'the pin holds it');
  const again = native().linkFromPin(`${bpffs}/link`);
  const byId = native().linkFromId(id);
  t.teardown(() => again.close());
  t.teardown(() => byId.close());
  t.equal(again.info.id, id);
  t.equal(byId.info.id, id);
  again.detach();
  t.same(native().queryTcx(hook), []);
  t.match(again.info, { ifindex: 0 });
});

t.test('the link of a device that is gone', async (t) => {
  const { netns, ifindex, exec } = makeNamespace(t);
  const object = await loadSample(t);
  const link = native().attachTcx(object.program('sample_count'), { netns, ifindex, hook: 'egress' });
  t.teardown(() => link.close());
  exec('ip', 'link', 'delete', 'left');
  t.equal(link.info.ifindex, 0);
  t.throws(() => link.update(object.program('sample_grow')), { name: 'KernelError', errno: 'ENOLINK' });
  t.throws(() => native().queryTcx({ netns, ifindex, hook: 'egress' }), { name: 'KernelError', errno: 'ENODEV' });
});

t.test('targets that make no sense', async (t) => {
  const program = (await loadSample(t)).program('sample_count');
  t.throws(() => native().attachTcx(program, { ifindex: 0, hook: 'egress' }), RangeError);
  t.throws(() => native().attachTcx(program, { ifindex: 1.5, hook: 'egress' }), TypeError);
  t.throws(() => native().attachTcx(program, { ifindex: 1, hook: 'sideways' as never }), RangeError);
  t.throws(() => native().attachTcx({} as never, { ifindex: 1, hook: 'egress' }), TypeError);
  t.throws(() => native().attachTcx(program, { netns: '/proc/self/ns/none', ifindex: 1, hook: 'egress' }), {
    name: 'KernelError',
    errno: 'ENOENT',
  });
});
