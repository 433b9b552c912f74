// SPDX-License-Identifier: Apache-2.0
/** Tables that the sources know better are fresh, and lists that are written by hand are complete. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import t from 'tap';
import * as errors from '../../../src/errors.js';
import { packageRoot } from '../../../src/package.js';

const text = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

t.test('generated tables are fresh', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/generate-docs.mjs', '--check'], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  t.equal(stderr, '');
  t.equal(status, 0);
});

t.test('every error class and every reason of a StateError is described', async (t) => {
  const page = text('docs/errors.md');
  const classes = Object.keys(errors).filter((name) => name.endsWith('Error') && name !== 'SnatError');
  t.ok(classes.length >= 6);
  for (const name of classes) t.match(page, `| \`${name}\` |`);
  const reasons = /type StateReason =([^;]*);/.exec(text('src/errors.ts'))?.[1]?.match(/[a-z-]+(?=')/g) ?? [];
  t.ok(reasons.length >= 9);
  for (const reason of reasons) t.match(page, `| \`${reason}\` |`);
});

t.test('every exit code is in the README', async (t) => {
  for (const code of Object.values(errors.ExitCode)) t.match(text('README.md'), `\n| ${code} | `);
});

t.test('every counter is drawn in the packet path', async (t) => {
  const { REASONS } = await import('../../../src/abi/reasons.js');
  const written = text('docs/packet-path.md').replace(/<!-- generated[\s\S]*?<!-- end -->/g, '');
  for (const { name } of REASONS) t.ok(written.includes(name), name);
});

t.test('what package.json exports and ships is there', async (t) => {
  const { exports: exported, files } = JSON.parse(text('package.json'));
  t.strictSame(exported['./schema/cli/*.json'], './schema/cli/*.json');
  for (const path of ['LICENSES', 'CHANGELOG.md', 'bpf/snat', 'schema', 'dist/src']) t.ok(files.includes(path), path);
  const { resolve } = createRequire(import.meta.url);
  t.match(resolve('snatkit/schema/cli/status.json'), /schema\/cli\/status\.json$/);
});
