// SPDX-License-Identifier: Apache-2.0
// Builds native/build/Release/snatkit.node; does nothing when it is newer than its sources.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(root, 'native');
const addon = join(native, 'build', 'Release', 'snatkit.node');

const needs = [
  { what: 'g++', apt: 'g++', has: () => runs('g++', '--version') },
  { what: 'make', apt: 'make', has: () => runs('make', '--version') },
  { what: 'python3', apt: 'python3', has: () => runs('python3', '--version') },
  { what: 'pkg-config', apt: 'pkg-config', has: () => runs('pkg-config', '--version') },
  {
    what: 'libbpf 1.1 or newer with its headers',
    apt: 'libbpf-dev',
    has: () => runs('pkg-config', '--atleast-version=1.1', 'libbpf'),
  },
];

function runs(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function isFresh() {
  if (!existsSync(addon)) return false;
  const built = statSync(addon).mtimeMs;
  return readdirSync(native, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(cc|h|gyp)$/.test(entry.name))
    .every((entry) => statSync(join(native, entry.name)).mtimeMs < built);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (isFresh()) {
  console.log('native: up to date');
  process.exit(0);
}
const missing = needs.filter((need) => !need.has());
if (missing.length > 0) {
  fail(
    `native: cannot build the addon without ${missing.map((need) => need.what).join(', ')}\n` +
      `install: apt-get install -y ${missing.map((need) => need.apt).join(' ')}`,
  );
}
let gyp;
try {
  gyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
} catch {
  fail('native: node-gyp is not installed; run `npm ci` first');
}
// A Node.js that brings its headers needs no download.
const prefix = dirname(dirname(process.execPath));
const headers = existsSync(join(prefix, 'include', 'node', 'node_version.h')) ? [`--nodedir=${prefix}`] : [];
console.log('native: building native/build/Release/snatkit.node');
const build = spawnSync(
  process.execPath,
  [gyp, 'configure', 'build', '-C', native, '--loglevel=error', '--jobs=max', ...headers],
  { cwd: root, encoding: 'utf8', env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` } },
);
if (build.status !== 0) fail(`${build.stdout}${build.stderr}native: the build failed`);
// A change that alters no object leaves the file as it was.
utimesSync(addon, new Date(), new Date());
