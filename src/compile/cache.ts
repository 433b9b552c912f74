// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `/var/cache/snatkit` for root, the user's cache folder for others. */
export function defaultCacheDir(): string {
  if (process.getuid?.() === 0) return '/var/cache/snatkit';
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'snatkit');
}

/** What is loaded into the kernel must come from nobody else: ours, and writable by nobody else. */
const trusted = (path: string) => {
  const s = lstatSync(path);
  return !s.isSymbolicLink() && s.uid === process.getuid?.() && (s.mode & 0o022) === 0;
};

/** Compiled objects by the hash of all that went into them. A folder that cannot be used costs time, never correctness. */
export class ObjectCache {
  constructor(private readonly dir: string) {}

  get(hash: string): Buffer | undefined {
    const file = this.file(hash);
    try {
      if (!trusted(this.dir) || !trusted(file)) return undefined;
      const bytes = readFileSync(file);
      const sum = bytes.subarray(0, 32);
      const object = bytes.subarray(32);
      return createHash('sha256').update(object).digest().equals(sum) ? object : undefined;
    } catch {
      return undefined;
    }
  }

  put(hash: string, object: Buffer): void {
    const file = this.file(hash);
    const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
    try {
      mkdirSync(this.dir, { recursive: true, mode: 0o700 });
      if (!trusted(this.dir)) return;
      const sum = createHash('sha256').update(object).digest();
      writeFileSync(temporary, Buffer.concat([sum, object]), { mode: 0o600, flag: 'wx' });
      renameSync(temporary, file);
    } catch {
      try {
        rmSync(temporary, { force: true });
      } catch {}
    }
  }

  private file(hash: string): string {
    return join(this.dir, `${hash}.o`);
  }
}
