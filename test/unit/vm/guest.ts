// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { commandScript, mainScript } from '../../../src/vm/guest.js';

const hostile = [`it's`, '$HOME `id` \\', 'two\nlines', '', '*', '-n', '"', 'ü'];
const sh = (script: string) => spawnSync('sh', ['-c', script], { encoding: 'utf8', env: { PATH: process.env.PATH } });

t.test('a shell reads the command, its folder and its environment back as they were', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), `snatkit ' $x`));
  t.teardown(() => rmSync(cwd, { recursive: true }));
  const print = 'process.stdout.write(JSON.stringify([process.cwd(), process.argv.slice(1), process.env.TRICKY]))';
  const command = [process.execPath, '-e', print, '--', ...hostile];
  const env = { PATH: process.env.PATH ?? '', TRICKY: hostile.join('|'), 'BASH_FUNC_x%%': '() { :; }', 'a-b': 'c' };
  const { stdout, stderr } = sh(commandScript({ command, cwd, env }));
  t.equal(stderr, '');
  t.strictSame(JSON.parse(stdout), [cwd, hostile, env.TRICKY]);
});

t.test('the exit code is the command’s, and a shell’s own where there is no command', async (t) => {
  const run = (command: string[], cwd = '/') => sh(commandScript({ command, cwd, env: {} })).status;
  t.equal(run(['sh', '-c', 'exit 37']), 37);
  t.equal(run(['/nonexistent/program']), 127);
  t.equal(run(['/']), 126);
  t.equal(run(['true'], '/nonexistent'), 126);
});

t.test('the script is one that a shell can parse, with odd folders too', async (t) => {
  const script = mainScript({ shares: [`/a 'b`, '/c'], masked: ['/var/lib/x y'] });
  t.equal(spawnSync('sh', ['-n'], { input: script }).status, 0);
  t.match(script, `mount -t virtiofs share0 '/a '\\''b'`);
  t.match(script, `mount -t virtiofs share1 '/c'`);
});
