// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Environment variable that every process of a lab carries, with the lab's id: how a later run knows it. */
export const LAB_MARK = 'SNATKIT_LAB';

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Ends the command with SIGTERM and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Resolve instead of rejecting when the command fails. Default false. */
  readonly allowFailure?: boolean;
}

/** A command of a lab could not be started, or failed; the message holds what it printed. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    readonly argv: readonly string[],
    readonly result: CommandResult,
  ) {
    const how = result.signal ? `ended by ${result.signal}` : `exit status ${result.status}`;
    super(`${argv.join(' ')}: ${how}${result.stderr.trim() ? `: ${result.stderr.trim()}` : ''}`);
  }
}

/** The environment for tools: unprivileged PATHs lack the directories where `ip`, `tc` and `mariadbd` live. */
export function toolEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`, ...extra };
}

/** Starts a process in a session of its own, so that a terminal's Ctrl-C reaches only us and the order of the end is ours. */
export function start(argv: readonly string[], options: SpawnOptions & { env?: NodeJS.ProcessEnv } = {}): ChildProcess {
  const [command, ...args] = argv;
  if (command === undefined) throw new TypeError('empty command');
  return spawn(command, args, { ...options, detached: true, env: toolEnvironment(definedOnly(options.env)) });
}

/**
 * Runs a command to its end and returns what it printed.
 * @throws CommandError when it fails (unless `allowFailure`), the signal's reason when aborted.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const child = start(argv, { stdio: 'pipe', env: { ...options.env }, ...(options.cwd ? { cwd: options.cwd } : {}) });
  const stop = () => child.kill('SIGTERM');
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    const out = collect(child.stdout);
    const err = collect(child.stderr);
    const ended = exitOf(child, argv);
    // A command may well end without reading its input.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
    const result = { ...(await ended), stdout: await out, stderr: await err };
    options.signal?.throwIfAborted();
    if (result.status !== 0 && !options.allowFailure) throw new CommandError(argv, result);
    return result;
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

function exitOf(child: ChildProcess, argv: readonly string[]) {
  return new Promise<{ status: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`${argv[0]} is not installed; run scripts/setup.sh demo`) : error),
    );
    child.once('close', (status, signal) => resolve({ status, signal }));
  });
}

async function collect(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (!stream) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function definedOnly(env: NodeJS.ProcessEnv = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** When a process started, in clock ticks since boot (field 22 of proc(5) stat); undefined when there is no such process. */
export function startTimeOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** Processes that carry the lab's mark, this one excepted. */
export function markedProcesses(labId: string): number[] {
  const mark = `${LAB_MARK}=${labId}`;
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
      } catch {
        return false;
      }
    });
}

/** Ends every process of a lab: SIGTERM, and SIGKILL for those still there after `graceMs`. Resolves when all are gone. */
export async function endMarkedProcesses(labId: string, graceMs = 2000): Promise<void> {
  const deadline = Date.now() + graceMs;
  const asked = new Set<number>();
  for (;;) {
    const pids = markedProcesses(labId);
    if (pids.length === 0) return;
    for (const pid of pids) {
      if (Date.now() >= deadline) signalProcess(pid, 'SIGKILL');
      else if (!asked.has(pid)) signalProcess(pid, 'SIGTERM');
      asked.add(pid);
    }
    // The kernel offers no event for the end of a process that is not our child.
    await delay(10);
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
