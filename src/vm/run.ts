// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KernelError, UnsupportedError } from '../errors.js';
import { resolvePaths } from '../runtime/paths.js';
import { findKernel } from './catalogue.js';
import { cpio } from './cpio.js';
import { commandScript, INIT, mainScript, type Port, ROOT_TAG, shareTag } from './guest.js';
import { baseInitramfs, type CachedKernel, fetchKernel } from './kernel.js';
import { ended, listenPorts, qemuArguments, startChild, startVirtiofsd, Tail } from './machine.js';
import { findTools, type Tools } from './tools.js';

export interface VmOptions {
  /** A name of the catalogue, e.g. `6.1`. */
  readonly kernel: string;
  /** Program and arguments, from the host's own files. */
  readonly command: readonly string[];
  /** Default: this process's. */
  readonly cwd?: string;
  /** The whole environment of the command. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds from the start of qemu to the end of the command. Default 10 minutes. */
  readonly timeoutMs?: number;
  /** As qemu takes it. Default `2G`. */
  readonly memory?: string;
  /** Folders whose changes come back; everything else that the guest writes is forgotten. */
  readonly shares?: readonly string[];
  /** Folder of downloaded kernels. Default `/var/cache/snatkit`. */
  readonly cache?: string;
  readonly onProgress?: (message: string) => void;
  readonly onOutput?: (stream: 'stdout' | 'stderr', bytes: Buffer) => void;
  /** Ends the machine; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface VmResult {
  readonly kernel: CachedKernel;
  /** The command's, as a shell reports it: 128 + n when signal n ended it, 126 or 127 when it could not be run. */
  readonly exitCode: number;
  /** Milliseconds from the start of qemu to the command's. */
  readonly bootMs: number;
  /** Milliseconds from then to the end of the command. */
  readonly runMs: number;
}

/** Names a run's folder, together with the process that made it. */
const FOLDER = 'snatkit-vm-';

/**
 * Boots a Debian kernel under qemu with the host's files (read-only, changes go to memory), runs one command as root
 * and ends. Nothing is left behind whatever happens.
 * @throws UnsupportedError when qemu or a mirror is missing, KernelError when the guest does not come to its end.
 */
