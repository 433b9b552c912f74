#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// node scripts/test-vm.mjs [KERNEL…]   runs the compiled suites on other kernels (default: all of the catalogue), writes
// docs/kernels.md and ends with "N passed, N failed, N skipped". JOBS=2 boots two at a time; SUITES="verifier" runs some.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { fileURLToPath } from 'node:url';
import { findClangs, OLDEST_CLANG } from '../dist/src/compile/clang.js';
import { KERNELS, runInVm } from '../dist/src/vm/index.js';
import { kernelsPage } from './kernels-page.mjs';
import { countTap } from './tap-results.mjs';
import { HostClang } from './vm-clang.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const resultsFile = join(root, 'test/vm/results.json');
// What the command line says does not depend on the kernel, and each of its processes takes seconds under emulation;
// the replayed incident needs a database server on top. `make test` has both.
const leftOut = /^e2e\/(cli|lab)/;
const SECONDS = 1000;
const limit = { file: 900, kernel: 3600 * SECONDS };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !KERNELS.some((k) => k.name === name));
if (unknown.length > 0)
  stop(`no such kernel: ${unknown.join(', ')}; there are: ${KERNELS.map((k) => k.name).join(' ')}`);
const kernels = KERNELS.map((k) => k.name).filter((name) => wanted.length === 0 || wanted.includes(name));

const everySuite = { verifier: ['vm/verifier'], kernel: testFiles('kernel'), e2e: testFiles('e2e') };
const chosen = (process.env.SUITES ?? '').split(/\s+/).filter(Boolean);
for (const name of chosen)
  if (!everySuite[name]) stop(`no such suite: ${name}; there are: ${Object.keys(everySuite).join(' ')}`);
const suites = chosen.length ? Object.fromEntries(chosen.map((name) => [name, everySuite[name]])) : everySuite;
// Of the machine itself; runs here.
const host = 'vm/machine';
const missing = [...Object.values(suites).flat(), host].filter(
  (file) => !existsSync(join(root, `dist/test/${file}.js`)),
);
if (missing.length > 0) stop(`not compiled: ${missing.join(', ')}; run make build`);

const cache = join(root, 'dist/cache');
mkdirSync(cache, { recursive: true, mode: 0o700 });
const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => controller.abort(new Error(signal)));
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const fresh = new Map();
const clang = new HostClang((await findClangs()).filter((c) => c.major >= OLDEST_CLANG));
try {
  if (chosen.length === 0) testMachine(kernels[0]);
  const queue = [...kernels];
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined && !controller.signal.aborted; name = queue.shift())
      await runKernel(name);
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(process.env.JOBS ?? 1)) }, worker));
} finally {
  clang.close();
}

