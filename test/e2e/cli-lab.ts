// SPDX-License-Identifier: Apache-2.0
/** The incident by its command: what make demo shows, and what --keep leaves until lab clean. */
import t from 'tap';
import { answerOf, snatkit } from '../helpers/cli.js';

t.test('lab run --json, kept and cleaned', async (t) => {
  const before = answerOf('lab-list', await snatkit(['lab', 'list', '--json']));
  t.match(before.scenarios, [
    { name: 'mysql-incident', needs: { mariadbd: 'mariadb-server-core' } },
    { name: 'port-exhaustion' },
  ]);
  const others = before.runs.map((r) => r.id);

  const ran = await snatkit(['lab', 'run', 'mysql-incident', '--keep', '--attach', 'tc', '--json']);
  t.teardown(() => snatkit(['lab', 'clean']));
  t.equal(ran.code, 0, ran.stderr);
  t.equal(ran.stderr, '', 'nobody is at a terminal: no progress');
  const result = answerOf('lab-run', ran);
  if (result.dryRun || result.scenario !== 'mysql-incident') throw new Error('that was not the incident');
  t.equal(result.asExpected, true);
  t.strictSame(
    result.rows.map((r) => [r.outcome, r.attachment.kind]),
    [
      ['connected', 'tc'],
      ['refused', 'tc'],
      ['refused', 'tc'],
      ['connected', 'tc'],
      ['connected', 'tc'],
      ['connected', 'tc'],
    ],
  );
  const id = result.kept?.id ?? '';
  t.match(answerOf('status', await snatkit(['status', '--name', result.kept?.instance ?? '', '--json'])), {
    state: 'running',
  });

  const kept = answerOf('lab-list', await snatkit(['lab', 'list', '--json'])).runs.find((r) => r.id === id);
  t.match(kept, { scenario: 'mysql-incident', state: 'kept' });
  t.ok(answerOf('lab-clean', await snatkit(['lab', 'clean', '--dry-run', '--json'])).removed.includes(id));
  t.ok(
    answerOf('lab-list', await snatkit(['lab', 'list', '--json'])).runs.some((r) => r.id === id),
    'a dry run removes nothing',
  );
  t.ok(answerOf('lab-clean', await snatkit(['lab', 'clean', '--json'])).removed.includes(id));
  t.notOk(
    answerOf('lab-list', await snatkit(['lab', 'list', '--json'])).runs.some(
      (r) => r.id === id && !others.includes(r.id),
    ),
  );
  t.equal((await snatkit(['status', '--name', result.kept?.instance ?? ''])).code, 4);
});
