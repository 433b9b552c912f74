// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { type BpfMap, native, UpdateFlag } from '../../src/native/index.js';
import { loadSample, u32 } from '../helpers/native.js';

const type = { hash: 1, array: 2, percpuHash: 5, percpuArray: 6, lruHash: 9, lpmTrie: 11, queue: 22, devmapHash: 25 };

const make = (
  t: { teardown(fn: () => void): void },
  kind: keyof typeof type,
  maxEntries: number,
  [keySize, valueSize, flags] = [4, 4, 0],
): BpfMap => {
  const map = native().createMap({
    name: 'test',
    type: type[kind],
    keySize: keySize ?? 4,
    valueSize: valueSize ?? 4,
    maxEntries,
    flags: flags ?? 0,
  });
  t.teardown(() => map.close());
  return map;
};
const range = (count: number, from = 0) => u32(...Array.from({ length: count }, (_, i) => from + i));
const numbers = (bytes: Buffer) => Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4));
const sorted = (bytes: Buffer) => numbers(bytes).sort((a, b) => a - b);

t.test('one element at a time', async (t) => {
  const map = make(t, 'hash', 2);
  t.equal(map.get(u32(1)), undefined);
  t.equal(map.update(u32(1), u32(10)), true);
  t.same(map.get(u32(1)), u32(10));
  t.equal(map.update(u32(1), u32(11), UpdateFlag.noExist), false, 'it exists');
  t.equal(map.update(u32(2), u32(20), UpdateFlag.exist), false, 'it does not');
  t.equal(map.update(u32(2), u32(20), UpdateFlag.noExist), true);
  t.same(map.get(u32(1)), u32(10), 'refused updates change nothing');
  t.throws(() => map.update(u32(3), u32(30)), { name: 'KernelError', errno: 'E2BIG', message: /update map test/ });
  t.equal(map.delete(u32(1)), true);
  t.equal(map.delete(u32(1)), false);
  t.same(map.nextKey(), u32(2));
  t.equal(map.nextKey(u32(2)), undefined);
});

t.test('sizes are checked before the kernel reads memory', async (t) => {
  const map = make(t, 'hash', 4);
  t.throws(() => map.get(Buffer.alloc(3)), /map test key: expected 4 bytes, received 3/);
  t.throws(() => map.update(u32(1), Buffer.alloc(5)), RangeError);
  t.throws(() => map.updateBatch(u32(1), u32(1), 2), RangeError);
  t.throws(() => map.deleteBatch(u32(1, 2), 1), RangeError);
  t.throws(() => map.get('1234' as never), TypeError);
  t.throws(() => map.get(new Uint32Array(1) as never), TypeError);
  t.throws(() => map.update(u32(1), u32(1), -1), TypeError);
});

t.test('per-CPU values: one a possible CPU, rounded up to 8 bytes', async (t) => {
  const cpus = native().possibleCpus();
  for (const kind of ['percpuArray', 'percpuHash'] as const) {
    const map = make(t, kind, 4, [4, 12, 0]);
    const value = Buffer.alloc(16 * cpus);
    for (let cpu = 0; cpu < cpus; cpu++) value.writeUInt32LE(100 + cpu, cpu * 16);
    map.update(u32(1), value);
    t.same(map.get(u32(1)), value, kind);
    const dump = await map.dump();
    const at = numbers(dump.keys).indexOf(1);
    t.same(dump.values.subarray(at * value.length, (at + 1) * value.length), value, `${kind} in a dump`);
    t.throws(() => map.update(u32(1), Buffer.alloc(12)), RangeError);
  }
});

t.test('batches count what they wrote and removed, whatever was there', async (t) => {
  for (const kind of ['hash', 'lruHash', 'lpmTrie'] as const) {
    // An LPM trie's key begins with its prefix length: 32 here, so that every number is a prefix of its own.
    const lpm = kind === 'lpmTrie';
    const map = lpm ? make(t, kind, 4096, [8, 4, 1]) : make(t, kind, 4096);
    const keys = (count: number, from = 0) =>
      lpm ? u32(...numbers(range(count, from)).flatMap((n) => [32, n])) : range(count, from);
    t.equal(map.updateBatch(keys(1000), range(1000), 1000), 1000, kind);
    t.equal(map.updateBatch(keys(1000, 500), range(1000), 1000, UpdateFlag.noExist), 500, `${kind}: half existed`);
    t.equal(map.updateBatch(keys(10, 1495), range(10), 10, UpdateFlag.exist), 5, `${kind}: half did not`);
    t.equal((await map.dump()).count, 1500, kind);
    t.equal(map.deleteBatch(keys(1000, 1000), 1000), 500, `${kind}: half were there`);
    t.equal((await map.dump()).count, 1000, kind);
    t.equal(map.updateBatch(keys(0), range(0), 0), 0);
    t.equal(map.deleteBatch(keys(0), 0), 0);
  }
});

