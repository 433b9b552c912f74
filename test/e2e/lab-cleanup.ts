// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import t from 'tap';
import { cleanLabs } from '../../src/lab/index.js';
import { markedProcesses } from '../../src/lab/process.js';
import { leftBehind, NOTHING, ScenarioProcess } from '../helpers/netns.js';

/** A run in the middle of its third row: servers, capture, client and programs are there or about to be. */
async function midRun(): Promise<{ run: ScenarioProcess; id: string }> {
  const run = ScenarioProcess.start();
  await run.said('3/6');
  return { run, id: run.id };
}

const database = (id: string) =>
  markedProcesses(id).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'mariadbd');

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  t.test(`${signal} in the middle of a run leaves nothing`, async (t) => {
    const { run, id } = await midRun();
    t.not(leftBehind(id).namespaces.length, 0);
    t.equal(await run.end(signal), status);
    t.match(await run.said('failed'), `ended by ${signal}; everything was removed`);
    t.same(leftBehind(id), NOTHING);
  });
}

t.test('the death of the database ends the run with its reason, and leaves nothing', async (t) => {
  const { run, id } = await midRun();
  const pid = database(id);
  if (pid === undefined) throw new Error('no mariadbd');
  process.kill(pid, 'SIGKILL');
  t.equal(await run.status(), 1);
  t.match(await run.said('failed'), /mariadbd in (database|pod2) was ended by SIGKILL/);
  t.same(leftBehind(id), NOTHING);
});

t.test('what kill -9 leaves is removed by the next run', async (t) => {
  const { run, id } = await midRun();
  t.equal(await run.end('SIGKILL'), 'SIGKILL');
  const left = leftBehind(id);
  t.not(left.namespaces.length, 0);
  t.not(left.processes.length, 0);
  t.not(left.directories.length, 0);
  const next = ScenarioProcess.start();
  await next.said(`removed what run ${id} had left`);
  t.same(leftBehind(id), NOTHING);
  const own = next.id;
  t.equal(await next.status(), 0);
  t.same(leftBehind(own), NOTHING);
});

t.test('a lab that was left up survives other runs, and is removed on request', async (t) => {
  const keeper = ScenarioProcess.start('keep');
  const id = (await keeper.said('done')).split(' ')[1] ?? '';
  t.teardown(() => cleanLabs());
  t.equal(await keeper.status(), 0);
  const other = ScenarioProcess.start();
  t.equal(await other.status(), 0);
  const left = leftBehind(id);
  t.equal(left.namespaces.length, 6);
  t.same(left.pins, [`lab-${id}`]);
  t.ok(database(id));
  t.ok((await cleanLabs()).includes(id));
  t.same(leftBehind(id), NOTHING);
});
