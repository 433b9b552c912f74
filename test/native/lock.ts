// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { native } from '../../src/native/index.js';
import { packageRoot } from '../../src/package.js';
import { makeFolder } from '../helpers/native.js';

t.test('one holder at a time', async (t) => {
  const path = join(makeFolder(t), 'lock');
  const lock = native().tryLock(path);
  t.ok(lock, 'created when absent');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(native().tryLock(path), undefined);
  lock?.release();
  lock?.release();
  const next = native().tryLock(path);
  t.ok(next);
  next?.release();
});

t.test('another process’s lock is free once it is killed, and a child of it does not inherit it', async (t) => {
  const path = join(makeFolder(t), 'lock');
  const program = `
    import { spawn } from 'node:child_process';
    import { native } from ${JSON.stringify(join(packageRoot, 'dist/src/native/index.js'))};
    globalThis.lock = native().tryLock(${JSON.stringify(path)});
    const heir = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
    heir.once('spawn', () => console.log(heir.pid));
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => holder.kill('SIGKILL'));
  const [line] = await once(holder.stdout, 'data');
  const heir = Number(String(line));
  t.teardown(() => process.kill(heir, 'SIGKILL'));
  t.ok(heir > 0);
  t.equal(native().tryLock(path), undefined, 'held by the other process');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = native().tryLock(path);
  t.ok(lock, 'the kernel let go although the heir lives');
  lock?.release();
});

t.test('a lock file that was removed is made anew', async (t) => {
  const path = join(makeFolder(t), 'lock');
  const first = native().tryLock(path);
  rmSync(path);
  const second = native().tryLock(path);
  t.ok(second, 'nobody holds the new file');
  t.equal(native().tryLock(path), undefined);
  first?.release();
  second?.release();
});

t.test('a path that cannot be', async (t) => {
  const folder = makeFolder(t);
  t.throws(() => native().tryLock(join(folder, 'none', 'lock')), { name: 'KernelError', errno: 'ENOENT' });
  t.throws(() => native().tryLock(folder), { name: 'KernelError', errno: 'EISDIR' });
});
