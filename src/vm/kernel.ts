// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UnsupportedError } from '../errors.js';
import { archiveSource, PrivateApt } from './apt.js';
import { type CatalogueKernel, choosePackages, KERNELS } from './catalogue.js';
import { type CpioEntry, cpio } from './cpio.js';
import { GUEST_MODULES, ModuleTree } from './modules.js';

const exec = promisify(execFile);

/** A kernel that lies in the cache. */
export interface CachedKernel {
  readonly name: string;
  /** What `uname -r` says in the guest. */
  readonly release: string;
  /** Debian's version of the package. */
  readonly version: string;
  readonly folder: string;
}

export interface FetchOptions {
  /** Default `/var/cache/snatkit`. */
  readonly cache: string;
  readonly onProgress?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const folderOf = (cache: string, name: string) => join(cache, 'kernels', name);

/** The cached kernel of a name; undefined when it has not been fetched. */
export function cachedKernel(cache: string, name: string): CachedKernel | undefined {
  const folder = folderOf(cache, name);
  try {
    const { release, version } = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8'));
    return { name, release, version, folder };
  } catch {
    return undefined;
  }
}

/** Every kernel of the catalogue, with what of it is in the cache. */
export const listKernels = (cache: string): { kernel: CatalogueKernel; cached: CachedKernel | undefined }[] =>
  KERNELS.map((kernel) => ({ kernel, cached: cachedKernel(cache, kernel.name) }));

/** The kernel from the cache, else from a Debian mirror. @throws UnsupportedError without a mirror, KernelError when apt fails. */
export async function fetchKernel(kernel: CatalogueKernel, options: FetchOptions): Promise<CachedKernel> {
  const found = cachedKernel(options.cache, kernel.name);
  if (found) return found;
  if (process.arch !== 'x64') throw new UnsupportedError('fetching a kernel', 'an amd64 machine', process.arch);
  const source = archiveSource(kernel.archive);
  const work = mkdtempSync(join(tmpdir(), 'snatkit-kernel-'));
  try {
    chmodSync(work, 0o755); // apt's own user reads it.
    const apt = new PrivateApt(work, source, kernel.suite, options.signal);
    options.onProgress?.(`reading the package index of ${kernel.suite}`);
    await apt.update();
    const packages = choosePackages(await apt.packages('linux-'), kernel.series);
    const [first] = packages;
    if (first === undefined)
      throw new UnsupportedError(`kernel ${kernel.name}`, `a cloud build in Debian ${kernel.suite}`, 'none any more');
    const version = await apt.version(first);
    options.onProgress?.(`downloading ${packages.join(' and ')} ${version}`);
    const debs = await apt.download(packages);
    options.onProgress?.(`unpacking ${first}`);
    return await unpack(kernel.name, version, debs, options);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Whole or not at all: under another name until everything is inside. */
async function unpack(
  name: string,
  version: string,
  debs: readonly string[],
  options: FetchOptions,
): Promise<CachedKernel> {
  const folder = folderOf(options.cache, name);
  mkdirSync(join(folder, '..'), { recursive: true, mode: 0o700 });
  const nascent = mkdtempSync(`${folder}.`);
  try {
    const root = join(nascent, 'root');
    for (const deb of debs)
      await exec('dpkg-deb', ['--extract', deb, root], options.signal ? { signal: options.signal } : {});
    const image = readdirSync(join(root, 'boot')).find((file) => file.startsWith('vmlinuz-'));
    if (!image) throw new UnsupportedError(`kernel ${name}`, 'a vmlinuz in its package', 'none');
    const release = image.slice('vmlinuz-'.length);
    const modules = ['usr/lib/modules', 'lib/modules'].map((sub) => join(root, sub, release)).find(existsSync);
    if (!modules) throw new UnsupportedError(`kernel ${name}`, 'modules in its package', 'none');
    renameSync(join(root, 'boot', image), join(nascent, 'vmlinuz'));
    cpSync(modules, join(nascent, 'modules'), { recursive: true, dereference: false });
    rmSync(root, { recursive: true });
    writeFileSync(join(nascent, 'kernel.json'), `${JSON.stringify({ release, version })}\n`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(nascent, folder);
    return { name, release, version, folder };
  } finally {
    rmSync(nascent, { recursive: true, force: true });
  }
}

/** The part of the initramfs that is the same for every boot: busybox and the modules. Kept beside the kernel. */
export function baseInitramfs(kernel: CachedKernel, busybox: string): Buffer {
  const shell = readFileSync(busybox);
  const key = createHash('sha256').update(GUEST_MODULES.join()).update(shell).digest('hex').slice(0, 16);
  const file = join(kernel.folder, `initramfs-${key}.cpio`);
  if (existsSync(file)) return readFileSync(file);
  const tree = new ModuleTree(join(kernel.folder, 'modules'));
  const order = tree.order(GUEST_MODULES);
  const entries: CpioEntry[] = [
    { path: 'bin' },
    { path: 'bin/busybox', data: shell },
    { path: 'modules' },
    { path: 'modules/order', data: `${order.join('\n')}\n` },
    ...order.map((name) => ({ path: `modules/${name}.ko`, data: tree.read(name) as Buffer })),
  ];
  const archive = cpio(entries);
  const nascent = `${file}.${process.pid}`;
  writeFileSync(nascent, archive);
  renameSync(nascent, file);
  return archive;
}
