// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompileError, ConfigError, ExitCode, VerifierError } from '../index.js';
import type { Context } from './context.js';
import type { ErrorOutput } from './output/error.js';
import { type CommonOptions, coloured } from './session.js';
import { paint } from './text.js';

/** Tells of an error, in words on stderr or as JSON on stdout; returns the exit code that it leads to. */
export function report(context: Context, options: CommonOptions, error: unknown): number {
  const exitCode = exitCodeOf(error);
  const logFile = error instanceof VerifierError ? saveLog(error.log) : undefined;
  if (options.json) {
    const output: ErrorOutput = {
      version: 1,
      error: { ...describe(error, options), exitCode, ...(logFile ? { logFile } : {}) },
    };
    context.stdout.write(`${JSON.stringify(output, null, 2)}\n`);
    return exitCode;
  }
  const style = paint(coloured(context.stderr, context.env));
  const say = (text: string) => context.stderr.write(`${text}\n`);
  say(`${style.red('snatkit:')} ${isBug(error) ? 'a fault in snatkit: ' : ''}${wordsOf(error)}`);
  if (error instanceof VerifierError && options.verbose) say(error.log.trimEnd());
  if (logFile) say(`the verifier's whole log is in ${logFile}`);
  if (isBug(error) && options.verbose && error instanceof Error && error.stack) say(error.stack);
  return exitCode;
}

function describe(error: unknown, options: CommonOptions): Omit<ErrorOutput['error'], 'exitCode'> {
  const base = { name: error instanceof Error ? error.name : 'Error', message: wordsOf(error) };
  if (error instanceof ConfigError) return { ...base, issues: error.issues.map((issue) => ({ ...issue })) };
  if (error instanceof CompileError) return { ...base, diagnostics: error.diagnostics.map((d) => ({ ...d })) };
  if (error instanceof VerifierError && options.verbose) return { ...base, log: error.log };
  return base;
}

/** Errors that know what they lead to carry it; anything else failed. */
function exitCodeOf(error: unknown): number {
  const code = (error as { exitCode?: unknown } | undefined)?.exitCode;
  return typeof code === 'number' ? code : ExitCode.failed;
}

/** What no input and no machine should bring about. */
const isBug = (error: unknown): boolean =>
  [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function saveLog(log: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'snatkit-verifier-')), 'verifier.log');
  writeFileSync(file, log);
  return file;
}
