// SPDX-License-Identifier: Apache-2.0
/** Runs on the host: what a guest is given, what comes back from it, and that nothing of it is left. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runInVm, type VmOptions } from '../../src/vm/index.js';
import { answerOf, snatkit } from '../helpers/cli.js';

const kernel = process.env.VM_KERNEL ?? '6.1';

interface Test {
  strictSame(found: unknown, wanted: unknown, message: string): unknown;
}

async function run(options: Omit<VmOptions, 'kernel'>) {
  const output = { stdout: '', stderr: '' };
  const onOutput: VmOptions['onOutput'] = (stream, bytes) => {
    output[stream] += bytes.toString('latin1');
  };
  return { ...(await runInVm({ kernel, timeoutMs: 60_000, ...options, onOutput })), ...output };
}

/** Processes that this one started, by name; those whose end nobody has asked about yet are not counted. */
const children = () =>
  execFileSync('ps', ['-o', 'stat=,comm=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /qemu|virtiofsd/.test(line) && !line.startsWith('Z'));
const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`snatkit-vm-${process.pid}-`));

const nothingIsLeft = (t: Test) => {
  t.strictSame(children(), [], 'no process is left');
  t.strictSame(folders(), [], 'no file is left');
};
t.setTimeout(600_000);

t.test('a command: its folder, environment, arguments, both outputs and exit code', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), `odd 'folder`));
  t.teardown(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, 'from-host'), 'seen\n');
  const script = 'uname -r; pwd; cat from-host; echo "$TRICKY"; echo "$1"; echo wrong >&2; id -u; exit 137';
  const env = { PATH: process.env.PATH, TRICKY: `it's "$HOME"` };
  const ran = await run({ command: ['sh', '-c', script, 'sh', 'a  b'], cwd, env });
  t.equal(ran.exitCode, 137);
  const lines = [ran.kernel.release, cwd, 'seen', env.TRICKY, 'a  b', '0', ''];
  t.equal(ran.stdout, lines.join('\n'));
  t.equal(ran.stderr, 'wrong\n');
  t.match(ran.kernel.release, new RegExp(`^${kernel.replaceAll('.', '\\.')}\\.`));
  nothingIsLeft(t);
});

t.test('what is written in a share comes back whole, all else is forgotten', async (t) => {
  const share = mkdtempSync(join(tmpdir(), 'snatkit-share-'));
  const other = mkdtempSync(join(tmpdir(), 'snatkit-other-'));
  for (const folder of [share, other]) t.teardown(() => rmSync(folder, { recursive: true }));
  const script = `head -c 3000000 /dev/zero | tee ${other}/x >${share}/x && wc -c <${other}/x && head -c 3000000 /dev/zero`;
  const ran = await run({ command: ['sh', '-c', script], shares: [share] });
  t.equal(ran.exitCode, 0);
  t.equal(readFileSync(join(share, 'x')).length, 3_000_000);
  t.notOk(existsSync(join(other, 'x')));
  t.equal(ran.stdout.length, '3000000\n'.length + 3_000_000, 'output is not cut, however long');
  nothingIsLeft(t);
});

t.test('the kernel’s file systems are there, the host’s state is not', async (t) => {
  const script =
    'cat /proc/mounts; echo; ls -A /sys/fs/bpf /run/netns; [ ! -d /var/lib/snatkit ] || ls -A /var/lib/snatkit';
  const { stdout } = await run({ command: ['sh', '-c', script] });
  const [mounts = '', left = ''] = stdout.split(/\n\n(.*)/s);
  for (const [type, at] of Object.entries({
    bpf: '/sys/fs/bpf',
    cgroup2: '/sys/fs/cgroup',
    tmpfs: '/run',
    overlay: '/',
  }))
    t.match(mounts, new RegExp(` ${at} ${type} `));
  t.equal(left.replaceAll(/\/.*:|\n/g, ''), '', 'nothing pinned, no namespace, no instance');
  nothingIsLeft(t);
});

t.test('a command that does not end is ended, and so is one that nobody wants any more', async (t) => {
  await t.rejects(run({ command: ['sleep', '1000'], timeoutMs: 12_000 }), { name: 'KernelError', errno: 'ETIMEDOUT' });
  const controller = new AbortController();
  const reason = new Error('no more');
  const onProgress = (message: string) => message === 'booted' && controller.abort(reason);
  const unwanted = run({
    command: ['sleep', '1000'],
    signal: controller.signal,
    onProgress: (m) => void onProgress(m),
  });
  await t.rejects(unwanted, reason);
  nothingIsLeft(t);
});

t.test('a kernel that panics is told of with its own words', async (t) => {
  const command = ['sh', '-c', 'echo c >/proc/sysrq-trigger'];
  await t.rejects(run({ command }), { name: 'KernelError', message: /sysrq triggered crash/i });
  nothingIsLeft(t);
});

t.test('the command line passes output and exit code on', async (t) => {
  const ran = await snatkit(['vm', 'run', '--kernel', kernel, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
  t.match(ran, { code: 3, stdout: 'out\n', stderr: /snatkit: booting .*\nerr\n$/s });
  const json = await snatkit(['vm', 'run', '--kernel', kernel, '--json', '--', 'sh', '-c', 'echo out; exit 4']);
  t.equal(json.code, 4);
  t.match(answerOf('vm-run', json), { kernel, exitCode: 4, stdout: 'out\n', stderr: '' });
  t.match(answerOf('vm-list', await snatkit(['vm', 'list', '--json'])).kernels, [{ kernel: '5.10' }]);
  nothingIsLeft(t);
});