export async function runInVm(options: VmOptions): Promise<VmResult> {
  options.signal?.throwIfAborted();
  if (process.getuid?.() !== 0)
    throw new UnsupportedError('a virtual machine on the host’s files', 'root', 'another user');
  const tools = findTools();
  const { cache, ...paths } = resolvePaths(options.cache === undefined ? {} : { cache: options.cache });
  const { onProgress, signal } = options;
  const kernel = await fetchKernel(findKernel(options.kernel), { cache, onProgress, signal });
  sweep();
  const folder = mkdtempSync(join(tmpdir(), `${FOLDER}${process.pid}-`));
  const running: { children: ChildProcess[]; servers: Server[] } = { children: [], servers: [] };
  try {
    const shares = [...new Set((options.shares ?? []).map((path) => realpathSync(path)))];
    const script = mainScript({ shares, masked: [paths.state] });
    const env = Object.fromEntries(
      Object.entries(options.env ?? process.env).filter((e): e is [string, string] => e[1] !== undefined),
    );
    const command = commandScript({ command: options.command, cwd: options.cwd ?? process.cwd(), env });
    writeFileSync(join(folder, 'initrd'), initrd(kernel, tools, { main: script, command }));
    onProgress?.(`booting ${kernel.release}`);
    return await boot({ ...options, kernel, tools, folder, shares, running });
  } finally {
    await Promise.all(running.children.map(end));
    for (const server of running.servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes the files of those who were killed; their processes died with them. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const maker = name.startsWith(FOLDER) && /^(\d+)-/.exec(name.slice(FOLDER.length))?.[1];
    if (maker && !existsSync(`/proc/${maker}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function initrd(kernel: CachedKernel, tools: Tools, job: Record<string, string>): Buffer {
  const files = Object.entries(job).map(([name, data]) => ({ path: `job/${name}`, data }));
  // Archives one after another are unpacked one after another.
  return Buffer.concat([
    baseInitramfs(kernel, tools.busybox),
    cpio([{ path: 'init', data: INIT }, { path: 'job' }, ...files]),
  ]);
}

interface BootOptions extends Omit<VmOptions, 'kernel' | 'shares'> {
  readonly kernel: CachedKernel;
  readonly tools: Tools;
  readonly folder: string;
  readonly shares: readonly string[];
  readonly running: { readonly children: ChildProcess[]; readonly servers: Server[] };
}

async function boot(options: BootOptions): Promise<VmResult> {
  const { tools, folder, kernel, running, signal } = options;
  const exported = [{ path: '/', tag: ROOT_TAG }, ...options.shares.map((path, i) => ({ path, tag: shareTag(i) }))];
  const shares: { tag: string; socket: string }[] = [];
  for (const { path, tag } of exported) {
    const socket = join(folder, tag);
    running.children.push(await startVirtiofsd(tools, path, socket, tag !== ROOT_TAG));
    shares.push({ tag, socket });
  }
  const control = new Control();
  const streams: Promise<void>[] = [];
  running.servers.push(
    ...(await listenPorts(folder, (port, socket) => {
      socket.on('error', () => {}); // qemu was ended.
      socket.on('data', (bytes) => receive(port, bytes, control, options));
      streams.push(new Promise((done) => socket.once('close', () => done())));
    })),
  );
  const memory = options.memory ?? '2G';
  const files = { kernel: join(kernel.folder, 'vmlinuz'), initrd: join(folder, 'initrd') };
  signal?.throwIfAborted();
  const began = performance.now();
  const qemu = startChild(tools, tools.qemu, qemuArguments({ ...files, memory, ports: folder, shares }));
  running.children.push(qemu);
  const consoleText = new Tail(qemu.stdout);
  const complaints = new Tail(qemu.stderr);
  const limit = options.timeoutMs ?? 600_000;
  const timer = setTimeout(() => qemu.kill('SIGKILL'), limit);
  const abort = () => qemu.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const how = await ended(qemu);
    await Promise.all(streams);
    if (control.exitCode !== undefined)
      return {
        kernel,
        exitCode: control.exitCode,
        bootMs: control.bootedAt - began,
        runMs: control.endedAt - control.bootedAt,
      };
    signal?.throwIfAborted();
    const what = `${control.bootedAt ? 'running the command' : 'booting'} in a guest with ${kernel.release}`;
    if (performance.now() - began >= limit)
      throw new KernelError(what, 'ETIMEDOUT', `not done after ${limit / 1000} s`);
    throw new KernelError(what, how, [complaints.lines(5), consoleText.lastWords()].filter(Boolean).join('\n'));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function receive(port: Port, bytes: Buffer, control: Control, options: BootOptions): void {
  if (port !== 'control') options.onOutput?.(port, bytes);
  else if (control.read(bytes)) options.onProgress?.(`booted`);
}

/** What the guest tells of itself, line by line. */
class Control {
  bootedAt = 0;
  endedAt = 0;
  exitCode: number | undefined;
  private text = '';

  /** True when the guest has come up with this. */
  read(bytes: Buffer): boolean {
    const before = this.bootedAt;
    this.text += bytes.toString();
    if (!this.bootedAt && /^booted .*\n/m.test(this.text)) this.bootedAt = performance.now();
    const exit = /^exit (\d+)\n/m.exec(this.text)?.[1];
    if (exit !== undefined && this.exitCode === undefined) {
      this.exitCode = Number(exit);
      this.endedAt = performance.now();
    }
    return before === 0 && this.bootedAt !== 0;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = ended(child);
  child.kill('SIGKILL');
  await gone;
}
