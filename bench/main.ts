#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** `make bench`: nanoseconds a packet, in floors, against targets. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, setPriority } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { findClang } from '../src/compile/clang.js';
import { packageRoot, packageVersion } from '../src/package.js';
import { measure } from './measure.js';
import { formatDocument, formatTable } from './report.js';
import { judge, type Results } from './results.js';
import { SCENARIOS } from './scenarios.js';

const RESULTS = join(packageRoot, 'bench', 'results.json');
const DOCUMENT = join(packageRoot, 'docs', 'performance.md');

interface Options {
  readonly only?: string[];
  readonly rounds: number;
  readonly headers?: string;
  readonly json?: boolean;
  readonly document?: boolean;
  readonly write: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number above 0');
  return value;
}

const program = new Command('bench')
  .description('Measures what a packet costs. A run of everything writes bench/results.json and docs/performance.md.')
  .option('--only <names...>', `some scenarios: ${SCENARIOS.map((s) => s.name).join(' ')}`)
  .option('--rounds <n>', 'interleaved rounds', positive, 25)
  .option('--headers <folder>', 'measure a changed copy of bpf/ instead')
  .option('--json', 'print the results as JSON')
  .option('--document', 'only write docs/performance.md again from bench/results.json')
  .option('--no-write', 'leave bench/results.json and docs/performance.md as they are')
  .parse();
const options = program.opts<Options>();

const unknown = (options.only ?? []).filter((name) => !SCENARIOS.some((s) => s.name === name));
if (unknown.length)
  program.error(`no scenario ${unknown.join(', ')}; there are ${SCENARIOS.map((s) => s.name).join(' ')}`);

if (options.document) {
  writeFileSync(DOCUMENT, formatDocument(JSON.parse(readFileSync(RESULTS, 'utf8')) as Results));
} else {
  setPriority(-20); // what else runs here should wait rather than be measured
  const { floor, measured } = await measure(
    SCENARIOS.filter((s) => options.only?.includes(s.name) ?? true),
    {
      rounds: options.rounds,
      ...(options.headers === undefined ? {} : { headers: options.headers }),
      ...(process.stderr.isTTY ? { onProgress: (m: string) => process.stderr.write(`\r\u001b[K${m}`) } : {}),
    },
  );
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const results: Results = {
    schema: 1,
    machine: {
      kernel: release(),
      cpu: cpus()[0]?.model ?? 'unknown',
      clang: (await findClang()).version,
      snatkit: packageVersion,
    },
    rounds: options.rounds,
    ...judge(floor, measured),
  };
  if (options.write && !options.only && options.headers === undefined) {
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
    writeFileSync(DOCUMENT, formatDocument(results));
  }
  console.log(options.json ? JSON.stringify(results, null, 2) : formatTable(results));
}
