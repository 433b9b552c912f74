// SPDX-License-Identifier: Apache-2.0
/** A file or folder of an initramfs. */
export interface CpioEntry {
  /** Without a leading slash; its folders must come before it. */
  readonly path: string;
  /** Absent for a folder. */
  readonly data?: Uint8Array | string;
  /** Permission bits; default 0755. */
  readonly mode?: number;
}

const FILE = 0o100000;
const FOLDER = 0o040000;

/** An archive in the "newc" format, the only one the kernel unpacks (Documentation/driver-api/early-userspace/buffer-format.rst). */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const all = [...entries.map(record), record({ path: 'TRAILER!!!', data: '', mode: 0 })];
  return Buffer.concat(all);
}

function record({ path, data, mode = 0o755 }: CpioEntry, index = 0): Buffer {
  const name = Buffer.from(`${path}\0`);
  const body = Buffer.from(data ?? '');
  const type = data === undefined ? FOLDER : FILE;
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [index + 1, type | mode, 0, 0, 1, 0, body.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((n) => n.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(body)]);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes], Math.ceil(bytes.length / 4) * 4);
