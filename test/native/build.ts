// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/package.js';
import { makeFolder } from '../helpers/native.js';

/** A copy of the addon's sources beside the build script. */
function copySources(t: { teardown(fn: () => void): void }): string {
  const folder = makeFolder(t);
  cpSync(join(packageRoot, 'scripts', 'build-native.mjs'), join(folder, 'scripts', 'build-native.mjs'));
  cpSync(join(packageRoot, 'native'), join(folder, 'native'), {
    recursive: true,
    preserveTimestamps: true,
    filter: (path) => !path.endsWith('build'),
  });
  return folder;
}
const build = (folder: string, env: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, [join(folder, 'scripts', 'build-native.mjs')], { encoding: 'utf8', env });

t.test('without tools it names the packages', async (t) => {
  const folder = copySources(t);
  const { status, stderr } = build(folder, { PATH: makeFolder(t) });
  t.equal(status, 1);
  t.match(stderr, /without g\+\+, make, python3, pkg-config, libbpf/);
  t.match(stderr, /apt-get install -y g\+\+ make python3 pkg-config libbpf-dev/);
});

t.test('nothing is built when the addon is newer than its sources', async (t) => {
  const folder = copySources(t);
  const release = join(folder, 'native', 'build', 'Release');
  mkdirSync(release, { recursive: true });
  cpSync(join(packageRoot, 'native', 'build', 'Release', 'snatkit.node'), join(release, 'snatkit.node'));
  t.match(build(folder, { PATH: makeFolder(t) }), { status: 0, stdout: 'native: up to date\n' });
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(folder, 'native', 'map.cc'), later, later);
  t.equal(build(folder, { PATH: makeFolder(t) }).status, 1, 'a newer source: it tries to build');
});
