// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { native } from '../../src/native/index.js';
import { frame, loadSample, sampleKey, u32 } from '../helpers/native.js';

t.test('a test run returns verdict, packet and context', async (t) => {
  const object = await loadSample(t, -1);
  const program = object.program('sample_count');
  const context = Buffer.alloc(192);
  context.writeUInt32LE(41, 8); // __sk_buff.mark
  const packet = frame(100).fill(7, 34);
  const result = program.testRun({ packet, context });
  t.equal(result.returnValue, -1, 'signed: TC_ACT_UNSPEC');
  t.same(result.packet, packet);
  t.equal(result.context.length, 192);
  t.equal(result.context.readUInt32LE(8), 42, 'the program added one to the mark');
  t.type(result.duration, 'number');
});

t.test('one run is one run: map writes are not doubled, and repeat repeats', async (t) => {
  const object = await loadSample(t);
  const packets = () => object.map('sample_hash').get(sampleKey(0, 80))?.readBigUInt64LE();
  object.program('sample_count').testRun({ packet: frame() });
  t.equal(packets(), 1n);
  object.program('sample_count').testRun({ packet: frame(), repeat: 9 });
  t.equal(packets(), 10n);
});

t.test('a packet that grows comes back whole', async (t) => {
  const program = (await loadSample(t)).program('sample_grow');
  const result = program.testRun({ packet: frame(60), repeat: 4 });
  t.equal(result.returnValue, 0);
  t.equal(result.packet.length, 60 + 4 * 1024);
});

t.test('input that no run can have', async (t) => {
  const program = (await loadSample(t)).program('sample_count');
  t.throws(() => program.testRun({ packet: Buffer.alloc(10) }), { name: 'KernelError', errno: 'EINVAL' });
  t.throws(() => program.testRun({ packet: frame(), context: Buffer.alloc(193) }), RangeError);
  const context = Buffer.alloc(192);
  context.writeUInt32LE(1, 4); // __sk_buff.pkt_type is not for callers to set.
  t.throws(() => program.testRun({ packet: frame(), context }), { name: 'KernelError', errno: 'EINVAL' });
  t.throws(() => program.testRun({ packet: frame(), repeat: 0 }), RangeError);
  t.throws(() => program.testRun({ packet: 'packet' as never }), TypeError);
  t.throws(() => program.testRun(undefined as never), TypeError);
});

t.test('what a program is', async (t) => {
  const object = await loadSample(t);
  const { info } = object.program('sample_count');
  t.match(info, { name: 'sample_count', type: 3, tag: /^[0-9a-f]{16}$/ });
  t.ok(info.translatedBytes > 0);
  t.same(
    [...info.mapIds].sort(),
    ['sample_hash', 'sample_percpu', '.rodata'].map((name) => object.map(name).info.id).sort(),
  );
  const same = native().programFromId(info.id);
  t.teardown(() => same.close());
  t.same(same.info, info);
  same.testRun({ packet: frame() });
  t.equal(
    object
      .map('sample_percpu')
      .get(u32(0))
      ?.some((byte) => byte !== 0),
    true,
  );
  t.throws(() => native().programFromId(0xffffffff), { name: 'KernelError', errno: 'ENOENT' });
});
