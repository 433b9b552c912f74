// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { native } from '../../src/native/index.js';
import { packageRoot } from '../../src/package.js';
import {
  compiled,
  descriptors,
  frame,
  loadSample,
  makeBpffs,
  makeNamespace,
  reasonOf,
  u32,
} from '../helpers/native.js';

/** Every method and getter of a handle, called without arguments. */
function everyUse(handle: object): [string, () => unknown][] {
  const prototype = Object.getPrototypeOf(handle);
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name]) => !['constructor', 'close', 'release'].includes(name))
    .map(([name, { get, value }]) => [name, () => (get ?? value).call(handle)]);
}

t.test('after close every method says that it is closed', async (t) => {
  const { netns, ifindex } = makeNamespace(t);
  const object = await loadSample(t);
  const map = object.map('sample_hash');
  const program = object.program('sample_count');
  const link = native().attachTcx(program, { netns, ifindex, hook: 'egress' });
  for (const handle of [link, program, map, object]) handle.close();
  for (const handle of [link, program, map, object]) {
    const uses = everyUse(handle);
    t.ok(uses.length >= 3);
    for (const [name, use] of uses) {
      const promised = ['load', 'dump'].includes(name);
      if (promised) await t.rejects(use() as Promise<unknown>, { name: 'StateError', message: /is closed/ }, name);
      else t.equal(reasonOf(use), 'closed', `${handle.constructor.name}.${name}`);
    }
    handle.close();
    handle.close();
  }
  t.match(
    reasonOf(() => native().attachTcx(program, { netns, ifindex, hook: 'egress' })),
    'closed',
  );
});

t.test('an object’s close takes along what it handed out, but not what others hold', async (t) => {
  const object = await loadSample(t);
  const map = object.map('sample_hash');
  const program = object.program('sample_count');
  const other = native().mapFromId(map.info.id);
  t.teardown(() => other.close());
  object.close();
  t.equal(
    reasonOf(() => map.info),
    'closed',
  );
  t.equal(
    reasonOf(() => program.info),
    'closed',
  );
  t.equal(other.info.name, 'sample_hash');
});

t.test('handles cannot be forged', async (t) => {
  const object = await loadSample(t);
  const map = object.map('sample_hash');
  const program = object.program('sample_count');
  const fresh = new (map.constructor as new () => typeof map)();
  t.equal(
    reasonOf(() => fresh.info),
    'closed',
    'the constructor makes closed handles',
  );
  t.throws(() => map.get.call(program, u32(0, 0)), TypeError);
  Object.setPrototypeOf(map, Object.getPrototypeOf(program));
  t.throws(() => native().attachTcx(map as never, { ifindex: 1, hook: 'egress' }), TypeError);
});

t.test('no descriptor is left, whatever fails', async (t) => {
  const { netns, ifindex } = makeNamespace(t);
  const bpffs = makeBpffs(t);
  const before = descriptors(bpffs);
  const attempt = (call: () => unknown) => {
    try {
      call();
    } catch {}
  };
  for (let round = 0; round < 5; round++) {
    const object = native().openObject(compiled('sample'), 'sample');
    await object.load();
    const map = object.map('sample_hash');
    const program = object.program('sample_count');
    program.testRun({ packet: frame() });
    await map.dump();
    map.pin(`${bpffs}/map${round}`);
    for (const hook of ['ingress', 'egress'] as const) {
      const target = { netns, ifindex, hook };
      const link = native().attachTcx(program, target);
      link.pin(`${bpffs}/link${round}${hook}`);
      attempt(() => link.pin(`${bpffs}/link${round}${hook}`));
      const again = native().linkFromPin(`${bpffs}/link${round}${hook}`);
      again.detach();
      again.close();
      link.close();
      native().addClsact(target);
      native().attachTc(program, { ...target, priority: 1, handle: 1, name: 'x' });
      attempt(() => native().attachTc(program, { ...target, ifindex: 9999, priority: 1, handle: 1, name: 'x' }));
      native().listTc(target);
      native().detachTc({ ...target, priority: 1, handle: 1 });
      attempt(() => native().attachTcx(program, { ...target, ifindex: 9999 }));
      attempt(() => native().queryTcx({ ...target, ifindex: 9999 }));
    }
    native().removeClsactIfEmpty({ netns, ifindex });
    native().interfaces({ netns });
    native().netnsIdentity({ netns });
    attempt(() => native().netnsIdentity({ netns: '/dev/null' }));
    attempt(() => native().mapFromId(0xffffffff));
    attempt(() => native().programFromPin(`${bpffs}/map${round}`));
    attempt(() => native().mapFromPin(`${bpffs}/none`));
    attempt(() => native().openObject(Buffer.from('x'), 'x'));
    attempt(() => native().tryLock(`${bpffs}/none/lock`));
    const unloadable = native().openObject(compiled('sample'), 'sample');
    unloadable.setMaxEntries('sample_hash', 0xffffffff);
    await unloadable.load().catch(() => {});
    unloadable.close();
    const closedEarly = native().openObject(compiled('sample'), 'sample');
    const load = closedEarly.load();
    closedEarly.close();
    await load.catch(() => {});
    object.close();
  }
  t.same(descriptors(bpffs), before);
});

t.test('what is forgotten is closed by the garbage collector', async (t) => {
  const child = join(packageRoot, 'dist', 'test', 'helpers', 'native-forgetful.js');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', child]);
  const { held, left } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  t.ok(held >= 200, `${held} descriptors were open`);
  t.equal(left, 0);
});
