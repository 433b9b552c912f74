// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { native } from '../../src/native/index.js';
import { frame, loadSample, makeBpffs, makeFolder, sampleKey } from '../helpers/native.js';

t.test('maps and programs live on in their pins', async (t) => {
  const bpffs = makeBpffs(t);
  const object = await loadSample(t, 5);
  object.map('sample_hash').pin(join(bpffs, 'map'));
  object.program('sample_count').pin(join(bpffs, 'program'));
  const ids = [object.map('sample_hash').info.id, object.program('sample_count').info.id];
  object.close();
  const map = native().mapFromPin(join(bpffs, 'map'));
  const program = native().programFromPin(join(bpffs, 'program'));
  t.teardown(() => map.close());
  t.teardown(() => program.close());
  t.same([map.info.id, program.info.id], ids);
  t.equal(program.testRun({ packet: frame() }).returnValue, 5);
  t.equal(map.get(sampleKey(0, 80))?.readBigUInt64LE(), 1n);
});

t.test('a pin of another kind is refused by its kind', async (t) => {
  const bpffs = makeBpffs(t);
  const object = await loadSample(t);
  object.map('sample_hash').pin(join(bpffs, 'map'));
  object.program('sample_count').pin(join(bpffs, 'program'));
  t.throws(() => native().programFromPin(join(bpffs, 'map')), {
    errno: 'EINVAL',
    message: /it is a map/,
    name: 'KernelError',
  });
  t.throws(() => native().linkFromPin(join(bpffs, 'map')), { message: /it is a map/, name: 'KernelError' });
  t.throws(() => native().mapFromPin(join(bpffs, 'program')), { message: /it is a program/, name: 'KernelError' });
});

t.test('what goes wrong with pins has its errno and path', async (t) => {
  const bpffs = makeBpffs(t);
  const map = (await loadSample(t)).map('sample_hash');
  map.pin(join(bpffs, 'map'));
  const kernel = (errno: string) => ({ name: 'KernelError', errno, message: new RegExp(bpffs) });
  t.throws(() => map.pin(join(bpffs, 'map')), kernel('EEXIST'));
  t.throws(() => map.pin(join(bpffs, 'a.b')), kernel('EPERM'), 'bpffs has no names with a dot');
  t.throws(() => map.pin(join(bpffs, 'no-folder', 'map')), kernel('ENOENT'));
  t.throws(() => native().mapFromPin(join(bpffs, 'none')), kernel('ENOENT'));
  t.throws(() => native().mapFromPin(makeFolder(t)), { name: 'KernelError' });
  t.throws(() => map.pin('a\0b'), TypeError);
});

t.test('a BPF file system is recognized', async (t) => {
  const bpffs = makeBpffs(t);
  const folder = makeFolder(t);
  t.equal(native().isBpffs(bpffs), true);
  t.equal(native().isBpffs(folder), false);
  t.equal(native().isBpffs(join(folder, 'none')), false);
  t.equal(native().isBpffs('/proc/self/status/x'), false);
  t.throws(() => native().mountBpffs(join(folder, 'none')), { name: 'KernelError', errno: 'ENOENT' });
  t.notOk(existsSync(join(folder, 'none')));
});