const results = readResults();
for (const [name, found] of fresh) {
  const before = results[name]?.release === found.release ? results[name].suites : {};
  results[name] = { ...found, suites: { ...before, ...found.suites } };
}
const ordered = Object.fromEntries(KERNELS.flatMap(({ name }) => (results[name] ? [[name, results[name]]] : [])));
writeFileSync(resultsFile, `${JSON.stringify(ordered, null, 2)}\n`);
writeFileSync(join(root, 'docs/kernels.md'), kernelsPage(ordered));
for (const { name, file, words } of failures) console.log(`\nFAILED ${name} ${file} > ${words}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 ? 1 : 0;

async function runKernel(name) {
  const began = performance.now();
  const files = Object.values(suites).flat();
  const seen = new Set();
  const sums = {};
  const stdout = splitFiles((result) => {
    seen.add(result.file);
    finishFile(name, result, sums);
  });
  let errors = '';
  try {
    const { kernel, bootMs } = await runInVm({
      kernel: name,
      command: ['sh', '-c', guestScript(files)],
      cwd: root,
      env: {
        ...process.env,
        PATH: `${clang.folder}:${process.env.PATH}:/usr/sbin:/sbin`,
        TAP_TIMEOUT: String(limit.file),
        NO_COLOR: '1',
      },
      shares: [cache, clang.folder],
      timeoutMs: limit.kernel,
      signal: controller.signal,
      onProgress: (message) => console.log(`${name.padEnd(5)} ${message}`),
      onOutput: (stream, bytes) => {
        if (stream === 'stdout') stdout(bytes);
        else errors = (errors + bytes).slice(-4000);
      },
    });
    fresh.set(name, { release: kernel.release, version: kernel.version, suites: sums });
    const minutes = (performance.now() - began) / SECONDS / 60;
    console.log(
      `${name.padEnd(5)} done: booted in ${(bootMs / SECONDS).toFixed(1)} s, all in ${minutes.toFixed(1)} min`,
    );
  } catch (error) {
    note(name, '(guest)', `${error.message}\n${errors}`);
    return;
  }
  for (const file of files) if (!seen.has(file)) note(name, file, 'did not run to its end');
}

/** Takes the guest's output apart again: what was printed between the marks of a file. */
function splitFiles(finished) {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let lines = [];
  let began = 0;
  return (bytes) => {
    const complete = (rest + decoder.write(bytes)).split('\n');
    rest = complete.pop();
    for (const line of complete) {
      const end = /^@@end (\S+) (\d+)$/.exec(line);
      if (line.startsWith('@@begin ')) {
        lines = [];
        began = performance.now();
      } else if (end) {
        const took = `${((performance.now() - began) / SECONDS).toFixed(0)} s`;
        finished({ file: end[1], code: Number(end[2]), text: lines.join('\n'), took });
      } else lines.push(line);
    }
  };
}

/** One process a file, as tap would have it; without tap's runner, whose start costs more than most files. */
function guestScript(files) {
  const run = (file) =>
    `echo '@@begin ${file}'; timeout ${limit.file} node dist/test/${file}.js; code=$?; echo; echo "@@end ${file} $code"`;
  return files.map(run).join('\n');
}

/** Of the guests themselves, whichever their kernel. */
function testMachine(kernel) {
  const { status, stdout } = spawnSync(process.execPath, [`dist/test/${host}.js`], {
    cwd: root,
    env: { ...process.env, VM_KERNEL: kernel },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  count('host', { file: host, code: status, text: stdout });
}

function finishFile(name, result, sums) {
  const counts = count(name, result);
  const suite = Object.keys(suites).find((s) => suites[s].includes(result.file));
  const sum = sums[suite] ?? { passed: 0, failed: 0, skipped: 0, missing: [] };
  sums[suite] = sum;
  for (const key of Object.keys(totals)) sum[key] += counts[key];
  sum.missing = [...new Set([...sum.missing, ...counts.skips])].sort();
  if (suite === 'verifier') sum.instructions = Object.fromEntries(counts.names.flatMap(instructionsOf));
}

function count(name, { file, code, text, took = '' }) {
  const counts = countTap(text);
  if (code !== 0 && counts.failed === 0) {
    counts.failed++;
    counts.failures.push(`ended with ${code}`);
  }
  for (const key of Object.keys(totals)) totals[key] += counts[key];
  const words = Object.keys(totals).map((key) => `${counts[key]} ${key}`);
  console.log(
    `${name.padEnd(5)} ${counts.failed ? '✗' : '✓'} ${file.padEnd(24)} ${words.join(', ').padEnd(34)} ${took}`.trimEnd(),
  );
  for (const words of counts.failures) {
    failures.push({ name, file, words });
    console.log(words.replace(/^/gm, '      '));
  }
  return counts;
}

function instructionsOf(name) {
  const found = /^(.*) > egress (\d+), ingress (\d+) instructions$/.exec(name);
  return found ? [[found[1], { egress: Number(found[2]), ingress: Number(found[3]) }]] : [];
}

function note(name, file, words) {
  totals.failed++;
  failures.push({ name, file, words });
}

function testFiles(group) {
  const found = readdirSync(join(root, 'test', group), { recursive: true, encoding: 'utf8' });
  const files = found.filter((file) => file.endsWith('.ts')).map((file) => `${group}/${file.slice(0, -3)}`);
  return files.filter((file) => !leftOut.test(file)).sort();
}

function readResults() {
  return existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : {};
}

function stop(message) {
  console.error(message);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
