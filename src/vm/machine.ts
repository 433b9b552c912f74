// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { KernelError } from '../errors.js';
import { PORTS, type Port } from './guest.js';
import type { Tools } from './tools.js';

/** A process that dies with us, and that the terminal's Ctrl-C does not reach: the order of the end is ours. */
export function startChild(tools: Tools, command: string, args: readonly string[]): ChildProcess {
  const whole = tools.setpriv ? [tools.setpriv, '--pdeathsig', 'KILL', command, ...args] : [command, ...args];
  return spawn(whole[0] as string, whole.slice(1), { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Resolves when the process is gone; never rejects. */
export const ended = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit ${code}`));
  });

/** The last part of what is written to a stream. */
export class Tail {
  private text = '';
  constructor(stream: NodeJS.ReadableStream | null, limit = 1 << 16) {
    stream?.on('data', (bytes: Buffer) => {
      this.text = (this.text + bytes.toString()).slice(-limit);
    });
  }
  lines(count: number): string {
    return lastLines(this.text, count);
  }
  /** Of a kernel's console: the panic and what came before it, or else the end. */
  lastWords(): string {
    const panic = /Kernel panic.*/.exec(this.text);
    return panic ? `${lastLines(this.text.slice(0, panic.index), 12)}\n${panic[0]}` : lastLines(this.text, 15);
  }
  toString(): string {
    return this.text;
  }
}

const lastLines = (text: string, count: number): string =>
  text.replaceAll('\r', '').trimEnd().split('\n').slice(-count).join('\n');

/** Debian 12's virtiofsd is written in C and knows only options after -o; its successors in Rust have grown some. Pure. */
export function virtiofsdArguments(help: string, folder: string, writable: boolean): string[] {
  const cache = writable ? 'auto' : 'always';
  if (!help.includes('--shared-dir'))
    return ['-o', `source=${folder}`, '-o', `cache=${cache}`, '-o', 'sandbox=chroot', '-o', 'no_posix_lock'];
  // An announced submount cannot be mounted over through an overlay ("Object is remote").
  const optional = ['--no-announce-submounts', ...(writable ? [] : ['--readonly'])].filter((o) => help.includes(o));
  return ['--shared-dir', folder, '--cache', cache, '--sandbox', 'chroot', ...optional];
}

/** Starts virtiofsd for a folder of the host and waits until qemu may connect. */
export async function startVirtiofsd(
  tools: Tools,
  folder: string,
  socket: string,
  writable: boolean,
): Promise<ChildProcess> {
  const args = virtiofsdArguments(execFileSync(tools.virtiofsd, ['--help'], { encoding: 'utf8' }), folder, writable);
  const child = startChild(tools, tools.virtiofsd, [`--socket-path=${socket}`, ...args]);
  const said = new Tail(child.stderr);
  const listening = new Promise<true>((resolve) => {
    child.stderr?.on('data', () => {
      if (/Waiting for vhost-user socket connection/.test(said.toString())) resolve(true);
    });
  });
  const outcome = await Promise.race([listening, ended(child)]);
  if (outcome !== true) throw new KernelError(`virtiofsd for ${folder}`, outcome, said.lines(3));
  return child;
}

/** A UNIX socket for each of the guest's ports. */
export async function listenPorts(
  folder: string,
  onConnection: (port: Port, socket: Socket) => void,
): Promise<Server[]> {
  return Promise.all(
    PORTS.map(
      (port) =>
        new Promise<Server>((resolve, reject) => {
          const server = createServer((socket) => onConnection(port, socket));
          server.once('error', reject);
          server.listen(`${folder}/${port}`, () => resolve(server));
        }),
    ),
  );
}

export interface QemuOptions {
  readonly kernel: string;
  readonly initrd: string;
  /** As qemu takes it, e.g. `2G`. */
  readonly memory: string;
  /** Folder of the ports' sockets. */
  readonly ports: string;
  /** Tag and socket of each virtiofs device. */
  readonly shares: readonly { readonly tag: string; readonly socket: string }[];
}

/** One processor, because that boots faster than two; emulated, because nested virtualisation is seldom to be had. */
export function qemuArguments(options: QemuOptions): string[] {
  const { memory, ports, shares } = options;
  return [
    ...['-machine', 'q35', '-accel', 'tcg', '-cpu', 'max', '-smp', '1', '-m', memory],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
    ...['-kernel', options.kernel, '-initrd', options.initrd],
    ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on'],
    // virtiofsd reads and writes the guest's memory.
    ...['-object', `memory-backend-memfd,id=mem,size=${memory},share=on`, '-numa', 'node,memdev=mem'],
    ...shares.flatMap(({ tag, socket }) => [
      ...['-chardev', `socket,id=${tag},path=${socket}`],
      ...['-device', `vhost-user-fs-pci,chardev=${tag},tag=${tag},queue-size=1024`],
    ]),
    ...['-device', 'virtio-serial-pci'],
    ...PORTS.flatMap((port, i) => [
      ...['-chardev', `socket,id=${port},path=${ports}/${port}`],
      ...['-device', `virtserialport,chardev=${port},nr=${i + 1}`],
    ]),
  ];
}
