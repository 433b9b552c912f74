// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { native } from '../../src/native/index.js';
import { packageRoot } from '../../src/package.js';
import { compiled, descriptors, loadSample, makeNamespace, u32 } from '../helpers/native.js';

const script = join(packageRoot, 'dist', 'test', 'helpers', 'native-worker.js');

/** Starts the worker and waits for its first message. */
async function start(
  t: { teardown(fn: () => unknown): void },
  workerData: object,
): Promise<{ worker: Worker; message: unknown }> {
  const worker = new Worker(script, { execArgv: [], workerData: { object: compiled('sample'), ...workerData } });
  t.teardown(() => worker.terminate());
  const message = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { worker, message };
}

t.test('a worker has an addon of its own, and its end closes all it held', async (t) => {
  const { netns, ifindex } = makeNamespace(t);
  const mine = await loadSample(t);
  const before = descriptors();
  const { worker, message } = await start(t, { task: 'hold', netns, ifindex });
  t.match(message, { error: 'StateError', reason: 'closed' }, 'errors are made by the worker’s own classes');
  t.ok(descriptors().length > before.length, 'it holds descriptors');
  t.equal(native().queryTcx({ netns, ifindex, hook: 'egress' }).length, 1);
  await worker.terminate();
  t.same(descriptors(), before);
  t.same(native().queryTcx({ netns, ifindex, hook: 'egress' }), [], 'its link went with it');
  t.equal(mine.map('sample_hash').update(Buffer.alloc(8), Buffer.alloc(16)), true, 'this thread’s handles stay');
});

t.test('a worker that ends by itself leaves nothing either', async (t) => {
  const before = descriptors();
  const { worker } = await start(t, { task: 'leave' });
  await new Promise((resolve) => worker.once('exit', resolve));
  t.same(descriptors(), before);
});

t.test('a worker can be terminated in the middle of loads and dumps', async (t) => {
  const before = descriptors();
  const big = native().createMap({ name: 'big', type: 1, keySize: 4, valueSize: 4, maxEntries: 100_000 });
  const keys = u32(...Array.from({ length: 100_000 }, (_, i) => i));
  big.updateBatch(keys, keys, 100_000);
  for (let round = 0; round < 10; round++) {
    const { worker } = await start(t, { task: 'toil', map: big.info.id });
    await worker.terminate();
  }
  big.close();
  t.same(descriptors(), before);
});

t.test('namespaces are switched a thread', async (t) => {
  const { netns } = makeNamespace(t);
  const home = native().netnsIdentity();
  const { message } = await start(t, { task: 'switch', netns });
  t.same(message, { before: home, after: home, inside: native().netnsIdentity({ netns }) });
  t.equal(native().netnsIdentity(), home);
});
