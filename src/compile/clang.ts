// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { CompileError } from '../errors.js';

const run = promisify(execFile);

/** The oldest clang whose BPF backend knows BTF decl tags. */
export const OLDEST_CLANG = 14;

export interface Clang {
  readonly path: string;
  /** First line of `clang --version`: part of an object's identity. */
  readonly version: string;
  readonly major: number;
}

const executable = (path: string) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** `clang` and every `clang-N` on PATH, the plain name first, then newest first. */
function candidates(path: string): string[] {
  const names = new Map<number, string>();
  let plain: string | undefined;
  for (const directory of path.split(delimiter).filter(Boolean)) {
    let entries: string[] = [];
    try {
      entries = readdirSync(directory);
    } catch {}
    for (const name of entries) {
      const match = /^clang(?:-(\d+))?$/.exec(name);
      const file = join(directory, name);
      if (!match || !executable(file)) continue;
      if (match[1] === undefined) plain ??= file;
      else if (!names.has(Number(match[1]))) names.set(Number(match[1]), file);
    }
  }
  return [...(plain ? [plain] : []), ...[...names].sort(([a], [b]) => b - a).map(([, file]) => file)];
}

async function identify(path: string): Promise<Clang | undefined> {
  try {
    const { stdout } = await run(path, ['--version']);
    const version = stdout.split('\n', 1)[0] ?? '';
    const major = Number(/version (\d+)/.exec(version)?.[1]);
    return Number.isInteger(major) ? { path, version, major } : undefined;
  } catch {
    return undefined;
  }
}

/** Every clang on PATH, usable or not; one entry a version. */
export async function findClangs(path = process.env.PATH ?? ''): Promise<Clang[]> {
  const found = await Promise.all(candidates(path).map(identify));
  const byVersion = new Map<string, Clang>();
  for (const clang of found) if (clang && !byVersion.has(clang.version)) byVersion.set(clang.version, clang);
  return [...byVersion.values()];
}

/**
 * The clang to use: `SNATKIT_CLANG` where set, else `clang`, else the newest `clang-N`.
 * @throws CompileError when there is none of version 14 or newer; the message says how to get one.
 */
export async function findClang(env: NodeJS.ProcessEnv = process.env): Promise<Clang> {
  const install = 'install one with: apt-get install clang';
  if (env.SNATKIT_CLANG) {
    const chosen = await identify(env.SNATKIT_CLANG);
    if (chosen && chosen.major >= OLDEST_CLANG) return chosen;
    throw new CompileError(
      `SNATKIT_CLANG is ${env.SNATKIT_CLANG}, which is ${chosen ? chosen.version : 'no clang that runs'}; clang ${OLDEST_CLANG} or newer is needed; ${install}`,
    );
  }
  const all = await findClangs(env.PATH ?? '');
  const usable = all.find((c) => c.major >= OLDEST_CLANG);
  if (usable) return usable;
  const found = all.length ? `found only ${all.map((c) => c.version).join(', ')}` : 'found none on PATH';
  throw new CompileError(`clang ${OLDEST_CLANG} or newer is needed to compile, ${found}; ${install}`);
}
