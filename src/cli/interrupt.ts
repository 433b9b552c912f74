// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:os';
import type { Session } from './session.js';

export interface Interrupted<T> {
  readonly result: T;
  readonly signal: NodeJS.Signals | undefined;
}

/**
 * Does what must be whole or undone, and holds signals back meanwhile: a death in the middle would leave a half-made
 * instance. The caller sees afterwards that a signal came.
 */
export async function whole<T>(session: Session, work: () => Promise<T>): Promise<Interrupted<T>> {
  let signal: NodeJS.Signals | undefined;
  const restore = session.context.onInterrupt((received) => {
    signal ??= received;
  });
  try {
    return { result: await work(), signal };
  } finally {
    restore();
  }
}

/** As a shell reports a process that a signal ended. */
export const signalExitCode = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];
