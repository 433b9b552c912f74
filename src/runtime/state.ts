// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigInput } from '../config/config.js';
import { StateError } from '../errors.js';
import type { Quirk } from '../plan/plan.js';
import { InstancePaths, type Paths } from './paths.js';

export type AttachKind = 'tcx' | 'tc';

export interface DeviceState {
  readonly name: string;
  readonly ifindex: number;
  /** Masquerade addresses, text; empty when nothing is masqueraded. */
  readonly addresses: readonly string[];
  /** They came from the device itself, which must go on having them. */
  readonly auto: boolean;
  /** For kind tc: where our filters are. */
  readonly tc?: { readonly priority: number; readonly handle: number };
  /** We added the clsact qdisc, so we may remove it. */
  readonly clsactAdded?: boolean;
}

/** What an instance is, written before and after every change: whoever finds it can finish or undo. */
export interface InstanceState {
  readonly version: 1;
  readonly name: string;
  /** `starting` and `upgrading` outlive only a process that died in the middle. */
  readonly phase: 'starting' | 'running' | 'upgrading' | 'stopping';
  readonly netns?: string;
  /** Inode of the network namespace: whether the path still means the same one. */
  readonly netnsIdentity: string;
  readonly config: ConfigInput;
  readonly quirks: readonly Quirk[];
  readonly attach: AttachKind;
  readonly devices: readonly DeviceState[];
  readonly shape: string;
  readonly objectHash: string;
  readonly fallbacks: readonly string[];
  /** Of the boot in which it runs: the kernel keeps nothing over the next one. */
  readonly bootId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Monotonic nanoseconds, decimal. */
  readonly midStreamUntil: string;
}

const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Undefined when there is none, or only one of an earlier boot, of which the kernel has nothing left. */
export function readState(paths: InstancePaths): InstanceState | undefined {
  let text: string;
  try {
    text = readFileSync(paths.stateFile, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw e;
  }
  const state = JSON.parse(text) as InstanceState;
  if (state.version === 1) return state.bootId === bootId() ? state : undefined;
  throw new StateError(
    'incompatible',
    `${paths.stateFile} has version ${state.version}, this snatkit reads version 1: use the snatkit that wrote it to stop the instance`,
  );
}

/** What the writer of a state does not choose. */
export const stateHeader = () => ({ version: 1 as const, bootId: bootId() });

/** Whole or not at all: written beside, then renamed over. */
export function writeState(paths: InstancePaths, state: InstanceState): void {
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  const temporary = `${paths.stateFile}.new`;
  writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, paths.stateFile);
}

export function removeState(paths: InstancePaths): void {
  rmSync(paths.stateDir, { recursive: true, force: true });
}

/** Every instance that has state, whatever its phase. */
export function allStates(base: Paths): InstanceState[] {
  let names: string[] = [];
  try {
    names = readdirSync(base.state);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const state = readState(new InstancePaths(base, name));
      return state ? [state] : [];
    } catch {
      return [];
    }
  });
}

export const stateFilesIn = (paths: InstancePaths) => ({
  unit: join(paths.stateDir, 'unit.c'),
  object: join(paths.stateDir, 'object.o'),
});
