// SPDX-License-Identifier: Apache-2.0
// Run with --expose-gc: opens a lot, closes nothing, and reports how many descriptors were held and how many are left.
import { native } from '../../src/native/index.js';
import { compiled, descriptors, makeFolder } from './native.js';

const folder = makeFolder({ teardown: (remove) => process.on('exit', remove) });

async function forget(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const object = native().openObject(compiled('sample'), 'sample');
    await object.load();
    for (const name of object.mapNames) native().mapFromId(object.map(name).info.id);
    for (const name of object.programNames) native().programFromId(object.program(name).info.id);
    native().tryLock(`${folder}/lock${i}`);
  }
}

const before = descriptors(folder).length;
await forget();
const held = descriptors(folder).length - before;
const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error('run with --expose-gc');
// Finalizers run in turns of the event loop after the collection.
for (let turn = 0; turn < 20 && descriptors(folder).length > before; turn++) {
  collect();
  await new Promise((next) => setImmediate(next));
}
console.log(JSON.stringify({ held, left: descriptors(folder).length - before }));
