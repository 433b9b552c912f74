// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { KernelError, StateError } from '../../src/errors.js';
import { native } from '../../src/native/index.js';
import { compiled, frame, loadSample, reasonOf, rejectionOf, sampleKey, u32 } from '../helpers/native.js';

const open = (t: { teardown(fn: () => void): void }) => {
  const object = native().openObject(compiled('sample'), 'sample');
  t.teardown(() => object.close());
  return object;
};

t.test('names, variables and structs are known before anything reaches the kernel', async (t) => {
  const object = open(t);
  t.same(object.mapNames, ['sample_hash', 'sample_percpu', '.rodata']);
  t.same(object.programNames, ['sample_count', 'sample_grow']);
  t.same(object.variables, [
    { name: 'sample_verdict', size: 4, offset: 0, tags: ['knob:verdict', 'unit:none'] },
    { name: 'sample_port', size: 2, offset: 4, tags: [] },
    { name: 'sample_flow', size: 8, offset: 8, tags: [] },
  ]);
  t.same(object.struct('sample_key'), {
    size: 8,
    members: [
      { name: 'address', offset: 0, size: 4 },
      { name: 'port', offset: 4, size: 2 },
      { name: 'reserved', offset: 6, size: 2 },
    ],
  });
  t.same(
    object.struct('sample_value'),
    {
      size: 16,
      members: [
        { name: 'packets', offset: 0, size: 8 },
        { name: 'word', offset: 8, size: 4 },
        { name: 'bytes', offset: 8, size: 4 },
        { name: 'last', offset: 12, size: 4 },
      ],
    },
    'members of an anonymous union count as the struct’s own',
  );
  t.equal(object.struct('no_such_struct'), undefined);
});

t.test('a variable that was set is what the program reads; its neighbours keep their values', async (t) => {
  const object = open(t);
  object.setVariable('sample_verdict', u32(2));
  object.setVariable('sample_flow', sampleKey(0x0a000001, 0));
  await object.load();
  t.equal(object.program('sample_count').testRun({ packet: frame() }).returnValue, 2);
  t.equal(object.map('sample_hash').get(sampleKey(0x0a000001, 80))?.readBigUInt64LE(), 1n);
  t.equal(
    reasonOf(() => object.setVariable('sample_verdict', u32(1))),
    'conflict',
  );
});

t.test('wrong names and sizes are refused with what would be right', async (t) => {
  const object = open(t);
  t.throws(() => object.setVariable('nothing', u32(1)), /no variable nothing; it has: sample_verdict, sample_port/);
  t.throws(() => object.setVariable('sample_verdict', Buffer.alloc(8)), /expected 4 bytes, received 8/);
  t.throws(() => object.setMaxEntries('nothing', 1), /no map nothing; it has: sample_hash/);
  t.throws(() => object.setAutoload('nothing', false), /no program nothing; it has: sample_count, sample_grow/);
  t.throws(() => object.map('sample_hash'), StateError, 'no map before load');
  await object.load();
  t.throws(() => object.map('nothing'), RangeError);
  t.throws(() => object.program('nothing'), RangeError);
  t.equal(await rejectionOf(object.load()), 'conflict', 'no second load');
});

t.test('what is no object is refused in libbpf’s words', async (t) => {
  t.throws(() => native().openObject(Buffer.from('no ELF'), 'text'), KernelError);
  t.throws(() => native().openObject(Buffer.from('no ELF'), 'text'), /open object text: .*not a proper ELF object/);
  t.throws(() => native().openObject(compiled('sample').subarray(0, 900), 'half'), KernelError);
  t.throws(() => native().openObject('path' as unknown as Buffer, 'x'), TypeError);
});

t.test('the bytes may change after opening', async (t) => {
  const bytes = Buffer.from(compiled('sample'));
  const object = native().openObject(bytes, 'sample');
  t.teardown(() => object.close());
  bytes.fill(0);
  await object.load();
  t.equal(object.program('sample_count').testRun({ packet: frame() }).returnValue, -1);
});

t.test('sizes and programs can be chosen before load', async (t) => {
  const object = open(t);
  object.setMaxEntries('sample_hash', 77);
  object.setAutoload('sample_grow', false);
  await object.load();
  t.equal(object.map('sample_hash').info.maxEntries, 77);
  t.throws(() => object.program('sample_grow'), /not to be loaded/);
});

t.test('a map of another object can be reused, and only one of the same shape', async (t) => {
  const first = await loadSample(t);
  first.program('sample_count').testRun({ packet: frame() });
  const second = open(t);
  second.reuseMap('sample_hash', first.map('sample_hash'));
  t.equal(
    reasonOf(() => second.reuseMap('sample_hash', first.map('sample_percpu'))),
    'incompatible',
  );
  t.throws(() => second.reuseMap('sample_hash', first.program('sample_count') as never), TypeError);
  await second.load();
  first.close();
  second.program('sample_count').testRun({ packet: frame() });
  t.equal(second.map('sample_hash').get(sampleKey(0, 80))?.readBigUInt64LE(), 2n);
});

t.test('an object hands out the same handle, and a new one after its close', async (t) => {
  const object = await loadSample(t);
  const map = object.map('sample_hash');
  t.equal(object.map('sample_hash'), map);
  map.close();
  t.equal(
    reasonOf(() => map.info),
    'closed',
  );
  t.not(object.map('sample_hash'), map);
  t.equal(object.map('sample_hash').info.name, 'sample_hash');
});

t.test('during load everything is busy, and close is deferred', async (t) => {
  const object = open(t);
  const load = object.load();
  t.equal(
    reasonOf(() => object.mapNames),
    'busy',
  );
  t.equal(
    reasonOf(() => object.setMaxEntries('sample_hash', 1)),
    'busy',
  );
  t.equal(await rejectionOf(object.load()), 'busy');
  object.close();
  t.equal(
    reasonOf(() => object.mapNames),
    'closed',
  );
  t.equal(await rejectionOf(load), 'closed');
});

t.test('a map that the kernel cannot make fails the load with the reason', async (t) => {
  const object = open(t);
  object.setMaxEntries('sample_hash', 0xffffffff);
  t.match(await rejectionOf(object.load()), /KernelError: load object sample: E\w+ \(.*sample_hash/);
  t.equal(
    reasonOf(() => object.map('sample_hash')),
    'conflict',
  );
});
