// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompileError } from '../errors.js';
import { packageRoot } from '../package.js';
import { defaultCacheDir, ObjectCache } from './cache.js';
import { type Clang, findClang } from './clang.js';
import { formatDiagnostic, parseDiagnostics } from './diagnostics.js';
import { clangFlags } from './flags.js';

export interface CompileOptions {
  /** Default: the one findClang() finds. */
  readonly clang?: Clang;
  /** Folder of compiled objects; `false` compiles always. Default `/var/cache/snatkit`. */
  readonly cache?: string | false;
  /** Folder that holds `snat/`; default: the package's. */
  readonly headers?: string;
}

export interface CompiledUnit {
  readonly object: Buffer;
  /** SHA-256 of unit, headers, flags and compiler, hex. */
  readonly hash: string;
  readonly cached: boolean;
  readonly clang: Clang;
}

/** The folder of the package's BPF headers. */
export const headersDir = join(packageRoot, 'bpf');

const headerTexts = (headers: string) =>
  readdirSync(join(headers, 'snat'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.h'))
    .sort()
    .map((name) => `${name}\n${readFileSync(join(headers, 'snat', name), 'utf8')}`);

/**
 * Compiles a unit to a BPF object; the same input gives the same bytes in every folder.
 * @throws CompileError with the diagnostics, or when no usable clang is found.
 */
export async function compileUnit(unit: string, options: CompileOptions = {}): Promise<CompiledUnit> {
  const clang = options.clang ?? (await findClang());
  const headers = options.headers ?? headersDir;
  const hash = createHash('sha256');
  for (const part of [unit, ...headerTexts(headers), ...clangFlags(''), clang.version])
    hash.update(`${Buffer.byteLength(part)}\n${part}`);
  const id = hash.digest('hex');
  const cache =
    options.cache === false ? undefined : new ObjectCache(join(options.cache ?? defaultCacheDir(), 'objects'));
  const found = cache?.get(id);
  if (found) return { object: found, hash: id, cached: true, clang };
  const object = await runClang(clang, unit, headers);
  cache?.put(id, object);
  return { object, hash: id, cached: false, clang };
}

/** The unit lies in a folder of its own under a fixed name, because that name is in the object's line info. */
async function runClang(clang: Clang, unit: string, headers: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'snatkit-'));
  try {
    writeFileSync(join(folder, 'snat.c'), unit);
    const args = [...clangFlags(headers), '-fno-color-diagnostics', '-c', 'snat.c', '-o', '-'];
    const { code, stdout, stderr } = await capture(clang.path, args, folder);
    if (code === 0) return stdout;
    const diagnostics = parseDiagnostics(stderr, headers);
    const errors = diagnostics.filter((d) => d.severity === 'error');
    throw new CompileError(
      errors.length
        ? `clang refused the unit:\n${errors.map((d) => `  ${formatDiagnostic(d)}`).join('\n')}`
        : `${clang.path} failed (exit ${code}): ${stderr.trim() || 'it said nothing'}`,
      diagnostics,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function capture(file: string, args: string[], cwd: string) {
  return new Promise<{ code: number | null; stdout: Buffer; stderr: string }>((resolve, reject) => {
    const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (b) => out.push(b));
    child.stderr.on('data', (b) => err.push(b));
    child.on('error', (e) => reject(new CompileError(`cannot run ${file}: ${e.message}`)));
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }));
  });
}
