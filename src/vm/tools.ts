// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UnsupportedError } from '../errors.js';

/** Programs of the host that a guest needs. */
export interface Tools {
  readonly qemu: string;
  readonly virtiofsd: string;
  /** The statically linked one. */
  readonly busybox: string;
  /** Ends a program when this process dies; absent where util-linux lacks it. */
  readonly setpriv: string | undefined;
}

const PT_INTERP = 3;
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
// It is no command: Debian 12 has it with qemu, later ones in a package of its own.
const VIRTIOFSD = ['/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd', '/usr/lib/virtiofsd'];

/** @throws UnsupportedError that names the missing packages. */
export function findTools(): Tools {
  const qemu = onPath('qemu-system-x86_64');
  const virtiofsd = VIRTIOFSD.find(executable) ?? onPath('virtiofsd');
  const busybox = onPath('busybox', isStatic);
  const missing = [
    ...(qemu ? [] : ['qemu-system-x86']),
    ...(virtiofsd ? [] : ['virtiofsd (Debian 12: qemu-system-common)']),
    ...(busybox ? [] : ['busybox-static']),
    ...(onPath('xz') ? [] : ['xz-utils']),
  ];
  if (!qemu || !virtiofsd || !busybox || missing.length > 0)
    throw new UnsupportedError(
      'a virtual machine',
      'qemu, virtiofsd, busybox and xz',
      `no ${missing.join(', ')}`,
      'install with apt-get',
    );
  return { qemu, virtiofsd, busybox, setpriv: onPath('setpriv') };
}

function onPath(command: string, fits: (file: string) => boolean = () => true): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...SBIN];
  return folders.map((folder) => join(folder, command)).find((file) => executable(file) && fits(file));
}

/** Asks for no loader (a PT_INTERP header, elf(5)): in the initramfs there is none. */
function isStatic(file: string): boolean {
  const elf = readFileSync(file);
  const [at, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return !Array.from({ length: count }, (_, i) => elf.readUInt32LE(at + i * size)).includes(PT_INTERP);
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
