// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { defaultCacheDir } from '../compile/cache.js';
import { ConfigError } from '../errors.js';
import type { Hook } from '../native/types.js';

/** Where an instance keeps its things. Each may be set, so that tests and unprivileged users have their own. */
export interface Paths {
  /** A BPF file system; mounted when it is not. Default `/sys/fs/bpf`. */
  readonly bpffs: string;
  /** Default `/var/lib/snatkit`. */
  readonly state: string;
  /** Default `/run/snatkit`. */
  readonly run: string;
  /** Default `/var/cache/snatkit`. */
  readonly cache: string;
}

export function resolvePaths(paths: Partial<Paths> = {}): Paths {
  return {
    bpffs: paths.bpffs ?? process.env.SNATKIT_BPFFS ?? '/sys/fs/bpf',
    state: paths.state ?? process.env.SNATKIT_STATE ?? '/var/lib/snatkit',
    run: paths.run ?? process.env.SNATKIT_RUN ?? '/run/snatkit',
    cache: paths.cache ?? process.env.SNATKIT_CACHE ?? defaultCacheDir(),
  };
}

/** @throws ConfigError unless the name is 1..64 letters, digits, `-` or `_` (it becomes a directory in three file systems). */
export function checkInstanceName(name: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
  throw new ConfigError(
    [{ path: 'name', expected: '1 to 64 letters, digits, "-" or "_"', received: JSON.stringify(name) }],
    'instance',
  );
}

/** bpffs forbids `.` in names, and device names may hold nearly anything: every other byte becomes `+` and two hex digits. */
export function escapePin(text: string): string {
  return [...Buffer.from(text)]
    .map((b) => {
      const c = String.fromCharCode(b);
      return /[A-Za-z0-9_-]/.test(c) ? c : `+${b.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

/** The files of one instance. */
export class InstancePaths {
  readonly pins: string;
  readonly stateDir: string;
  readonly stateFile: string;
  readonly lockFile: string;
  constructor(
    readonly base: Paths,
    readonly name: string,
  ) {
    this.pins = join(base.bpffs, 'snatkit', name);
    this.stateDir = join(base.state, name);
    this.stateFile = join(this.stateDir, 'state.json');
    this.lockFile = join(base.run, `${name}.lock`);
  }
  program(hook: Hook): string {
    return join(this.pins, 'programs', hook);
  }
  map(name: string): string {
    return join(this.pins, 'maps', name);
  }
  link(device: string, hook: Hook): string {
    return join(this.pins, 'links', `${escapePin(device)}-${hook}`);
  }
}
