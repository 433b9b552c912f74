// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import {
  CommandError,
  endMarkedProcesses,
  LAB_MARK,
  markedProcesses,
  run,
  start,
  startTimeOf,
} from '../../../src/lab/process.js';

const node = (script: string) => [process.execPath, '-e', script];

t.test('run returns what a command printed and takes input', async (t) => {
  const result = await run(node('process.stdin.pipe(process.stdout); console.error("words")'), { input: 'through' });
  t.match(result, { status: 0, signal: null, stdout: 'through', stderr: 'words\n' });
});

t.test('run fails with the status and the words of the command', async (t) => {
  const argv = node('console.error("no such thing"); process.exit(4)');
  await t.rejects(run(argv), { name: 'CommandError', message: /exit status 4: no such thing/ });
  t.equal((await run(argv, { allowFailure: true })).status, 4);
  await t.rejects(run(['snatkit-no-such-command']), { message: /snatkit-no-such-command is not installed/ });
  t.ok(
    new CommandError(['x'], { stdout: '', stderr: '', status: null, signal: 'SIGKILL' }).message.includes('SIGKILL'),
  );
});

t.test('an aborted run ends the command and rejects with the reason', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const running = run(node('setInterval(() => {}, 1000)'), { signal: controller.signal });
  controller.abort(reason);
  await t.rejects(running, reason);
  await t.rejects(run(node(''), { signal: controller.signal }), reason, 'and none is started afterwards');
});

t.test('start time of a process tells it from its successors, whatever its name', async (t) => {
  t.equal(startTimeOf(process.pid), startTimeOf(process.pid));
  t.match(startTimeOf(process.pid), /^\d+$/);
  const directory = mkdtempSync(join(tmpdir(), 'snatkit-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const odd = join(directory, ') R 1 (');
  copyFileSync('/bin/sleep', odd);
  const child = spawn(odd, ['100'], { stdio: 'ignore' });
  await once(child, 'spawn');
  t.match(startTimeOf(child.pid ?? 0), /^\d{2,}$/);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.equal(startTimeOf(child.pid ?? 0), undefined);
});

t.test('processes are known by their mark, their children too, and ended even when they ignore SIGTERM', async (t) => {
  const id = `test-${process.pid}`;
  const script = `process.on('SIGTERM', () => {});
    require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    setInterval(() => {}, 1000); console.log('up');`;
  const child = start(node(script), { env: { [LAB_MARK]: id }, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  if (child.stdout) await once(child.stdout, 'data');
  t.equal(markedProcesses(id).length, 2);
  t.same(markedProcesses(`${id}0`), []);
  const exit = once(child, 'exit');
  await endMarkedProcesses(id, 50);
  t.same(await exit, [null, 'SIGKILL']);
  t.same(markedProcesses(id), []);
});
