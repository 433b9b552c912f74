// SPDX-License-Identifier: Apache-2.0
import { rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Snat, StateError } from '../index.js';
import { cleanKeptLabs, LAB_ROOT, LabDirectory, sweepLabs } from './registry.js';

export interface LabOptions {
  /** Leave everything up at the end; `cleanLabs` removes it. Default false. */
  readonly keep?: boolean;
  /** Told what is being done, for a person to read. */
  readonly onProgress?: (message: string) => void;
  /** Ends the run early, with everything removed; the run then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface LabSession {
  readonly lab: LabDirectory;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
  /** Ends the run as failed: for what happens outside of the work's own awaits, such as a child's death. */
  fail(reason: unknown): void;
}

/** The run was ended by a signal and has been cleaned up. `exitCode` is the shell's 128 + signal number. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly exitCode: number;
  constructor(readonly received: NodeJS.Signals) {
    super(`ended by ${received}; everything was removed`);
    this.exitCode = SIGNALS[received] ?? 1;
  }
}

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * Does work that makes namespaces, processes and programs, and removes all of them afterwards: after success, failure,
 * Ctrl-C, SIGTERM, an uncaught exception. Before, it removes what runs left that were killed.
 */
export async function withLab<T>(
  scenario: string,
  options: LabOptions,
  work: (session: LabSession) => Promise<T>,
): Promise<T> {
  const progress = options.onProgress ?? (() => {});
  const controller = new AbortController();
  const interrupt = (received: NodeJS.Signals) => controller.abort(new InterruptedError(received));
  const fail = (reason: unknown) => controller.abort(reason);
  const follow = () => controller.abort(options.signal?.reason);
  for (const name of Object.keys(SIGNALS)) process.on(name, interrupt);
  process.on('uncaughtException', fail);
  options.signal?.addEventListener('abort', follow, { once: true });
  try {
    options.signal?.throwIfAborted();
    const swept = await sweepLabs(stopInstance);
    for (const id of swept) progress(`removed what run ${id} had left when it was killed`);
    return await inLab(scenario, options, { signal: controller.signal, progress, fail }, work);
  } finally {
    for (const name of Object.keys(SIGNALS)) process.off(name, interrupt);
    process.off('uncaughtException', fail);
    options.signal?.removeEventListener('abort', follow);
  }
}

async function inLab<T>(
  scenario: string,
  options: LabOptions,
  rest: Omit<LabSession, 'lab'>,
  work: (session: LabSession) => Promise<T>,
): Promise<T> {
  const lab = LabDirectory.create(scenario);
  let keep = false;
  try {
    const result = await work({ lab, ...rest });
    rest.signal.throwIfAborted();
    keep = options.keep ?? false;
    if (keep) lab.keep();
    return result;
  } catch (error) {
    // What made the work fail is often only a consequence of why it was to end.
    throw rest.signal.aborted ? rest.signal.reason : error;
  } finally {
    if (!keep) {
      await lab.clean(stopInstance);
      removeEmptyRoot();
    }
  }
}

/**
 * Removes labs that were left up with `keep`, and what killed runs left. Runs in progress are not touched.
 * @returns the ids of the runs that were removed.
 */
export async function cleanLabs(): Promise<string[]> {
  const ids = await cleanKeptLabs(stopInstance);
  removeEmptyRoot();
  return ids;
}

async function stopInstance(name: string): Promise<void> {
  try {
    await (await Snat.open({ name })).stop();
  } catch (error) {
    if (!(error instanceof StateError && error.reason === 'not-running')) throw error;
  }
}

function removeEmptyRoot(): void {
  for (const path of [LAB_ROOT, dirname(LAB_ROOT)]) {
    try {
      rmdirSync(path);
    } catch {
      // Other runs, or other instances' locks, are there.
      return;
    }
  }
}
