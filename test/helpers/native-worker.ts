// SPDX-License-Identifier: Apache-2.0
// A worker thread of test/native/worker.ts: does the task it is given and posts one message.
import { parentPort, workerData } from 'node:worker_threads';
import { StateError } from '../../src/errors.js';
import { native } from '../../src/native/index.js';

const { task, object: bytes, netns, ifindex, map: mapId } = workerData;
const open = () => native().openObject(bytes, 'worker');
const post = (message: unknown) => parentPort?.postMessage(message);
const stay = () => setInterval(() => {}, 1000);

const tasks: Record<string, () => Promise<unknown>> = {
  async hold() {
    const object = open();
    await object.load();
    const link = native().attachTcx(object.program('sample_count'), { netns, ifindex, hook: 'egress' });
    const closed = native().mapFromId(object.map('sample_hash').info.id);
    closed.close();
    stay();
    try {
      closed.nextKey();
    } catch (error) {
      if (error instanceof StateError) post({ error: error.name, reason: error.reason });
    }
    return [object, link];
  },
  async leave() {
    const object = open();
    await object.load();
    native().mapFromId(object.map('sample_hash').info.id);
    post('done');
  },
  async toil() {
    const map = native().mapFromId(mapId);
    stay();
    const work = [...Array.from({ length: 4 }, () => open().load()), ...Array.from({ length: 8 }, () => map.dump())];
    post('working');
    await Promise.all(work);
  },
  async switch() {
    const before = native().netnsIdentity();
    for (let i = 0; i < 50; i++) native().interfaces({ netns });
    post({ before, after: native().netnsIdentity(), inside: native().netnsIdentity({ netns }) });
  },
};

await tasks[task]?.();
