// SPDX-License-Identifier: Apache-2.0
/** Process exit codes of the CLI; each error class carries the one it leads to. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  unsupported: 3,
  notRunning: 4,
  degraded: 5,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** One problem in user input: where it is, what was expected there, what came. */
export interface ConfigIssue {
  /** Dotted path of the field, e.g. `podCIDRs[1]`; empty for the document itself. */
  readonly path: string;
  readonly expected: string;
  readonly received: string;
  /** What to do about it, where more than the expectation can be said. */
  readonly hint?: string;
}

export abstract class SnatError extends Error {
  abstract readonly exitCode: ExitCode;
  override get name(): string {
    return this.constructor.name;
  }
}

/** The configuration is wrong; `issues` holds every problem found, not only the first. */
export class ConfigError extends SnatError {
  readonly exitCode = ExitCode.usage;
  constructor(
    readonly issues: readonly ConfigIssue[],
    readonly source = 'configuration',
  ) {
    super(
      `${source}: ${issues.length} ${issues.length === 1 ? 'problem' : 'problems'}\n${issues
        .map(
          (i) =>
            `  ${i.path || '(document)'}: expected ${i.expected}, received ${i.received}${i.hint ? ` — ${i.hint}` : ''}`,
        )
        .join('\n')}`,
    );
  }
}

export interface Diagnostic {
  /** File as the compiler names it, relative to the package root where it is ours. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
}

/** clang refused the unit, or there is no usable clang (then `diagnostics` is empty). */
export class CompileError extends SnatError {
  readonly exitCode = ExitCode.failed;
  constructor(
    message: string,
    readonly diagnostics: readonly Diagnostic[] = [],
  ) {
    super(message);
  }
}

/** The kernel's verifier refused a program; `log` is its whole log. */
export class VerifierError extends SnatError {
  readonly exitCode = ExitCode.failed;
  constructor(
    /** The verifier's own last words, one line. */
    readonly summary: string,
    readonly log: string,
    /** Source line the log last named, `file:line`, when the object has line info. */
    readonly at: string | undefined,
  ) {
    super(`the kernel's verifier refused the program: ${summary}${at ? ` (at ${at})` : ''}`);
  }
}

/** The kernel, a library or a privilege lacks what was asked for. */
export class UnsupportedError extends SnatError {
  readonly exitCode = ExitCode.unsupported;
  constructor(
    readonly feature: string,
    /** What is needed, e.g. `kernel 6.6` or `CAP_BPF`. */
    readonly since: string,
    /** What is there. */
    readonly found: string,
    hint?: string,
  ) {
    super(`${feature} needs ${since}, found ${found}${hint ? `; ${hint}` : ''}`);
  }
}

/** A system call failed. `errno` is its name (`EPERM`), `operation` says what was being done, on what. */
export class KernelError extends SnatError {
  get exitCode(): ExitCode {
    return this.errno === 'EPERM' || this.errno === 'EACCES' ? ExitCode.unsupported : ExitCode.failed;
  }
  constructor(
    readonly operation: string,
    readonly errno: string,
    detail?: string,
  ) {
    super(`${operation}: ${errno}${detail ? ` (${detail})` : ''}`);
  }
}

export type StateReason =
  | 'not-running'
  | 'already-running'
  | 'busy'
  | 'conflict'
  | 'closed'
  | 'incompatible'
  | 'degraded'
  | 'no-address'
  | 'no-device';

/** The instance is not in a state in which the operation makes sense. */
export class StateError extends SnatError {
  get exitCode(): ExitCode {
    if (this.reason === 'not-running') return ExitCode.notRunning;
    return this.reason === 'degraded' ? ExitCode.degraded : ExitCode.failed;
  }
  constructor(
    readonly reason: StateReason,
    message: string,
  ) {
    super(message);
  }
}