t.test('a batch that does not fit says so', async (t) => {
  const map = make(t, 'hash', 8);
  t.throws(() => map.updateBatch(range(9), range(9), 9), { name: 'KernelError', errno: 'E2BIG' });
  t.equal((await map.dump()).count, 8);
});

t.test('a dump has every entry once', async (t) => {
  const empty = await make(t, 'hash', 8).dump();
  t.match(empty, { count: 0, complete: true });
  t.equal(empty.keys.length + empty.values.length, 0);

  const count = 50_000;
  const full = make(t, 'hash', count);
  full.updateBatch(range(count), range(count, 7), count);
  const dump = await full.dump();
  t.match(dump, { count, complete: true });
  t.same(sorted(dump.keys), numbers(range(count)));
  t.same(
    numbers(dump.values),
    numbers(dump.keys).map((key) => key + 7),
    'values beside their keys',
  );

  const array = make(t, 'array', 5000);
  t.match(await array.dump(), { count: 5000, complete: true });
});

t.test('map types without batch operations are read and written key by key', async (t) => {
  // In a device map values are interfaces; 1 is the loopback in every namespace.
  const map = make(t, 'devmapHash', 64);
  const ones = u32(...Array.from({ length: 20 }, () => 1));
  t.equal(map.updateBatch(range(20), ones, 20), 20);
  t.equal(map.updateBatch(range(20, 10), ones, 20, UpdateFlag.noExist), 10);
  const dump = await map.dump();
  t.match(dump, { count: 30, complete: true });
  t.same(sorted(dump.keys), numbers(range(30)));
  t.equal(map.deleteBatch(range(20, 20), 20), 10);
  t.equal((await map.dump()).count, 20);
});

/** Reads the map while this thread adds and deletes keys from `churn` on, `width` of them over and over. */
async function dumpUnderChurn(map: BpfMap, churn: number, width: number) {
  let reading = true;
  const dump = map.dump().finally(() => {
    reading = false;
  });
  const value = u32(1);
  for (let step = 0; reading; step++) {
    for (let i = 0; i < 2000; i++) {
      const key = u32(churn + ((step * 1000 + (i >> 1)) % width));
      if (i % 2 === 0) map.update(key, value);
      else map.delete(key);
    }
    await new Promise((next) => setImmediate(next));
  }
  const { keys, complete } = await dump;
  return { seen: numbers(keys), complete };
}

t.test('a map that changes while it is read: the dump ends, and what stays is there', async (t) => {
  for (const [kind, stay, width] of [
    ['hash', 20_000, 20_000],
    // A deleted key sends the iteration back to the start: few keys, deleted often, do it in most rounds.
    ['devmapHash', 2000, 4],
  ] as const) {
    const map = make(t, kind, stay + width);
    map.updateBatch(range(stay), u32(...Array.from({ length: stay }, () => 1)), stay);
    for (let round = 0; round < 10; round++) {
      const { seen, complete } = await dumpUnderChurn(map, stay, width);
      t.equal(new Set(seen).size, seen.length, `${kind}: no key twice`);
      const stable = seen.filter((key) => key < stay).length;
      if (kind === 'hash') t.equal(stable, stay, 'a bucket is read under its lock');
      else t.ok(!complete || stable === stay, 'key by key: all, or incomplete and said so');
    }
  }
});

t.test('close during a dump does not disturb it', async (t) => {
  const map = make(t, 'hash', 10_000);
  map.updateBatch(range(10_000), range(10_000), 10_000);
  const dump = map.dump();
  map.close();
  t.equal((await dump).count, 10_000);
});

t.test('maps that cannot be iterated say so', async (t) => {
  const map = make(t, 'queue', 8, [0, 4, 0]);
  await t.rejects(map.dump(), { name: 'KernelError', message: /dump map test/ });
});

t.test('what a map is', async (t) => {
  const map = make(t, 'lpmTrie', 100, [8, 12, 1]);
  t.match(map.info, { name: 'test', type: 11, keySize: 8, valueSize: 12, maxEntries: 100, flags: 1 });
  const same = native().mapFromId(map.info.id);
  t.teardown(() => same.close());
  same.update(u32(8, 1), Buffer.alloc(12, 1));
  t.same(map.get(u32(8, 1)), Buffer.alloc(12, 1));
  t.throws(() => native().mapFromId(0xffffffff), { name: 'KernelError', errno: 'ENOENT' });
  t.throws(
    () => native().createMap({ name: 'a_name_too_long_', type: 1, keySize: 4, valueSize: 4, maxEntries: 1 }),
    /at most 15/,
  );
  t.throws(() => native().createMap({ name: 'bad', type: 1, keySize: 0, valueSize: 4, maxEntries: 1 }), {
    name: 'KernelError',
    errno: 'EINVAL',
  });
  const constants = (await loadSample(t)).map('.rodata');
  t.equal(constants.get(u32(0))?.length, constants.info.valueSize);
});
