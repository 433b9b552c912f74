// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { cleanKeptLabs, type Journal, LabDirectory, listLabs, sweepLabs } from '../../../src/lab/registry.js';

const stopNothing = async () => {};

/** Makes it seem that the run's process has ended. */
function bereave(lab: LabDirectory, owner?: Partial<Journal['owner']>): void {
  const { pid = 0 } = spawnSync('true');
  const journal = { ...lab.journal, owner: { pid, startTime: '1', ...owner } };
  writeFileSync(join(lab.path, 'journal.json'), JSON.stringify(journal));
}

const root = (t: Test) => join(t.testdir({}), 'lab');

t.test('a run is registered with its owner before it makes anything', async (t) => {
  const lab = LabDirectory.create('a-scenario', root(t));
  const journal = JSON.parse(readFileSync(join(lab.path, 'journal.json'), 'utf8')) as Journal;
  t.match(journal, { version: 1, scenario: 'a-scenario', kept: false, namespaces: [], owner: { pid: process.pid } });
  t.ok(lab.ownerAlive);
});

t.test('what is added is on disk at once', async (t) => {
  const at = root(t);
  const lab = LabDirectory.create('s', at);
  lab.addNamespaces(['a', 'b']);
  lab.addNamespaces(['b', 'c']);
  lab.addInstance('x', '/run/netns/a');
  lab.addInstance('x', '/run/netns/b');
  lab.addInstance('y', '/run/netns/a');
  lab.removeInstance('y');
  lab.keep();
  t.match(LabDirectory.read(lab.path)?.journal, {
    namespaces: ['a', 'b', 'c'],
    instances: [{ name: 'x', netns: '/run/netns/b' }],
    kept: true,
  });
  t.same(
    listLabs(at).map((l) => l.id),
    [lab.id],
  );
});

t.test('a sweep removes runs whose owner is gone, and no others', async (t) => {
  const at = root(t);
  const alive = LabDirectory.create('s', at);
  const dead = LabDirectory.create('s', at);
  const reused = LabDirectory.create('s', at);
  const kept = LabDirectory.create('s', at);
  kept.keep();
  bereave(dead);
  bereave(kept);
  bereave(reused, { pid: process.pid });
  mkdirSync(join(at, `.half.${process.pid}`));
  mkdirSync(join(at, '.half.0'));
  dead.scratch('files');
  t.same(
    (await sweepLabs(stopNothing, at)).sort(),
    [dead.id, reused.id].sort(),
    'the same number is not the same process',
  );
  t.same(
    listLabs(at)
      .map((l) => l.id)
      .sort(),
    [alive.id, kept.id].sort(),
  );
  t.ok(existsSync(join(at, `.half.${process.pid}`)), 'one that is being made right now');
  t.notOk(existsSync(join(at, '.half.0')));
  t.same(await cleanKeptLabs(stopNothing, at), [kept.id]);
  t.same(
    listLabs(at).map((l) => l.id),
    [alive.id],
  );
});

t.test('cleaning stops every instance, and keeps the journal when something could not be removed', async (t) => {
  const lab = LabDirectory.create('s', root(t));
  lab.addInstance('one', '/run/netns/none');
  lab.addInstance('two', '/run/netns/none');
  const asked: string[] = [];
  const stubborn = async (name: string) => {
    asked.push(name);
    if (name === 'one') throw new Error('busy');
  };
  await t.rejects(lab.clean(stubborn), { name: 'AggregateError', message: /could not be removed whole/ });
  t.same(asked, ['one', 'two']);
  t.ok(existsSync(lab.path), 'a later run can try again');
  await lab.clean(stopNothing);
  t.notOk(existsSync(lab.path));
});

t.test('a sweep without any runs, and an unreadable journal', async (t) => {
  const at = root(t);
  t.same(await sweepLabs(stopNothing, at), []);
  mkdirSync(join(at, 'foreign'), { recursive: true });
  writeFileSync(join(at, 'foreign', 'journal.json'), 'not JSON');
  t.same(await sweepLabs(stopNothing, at), []);
  t.ok(existsSync(join(at, 'foreign')));
});
