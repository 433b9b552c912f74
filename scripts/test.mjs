#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// node scripts/test.mjs [group | path]…   runs tap over the compiled tests and ends with "N passed, N failed, N skipped".
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Parser } from 'tap-parser';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
// The order is that of the report: what breaks everything else comes first.
const groups = ['unit', 'types', 'golden', 'architecture', 'native', 'kernel', 'e2e'];
// These make namespaces, load programs and measure nothing, yet share two cores and the kernel's tables.
const serial = ['native', 'kernel', 'e2e', 'golden'];
const fileTimeoutSeconds = 240;

const wanted = process.argv.slice(2).map((arg) => arg.replace(/^test\//, '').replace(/\.ts$/, ''));
const files = testFiles().filter((file) => wanted.length === 0 || wanted.some((w) => matches(file, w)));
for (const w of wanted) {
  if (!files.some((file) => matches(file, w))) stop(`no test matches "${w}"; groups: ${groups.join(' ')}`);
}
if (files.length === 0) stop('no tests found under test/');
const uncompiled = files.filter((file) => !existsSync(join(root, 'dist/test', `${file}.js`)));
if (uncompiled.length > 0) stop(`not compiled: ${uncompiled.join(', ')}; run make build`);

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const began = process.hrtime.bigint();

const require = createRequire(import.meta.url);
const tap = join(dirname(require.resolve('tap/package.json')), require('tap/package.json').bin.tap);
const child = spawn(
  process.execPath,
  [
    tap,
    'run',
    '--reporter=tap',
    '--jobs=2',
    `--timeout=${fileTimeoutSeconds}`,
    ...serial.map((group) => `--serial=dist/test/${group}`),
    ...files.map((file) => `dist/test/${file}.js`),
  ],
  {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));

const seen = new Set();
const parser = new Parser();
parser.on('child', (suite) => watchFile(suite));
parser.on('assert', (result) => {
  // A file that printed no test point at all has no suite of its own.
  if (!result.closingTestPoint) finishFile(result, { passed: 0, failed: 0, skipped: 0, failures: [] });
});
parser.on('bailout', (reason) => fail('(all)', [], `bail out: ${reason}`));
const parsed = new Promise((done) => parser.on('complete', done));
child.stdout.pipe(parser);
const exit = await new Promise((done) => child.on('close', (code, signal) => done(signal ?? code)));
await parsed;

for (const file of files) if (!seen.has(file)) fail(file, [], 'tap gave no result for it');
if (exit !== 0 && totals.failed === 0) fail('(all)', [], `tap ended with ${exit}`);
if (totals.passed === 0 && totals.failed === 0) fail('(all)', [], 'not one test ran');

for (const { file, path, detail } of failures) {
  console.log(`\n${paint(31, 'FAILED')} ${[file, ...path].join(' > ')}`);
  if (detail) console.log(detail.replace(/^/gm, '    '));
}
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
console.log(`\n${files.length} files in ${seconds.toFixed(1)} s`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/** Leaf test points of one file; the summary that closes a subtest counts only when it says more than its leaves. */
function watchFile(suite) {
  const counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  watch(suite, [], counts);
  const summary = (result) => {
    if (!result.closingTestPoint) return;
    parser.removeListener('assert', summary);
    finishFile(result, counts);
  };
  // tap's own stream is serial at the top: the next closing point is this suite's.
  parser.on('assert', summary);
}

function watch(suite, path, counts) {
  let failedBefore = counts.failed;
  const extra = [];
  suite.on('extra', (text) => extra.push(text));
  suite.on('child', (inner) => {
    failedBefore = counts.failed;
    watch(inner, [...path, inner.name], counts);
  });
  suite.on('assert', (result) => {
    if (result.closingTestPoint && (result.ok || counts.failed > failedBefore)) return;
    if (result.skip || result.todo) counts.skipped++;
    else if (result.ok) counts.passed++;
    else {
      counts.failed++;
      counts.failures.push({ path: [...path, result.name], detail: describe(result, extra) });
    }
  });
  suite.on('bailout', (reason) => {
    counts.failed++;
    counts.failures.push({ path, detail: `bail out: ${reason}` });
  });
}

function finishFile(result, counts) {
  const file = nameOf(result.name);
  // After a file that timed out tap adds a point of its own in place of the last file's.
  if (!files.includes(file)) return;
  seen.add(file);
  if (!result.ok && counts.failed === 0) {
    counts.failed++;
    counts.failures.push({ path: [], detail: describe(result, []) || 'ended without success' });
  } else if (counts.passed + counts.failed + counts.skipped === 0) {
    counts.failed++;
    counts.failures.push({ path: [], detail: 'has no tests' });
  }
  for (const key of Object.keys(totals)) totals[key] += counts[key];
  for (const failure of counts.failures) failures.push({ file, ...failure });
  const mark = counts.failed > 0 ? paint(31, '✗') : paint(32, '✓');
  const words = [`${counts.passed} passed`];
  if (counts.failed > 0) words.push(paint(31, `${counts.failed} failed`));
  if (counts.skipped > 0) words.push(paint(33, `${counts.skipped} skipped`));
  const time = result.time === null ? '' : paint(2, `  ${(result.time / 1000).toFixed(1)} s`);
  console.log(`${mark} ${file.padEnd(40)} ${words.join(', ')}${time}`);
}

function fail(file, path, detail) {
  totals.failed++;
  failures.push({ file, path, detail });
}

function describe(result, extra) {
  const { source, stack, ...rest } = result.diag ?? {};
  const known = Object.entries(rest).filter(
    ([key]) => !['stdio', 'cwd', 'externalID', 'command', 'args', 'jobId'].includes(key),
  );
  const lines = known.map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  if (source) lines.push('', source.trimEnd());
  if (stack) lines.push('', stack.trimEnd());
  if (extra.length > 0) lines.push('', 'printed:', extra.join('').trimEnd());
  return lines.join('\n');
}

function nameOf(tapName) {
  return relative('dist/test', tapName).replace(/\.js$/, '');
}

function matches(file, what) {
  return file === what || file.startsWith(`${what}/`);
}

/** Every file under test/ that belongs to a group; named by its source, so that stale output in dist/ is never run. */
function testFiles() {
  const found = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => file.slice(0, -3))
    .filter((file) => groups.includes(file.split('/')[0]));
  return found.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

function rank(file) {
  return groups.indexOf(file.split('/')[0]);
}

function stop(message) {
  console.error(message);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
