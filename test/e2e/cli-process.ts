// SPDX-License-Identifier: Apache-2.0
/** The command line as a process: signals, readers that go away, packages without their addon, users without rights. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { findClang } from '../../src/compile/clang.js';
import { packageRoot } from '../../src/package.js';
import { answerOf, environmentOf, type Ran, snatkit, withoutTap } from '../helpers/cli.js';
import { World } from '../helpers/world.js';

const main = join(packageRoot, 'dist', 'src', 'cli', 'main.js');

t.test('Ctrl-C in the middle of up leaves nothing', async (t) => {
  const world = await World.make(t);
  const folder = dirname(world.paths.bpffs);
  const clang = join(folder, 'clang');
  // As a terminal would at that moment: the compiler itself sends the signal to the one that called it, then does its work.
  const { path } = await findClang();
  writeFileSync(clang, `#!/bin/sh\n[ "$1" = --version ] || kill -INT $PPID\nexec ${path} "$@"\n`);
  chmodSync(clang, 0o755);
  const config = join(folder, 'snat.json');
  writeFileSync(config, JSON.stringify(world.config()));
  const env = { ...environmentOf(world.paths), SNATKIT_CLANG: clang, SNATKIT_CACHE: join(folder, 'cache') };
  t.teardown(() => snatkit(['down', '--all'], env));

  const { code, stderr } = await snatkit(['up', config, '--netns', world.topology.netnsPath('node')], env);
  t.equal(code, 130);
  t.match(stderr, 'ended by SIGINT: what was started is removed again');
  t.strictSame(
    readdirSync(world.paths.bpffs).filter((n) => n === 'snatkit'),
    [],
  );
  t.notOk(existsSync(join(world.paths.state, 'default')));
  t.equal((await snatkit(['status'], env)).code, 4);

  // A terminal sends it to the compiler too.
  writeFileSync(clang, `#!/bin/sh\n[ "$1" = --version ] && exec ${path} "$@"\nkill -INT $PPID $$\n`);
  rmSync(env.SNATKIT_CACHE, { recursive: true });
  const both = await snatkit(['up', config, '--netns', world.topology.netnsPath('node'), '--json'], env);
  t.equal(both.code, 130);
  t.match(answerOf('error', both).error, { name: 'Interrupted', exitCode: 130, message: /^ended by SIGINT: nothing/ });
  t.equal((await snatkit(['status'], env)).code, 4);

  t.equal(
    (await snatkit(['up', config, '--netns', world.topology.netnsPath('node')], environmentOf(world.paths))).code,
    0,
  );
});

t.test('a reader that goes away ends the output without a word', async (t) => {
  const child = spawn(process.execPath, [main, '--help'], {
    env: withoutTap(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (b) => {
    stderr += b;
  });
  const [code] = await once(child, 'close');
  t.equal(code, 0);
  t.equal(stderr, '');
});

t.test('doctor as root asks the kernel', async (t) => {
  const ran = await snatkit(['doctor', '--json']);
  t.equal(ran.code, 0, ran.stdout);
  const { state, checks } = answerOf('doctor', ran);
  t.equal(state, 'ready');
  for (const name of ['kernel', 'bpffs', 'capabilities', 'clang', 'libbpf', 'attaching'])
    t.match(
      checks.find((c) => c.name === name),
      { state: 'ok' },
      name,
    );
  for (const name of ['tcx', 'clsact', 'bpf_loop'])
    t.match(checks.find((c) => c.name === name)?.state, /^(ok|limited)$/, `${name} is known`);
});

t.test('a package whose addon was not built', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'snatkit-bare-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  cpSync(join(packageRoot, 'dist', 'src'), join(folder, 'dist', 'src'), { recursive: true });
  for (const name of ['package.json', 'bpf']) cpSync(join(packageRoot, name), join(folder, name), { recursive: true });
  symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  const config = join(folder, 'snat.json');
  writeFileSync(config, JSON.stringify({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'] }));
  const run = async (argv: string[], uid?: number): Promise<Ran> => {
    const child = spawn(process.execPath, [join(folder, 'dist/src/cli/main.js'), ...argv], {
      env: withoutTap(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    const written = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (b) => {
        written[name] += b;
      });
    const [code] = await once(child, 'close');
    return { code, ...written };
  };

  const doctor = await run(['doctor', '--json']);
  t.equal(doctor.code, 3);
  const { checks } = answerOf('doctor', doctor);
  t.match(
    checks.find((c) => c.name === 'libbpf'),
    { state: 'missing', fix: /make build/ },
  );
  t.match(
    checks.find((c) => c.name === 'tcx'),
    { state: 'unknown', found: /the addon is missing/ },
  );
  t.equal((await run(['plan', config])).code, 0);
  t.match((await run(['source', config])).stdout, /^\/\/ SPDX/);
  t.match((await run(['up', config])).stderr, /addon .*make build/);
});
