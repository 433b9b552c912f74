// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { KernelError, StateError, type StateReason, UnsupportedError, VerifierError } from '../errors.js';
import { packageRoot } from '../package.js';
import type { Native } from './types.js';
import { readVerifierLog } from './verifier-log.js';

export * from './types.js';

/** How the addon makes its errors: it throws nothing that these did not return, besides TypeError and RangeError. */
interface ErrorFactories {
  kernel(operation: string, errno: string, detail: string): KernelError;
  state(reason: StateReason, message: string): StateError;
  verifier(program: string, log: string, cut: boolean): VerifierError;
}

type Addon = Native & { initialize(factories: ErrorFactories): void };

const factories: ErrorFactories = {
  kernel: (operation, errno, detail) => new KernelError(operation, errno, detail),
  state: (reason, message) => new StateError(reason, message),
  verifier: (program, log, cut) => {
    const { summary, at } = readVerifierLog(log);
    const words = cut ? `${summary} (the log was cut at 64 MiB)` : summary;
    return new VerifierError(`${program}: ${words}`, log, at);
  },
};

let loaded: Native | undefined;

/**
 * The addon, loaded at the first call.
 *
 * @throws UnsupportedError when it was not built, or when libbpf is not installed; nothing else in snatkit loads it.
 */
export function native(): Native {
  loaded ??= load(join(packageRoot, 'native', 'build', 'Release', 'snatkit.node'));
  return loaded;
}

/** Loads the addon from a path; `native()` is what users call. */
export function load(path: string): Native {
  if (!existsSync(path)) {
    throw new UnsupportedError('reaching the kernel', `the addon ${path}`, 'no such file', 'run `make build`');
  }
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    throw explain(path, error);
  }
  addon.initialize(factories);
  return addon;
}

function explain(path: string, error: unknown): UnsupportedError {
  const words = error instanceof Error ? error.message : String(error);
  if (words.includes('libbpf.so')) {
    return new UnsupportedError('the addon', 'libbpf.so.1', 'none', 'run `apt-get install libbpf1`');
  }
  return new UnsupportedError('the addon', `a loadable ${path}`, words, 'run `make build` on this machine');
}
