// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { SnatError } from '../../index.js';
import { isBpffs } from '../bpffs.js';
import { findClang, type Native, native, OLDEST_CLANG, resolvePaths } from '../library.js';
import { missingCapabilities, NEEDED } from '../privileges.js';
import { type Check, kernelAtLeast } from './check.js';

export function checkKernel(): Check {
  const base = { name: 'kernel', found: `Linux ${release()}`, needed: 'Linux 5.10', essential: true };
  return kernelAtLeast(5, 10) ? { ...base, state: 'ok' } : { ...base, state: 'missing', fix: 'boot a newer kernel' };
}

export function checkBpffs(): Check {
  const { bpffs } = resolvePaths();
  const base = { name: 'bpffs', needed: `a BPF file system on ${bpffs}`, essential: true };
  if (isBpffs(bpffs)) return { ...base, state: 'ok', found: 'mounted' };
  if (/\tbpf$/m.test(readFileSync('/proc/filesystems', 'utf8')))
    return { ...base, state: 'ok', found: 'not mounted; snatkit up mounts it' };
  return { ...base, state: 'missing', found: 'unknown to this kernel', fix: 'use a kernel with CONFIG_BPF_SYSCALL' };
}

export function checkCapabilities(mask: bigint): Check {
  const missing = missingCapabilities(mask);
  const base = { name: 'capabilities', needed: NEEDED.join(', '), essential: true };
  if (missing.length === 0) return { ...base, state: 'ok', found: 'all' };
  return { ...base, state: 'missing', found: `no ${missing.join(', no ')}`, fix: 'run as root, for example with sudo' };
}

/** Not essential: a bundle does without. */
export async function checkClang(env: NodeJS.ProcessEnv): Promise<Check> {
  const base = { name: 'clang', needed: `clang ${OLDEST_CLANG}, to compile`, essential: false };
  try {
    const clang = await findClang(env);
    return { ...base, state: 'ok', found: `${clang.version} (${clang.path})` };
  } catch (error) {
    if (!(error instanceof SnatError)) throw error;
    const fix = 'apt-get install clang, or snatkit up with a bundle built elsewhere';
    return { ...base, state: 'limited', found: 'none that can be used', fix };
  }
}

/** The addon with the libbpf that it found. */
export function checkAddon(): { check: Check; native: Native | undefined } {
  const base = { name: 'libbpf', needed: 'libbpf 1.1 and the addon built with it', essential: true };
  try {
    const loaded = native();
    return { check: { ...base, state: 'ok', found: `libbpf ${loaded.libbpfVersion}` }, native: loaded };
  } catch (error) {
    if (!(error instanceof SnatError)) throw error;
    const fix = 'apt-get install libbpf1 (to build: libbpf-dev, g++, make, python3), then make build';
    return { check: { ...base, state: 'missing', found: error.message, fix }, native: undefined };
  }
}
