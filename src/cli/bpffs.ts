// SPDX-License-Identifier: Apache-2.0
import { statfsSync } from 'node:fs';

const BPF_FS_MAGIC = 0xcafe4a11;

/** Whether a BPF file system is mounted there; asked without the addon, and without privileges. */
export function isBpffs(path: string): boolean {
  try {
    return statfsSync(path).type === BPF_FS_MAGIC;
  } catch {
    return false;
  }
}
