// SPDX-License-Identifier: Apache-2.0
/** Parts of the addon's tests: small BPF programs, namespaces, private BPF file systems, descriptor counts. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findClang } from '../../src/compile/clang.js';
import { StateError } from '../../src/errors.js';
import { type BpfObject, native } from '../../src/native/index.js';
import { packageRoot } from '../../src/package.js';

/** What of a tap test these need. */
interface Test {
  teardown(fn: () => void): void;
}

const clang = await findClang();
const multiarch: Partial<Record<NodeJS.Architecture, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
const objects = new Map<string, Buffer>();

/** The object of bpf/test/NAME.c. */
export function compiled(name: string): Buffer {
  const known = objects.get(name);
  if (known) return known;
  const folder = mkdtempSync(join(tmpdir(), 'snatkit-native-'));
  try {
    const out = join(folder, `${name}.o`);
    const include = `/usr/include/${multiarch[process.arch] ?? process.arch}`;
    const source = join(packageRoot, 'bpf', 'test', `${name}.c`);
    const flags = ['-O2', '-g', '-target', 'bpf', '-Wall', '-Werror', '-Wno-unused-function', '-Wno-unused-variable'];
    execFileSync(clang.path, [...flags, `-I${include}`, '-c', source, '-o', out], { stdio: 'pipe' });
    const bytes = readFileSync(out);
    objects.set(name, bytes);
    return bytes;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** bpf/test/sample.c, loaded; closed with the test. */
export async function loadSample(t: Test, verdict?: number): Promise<BpfObject> {
  const object = native().openObject(compiled('sample'), 'sample');
  t.teardown(() => object.close());
  if (verdict !== undefined) object.setVariable('sample_verdict', u32(verdict));
  await object.load();
  return object;
}

export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' });
}

export interface TestNamespace {
  readonly name: string;
  /** Its path under /run/netns. */
  readonly netns: string;
  /** Of `left`, 10.9.0.1/24, whose peer `right` has 10.9.0.2/24 in a second namespace. */
  readonly ifindex: number;
  /** Runs a command inside; /sys stays as it is. */
  exec(command: string, ...args: string[]): string;
  /** Sends five datagrams to the peer; how many the device was given to transmit. */
  transmits(): number;
}

/** Two namespaces joined by a veth pair without IPv6, so that nothing but the test sends; removed with the test. */
export function makeNamespace(t: Test): TestNamespace {
  const name = `snn${randomBytes(4).toString('hex')}`;
  const peer = `${name}p`;
  for (const each of [name, peer]) {
    run('ip', 'netns', 'add', each);
    t.teardown(() => run('ip', 'netns', 'delete', each));
  }
  run('ip', '-n', name, 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right', 'netns', peer);
  for (const [namespace, device, address] of [
    [name, 'left', '10.9.0.1/24'],
    [peer, 'right', '10.9.0.2/24'],
  ] as const) {
    run('nsenter', `--net=/run/netns/${namespace}`, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
    run('ip', '-n', namespace, 'address', 'add', address, 'dev', device);
    run('ip', '-n', namespace, 'link', 'set', device, 'up');
  }
  const netns = `/run/netns/${name}`;
  const ifindex = native()
    .interfaces({ netns })
    .find((each) => each.name === 'left')?.index;
  if (ifindex === undefined) throw new Error('the namespace has no device');
  const exec = (command: string, ...args: string[]) => run('nsenter', `--net=${netns}`, command, ...args);
  exec('ip', 'neighbour', 'replace', '10.9.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'left', 'nud', 'permanent');
  const transmitted = () => JSON.parse(exec('ip', '-s', '-j', 'link', 'show', 'left'))[0].stats64.tx.packets as number;
  const transmits = () => {
    const before = transmitted();
    exec('bash', '-c', 'for i in 1 2 3 4 5; do echo datagram > /dev/udp/10.9.0.2/9; done');
    return transmitted() - before;
  };
  return { name, netns, ifindex, exec, transmits };
}

/** A folder of the test's own. */
export function makeFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'snatkit-native-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A BPF file system of the test's own. */
export function makeBpffs(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'snatkit-bpffs-'));
  native().mountBpffs(folder);
  t.teardown(() => {
    run('umount', folder);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/**
 * Descriptors of this process that belong to the addon's business: BPF, namespaces, sockets of rtnetlink, files of
 * `folder`.
 */
export function descriptors(folder?: string): string[] {
  const found: string[] = [];
  for (const fd of readdirSync('/proc/self/fd')) {
    let target: string;
    try {
      target = readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      continue; // The listing's own descriptor.
    }
    const ours = /^anon_inode:.*(bpf|btf)|^net:|^mnt:/.test(target);
    if (ours || isNetlink(target) || (folder !== undefined && target.startsWith(folder))) found.push(`${fd} ${target}`);
  }
  return found;
}

function isNetlink(target: string): boolean {
  const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
  return inode !== undefined && readFileSync('/proc/self/net/netlink', 'utf8').includes(` ${inode}`);
}

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32LE(value >>> 0, i * 4);
  });
  return bytes;
}

/** sample.c's `struct sample_key`. */
export function sampleKey(address: number, port: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeUInt32LE(address >>> 0);
  key.writeUInt16LE(port, 4);
  return key;
}

/** An Ethernet frame of 60 zero bytes: IPv4 by its type, so that test runs accept it. */
export function frame(bytes = 60): Buffer {
  const packet = Buffer.alloc(bytes);
  packet.writeUInt16BE(0x0800, 12);
  return packet;
}

/**
 * The `reason` of the StateError that a call throws or a promise rejects with; other errors by name, success in words.
 */
export function reasonOf(call: () => unknown): string {
  try {
    call();
    return 'no error';
  } catch (error) {
    return describe(error);
  }
}

export async function rejectionOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'no error', describe);
}

const describe = (error: unknown): string => (error instanceof StateError ? error.reason : String(error));
