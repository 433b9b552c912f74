// SPDX-License-Identifier: Apache-2.0
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import type { Context } from '../../../src/cli/context.js';
import { report } from '../../../src/cli/report.js';
import type { CommonOptions } from '../../../src/cli/session.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import {
  CompileError,
  ConfigError,
  KernelError,
  StateError,
  UnsupportedError,
  VerifierError,
} from '../../../src/errors.js';
import { InterruptedError } from '../../../src/lab/index.js';
import { answerOf, invoke } from '../../helpers/cli.js';

function reported(error: unknown, options: CommonOptions = {}) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({
    isTTY: false,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const context = { stdout: sink('stdout'), stderr: sink('stderr'), env: {} } as Context;
  const code = report(context, options, error);
  return { code, ...written };
}

const diagnostic = { file: 'snat.c', line: 3, column: 1, severity: 'error' as const, message: 'no' };
const cases: readonly (readonly [error: Error, exitCode: number])[] = [
  [new UsageError('so not'), 2],
  [new ConfigError([{ path: 'podCIDRs[1]', expected: 'an IPv4 CIDR', received: '"x"' }], 'a.yaml'), 2],
  [new CompileError('clang refused the unit', [diagnostic]), 1],
  [new UnsupportedError('tcx', 'kernel 6.6', 'kernel 6.1'), 3],
  [new KernelError('map snat_v4_egress: lookup', 'ENOMEM'), 1],
  [new KernelError('map snat_v4_egress: lookup', 'EPERM'), 3],
  [new StateError('not-running', 'no instance called x runs here'), 4],
  [new StateError('degraded', 'half of it is gone'), 5],
  [new StateError('busy', 'wait'), 1],
  [new InterruptedError('SIGINT'), 130],
  [new Error('EACCES: permission denied'), 1],
  [new TypeError('a bug'), 1],
];

for (const [error, exitCode] of cases)
  t.test(`${error.name}: ${error.message.split('\n')[0]}`, async (t) => {
    const text = reported(error);
    t.equal(text.code, exitCode);
    t.equal(text.stdout, '', 'stdout is for answers');
    t.ok(text.stderr.includes(error.message));
    t.equal(text.stderr.includes('a fault in snatkit'), error instanceof TypeError);

    const json = reported(error, { json: true });
    t.equal(json.code, exitCode);
    t.equal(json.stderr, '');
    t.match(answerOf('error', json).error, { name: error.name, message: error.message, exitCode });
  });

t.test('issues and diagnostics are in the JSON', async (t) => {
  t.strictSame(answerOf('error', reported(cases[1]?.[0], { json: true })).error.issues, [
    { path: 'podCIDRs[1]', expected: 'an IPv4 CIDR', received: '"x"' },
  ]);
  t.strictSame(answerOf('error', reported(cases[2]?.[0], { json: true })).error.diagnostics, [diagnostic]);
});

t.test('a verifier log: one line of it is shown, the whole goes into a file', async (t) => {
  const log = 'first\nR1 invalid mem access\nprocessed 3 insns\n';
  const error = new VerifierError('R1 invalid mem access', log, 'snat.c:7');
  const { code, stderr } = reported(error);
  t.equal(code, 1);
  t.match(stderr, 'R1 invalid mem access (at snat.c:7)');
  t.notMatch(stderr, 'processed 3');
  const file = /log is in (\S+)/.exec(stderr)?.[1] ?? '';
  t.equal(readFileSync(file, 'utf8'), log);
  rmSync(dirname(file), { recursive: true });

  const verbose = reported(error, { verbose: true });
  t.match(verbose.stderr, 'processed 3 insns');
  rmSync(dirname(/log is in (\S+)/.exec(verbose.stderr)?.[1] ?? ''), { recursive: true });

  const json = answerOf('error', reported(error, { json: true })).error;
  t.equal(readFileSync(json.logFile ?? '', 'utf8'), log);
  t.equal(json.log, undefined);
  rmSync(dirname(json.logFile ?? ''), { recursive: true });
});

t.test('the stack of a bug is shown only when asked for', async (t) => {
  const error = new TypeError('a bug');
  t.notMatch(reported(error).stderr, 'at ');
  t.match(reported(error, { verbose: true }).stderr, /\n\s+at /);
});

t.test('usage errors are JSON under --json too, but not when it stands after --', async (t) => {
  const json = await invoke(['statsu', '--json']);
  t.match(answerOf('error', json).error, { name: 'UsageError', exitCode: 2 });
  const text = await invoke(['statsu', '--', '--json']);
  t.equal(text.stdout, '');
});
