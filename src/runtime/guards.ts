// SPDX-License-Identifier: Apache-2.0
/** What must hold before an instance is changed. */
import { existsSync, mkdirSync } from 'node:fs';
import { parseConfig } from '../config/parse.js';
import { StateError } from '../errors.js';
import { native } from '../native/index.js';
import type { Lock } from '../native/types.js';
import { cidrsOverlap } from '../net/cidr.js';
import type { InstancePaths } from './paths.js';
import type { Prepared } from './prepare.js';
import { allStates } from './state.js';

export type Notice = (message: string) => void;

/** One at a time: the kernel gives the lock back when its holder dies. */
export function lockInstance(paths: InstancePaths): Lock {
  mkdirSync(paths.base.run, { recursive: true, mode: 0o700 });
  const lock = native().tryLock(paths.lockFile);
  if (lock) return lock;
  throw new StateError(
    'busy',
    `another snatkit is changing instance ${paths.name} at this moment (${paths.lockFile}): wait for it`,
  );
}

export function ensureBpffs(paths: InstancePaths, notice: Notice): void {
  const { bpffs } = paths.base;
  if (existsSync(bpffs) && native().isBpffs(bpffs)) return;
  mkdirSync(bpffs, { recursive: true });
  native().mountBpffs(bpffs);
  notice(`mounted a BPF file system on ${bpffs} (none was there)`);
}

/** Two instances that would translate the same packets are refused: the second would see the first one's result. */
export function refuseConflicts(paths: InstancePaths, prepared: Prepared, netnsIdentity: string): void {
  for (const other of allStates(paths.base)) {
    if (other.name === paths.name || other.netnsIdentity !== netnsIdentity) continue;
    const device = other.devices.find((d) => prepared.devices.some((own) => own.ifindex === d.ifindex));
    const theirs = parseConfig(other.config).podCIDRs;
    if (device && prepared.config.podCIDRs.some((c) => theirs.some((o) => cidrsOverlap(c, o))))
      throw new StateError(
        'conflict',
        `instance ${other.name} already translates these pods on ${device.name}: stop it first (snatkit down --name ${other.name})`,
      );
  }
}
