// SPDX-License-Identifier: Apache-2.0
/** What the documents show is what runs: configurations, the README's program, the replayed incident's words. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import t from 'tap';
import { configJsonSchema } from '../../../src/config/json-schema.js';
import { parseConfigText } from '../../../src/config/parse-text.js';
import { incidentCases } from '../../../src/lab/mysql-incident-rows.js';
import { packageRoot } from '../../../src/package.js';
import { blocks, documents } from '../../helpers/documents.js';

const text = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const readme = text('README.md');

t.test('every YAML block is a configuration', async (t) => {
  let found = 0;
  for (const file of documents())
    for (const block of blocks(readFileSync(file, 'utf8'), 'yaml')) {
      found++;
      t.doesNotThrow(() => parseConfigText(block, relative(packageRoot, file)));
    }
  t.ok(found > 0);
});

t.test('every YAML example is a configuration', async (t) => {
  const files = readdirSync(join(packageRoot, 'examples')).filter((name) => name.endsWith('.yaml'));
  t.ok(files.length >= 3);
  for (const name of files) t.doesNotThrow(() => parseConfigText(text(`examples/${name}`), name));
});

t.test('everything.yaml has every field that is built', async (t) => {
  const { properties } = configJsonSchema() as { properties: Record<string, { description: string }> };
  const built = Object.keys(properties).filter((name) => !properties[name]?.description.startsWith('Not built yet'));
  t.ok(built.length >= 15);
  t.strictSame(
    [...text('examples/everything.yaml').matchAll(/^(\w+):/gm)].map((m) => m[1]),
    built,
  );
});

t.test('the README’s program is the example, which was compiled with these tests', async (t) => {
  const [spdx, ...lines] = text('examples/masquerade.ts').split('\n');
  t.match(spdx, /SPDX/);
  t.strictSame(blocks(readme, 'ts'), [lines.join('\n')]);
});

t.test('the README’s program runs', { skip: process.getuid?.() !== 0 && 'needs root' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'snatkit-docs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  // Its mounts and devices go with its namespaces.
  const script = `ip link add eth0 type veth peer name peer && ip addr add 192.0.2.1/24 dev eth0 && exec "$0" "$1"`;
  const program = join(packageRoot, 'dist/examples/masquerade.js');
  const args = ['--net', '--mount', 'sh', '-ec', script, process.execPath, program];
  const places = { SNATKIT_BPFFS: 'bpf', SNATKIT_STATE: 'state', SNATKIT_RUN: 'run', SNATKIT_CACHE: 'cache' };
  const env = Object.fromEntries(Object.entries(places).map(([name, place]) => [name, join(folder, place)]));
  const { stdout, stderr, status } = spawnSync('unshare', args, {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, ...env },
    encoding: 'utf8',
  });
  t.equal(status, 0, stderr);
  t.match(stdout, /^running tcx? 192\.0\.2\.1$/m);
});

t.test('the other example prints stages and C', async (t) => {
  const program = join(packageRoot, 'dist/examples/explain-plan.js');
  const file = join(packageRoot, 'examples/everything.yaml');
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, file], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  t.match(stdout, /^egress: +parse → .* → translate$/m);
  t.match(stdout, /enum snat_reason egress_v4\(/);
});

t.test('the README shows each row of the incident in the words of the lab', async (t) => {
  const [shown = ''] = blocks(readme, 'text').map((block) => block.replace(/\s+/g, ' '));
  t.ok(incidentCases.length >= 5);
  for (const [i, row] of incidentCases.entries()) {
    t.ok(
      shown.includes(`${i + 1} Cilium ${row.profile.cilium}: ${row.title ?? row.profile.title}`),
      `title of row ${i + 1}`,
    );
    t.ok(shown.includes(row.why), `reason of row ${i + 1}`);
  }
});
