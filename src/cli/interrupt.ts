// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:os';
import type { Session } from './session.js';

/** A signal came while something was being done that is done whole or not at all, and now it is not. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** As a shell reports a process that a signal ended. */
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals, outcome: string, options?: ErrorOptions) {
    super(`ended by ${signal}: ${outcome}`, options);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Does what must be whole or undone, and holds signals back meanwhile: a death in the middle would leave a half-made
 * instance. The caller is told of a signal that came before the work was done.
 * @throws Interrupted when the work failed after a signal, which often also reached its children.
 */
export async function whole<T>(session: Session, work: () => Promise<T>) {
  let signal: NodeJS.Signals | undefined;
  const restore = session.context.onInterrupt((received) => {
    signal ??= received;
  });
  try {
    const result = await work();
    return { result, signal };
  } catch (error) {
    if (!signal) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new Interrupted(signal, `nothing was changed (${words})`, { cause: error });
  } finally {
    restore();
  }
}
