// SPDX-License-Identifier: Apache-2.0
import { UnsupportedError } from '../index.js';
import type { Context } from './context.js';

/** Bits as in linux/capability.h. */
const BITS = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;
export type Capability = keyof typeof BITS;

/** Loading and attaching; the last two are part of CAP_SYS_ADMIN too. */
export const NEEDED: readonly Capability[] = ['CAP_NET_ADMIN', 'CAP_BPF', 'CAP_PERFMON'];

const has = (mask: bigint, name: Capability) => ((mask >> BigInt(BITS[name])) & 1n) === 1n;

/** Those that the mask lacks of what is needed; entering a namespace takes CAP_SYS_ADMIN itself. */
export function missingCapabilities(mask: bigint, netns = false): Capability[] {
  const needed = netns ? (['CAP_NET_ADMIN', 'CAP_SYS_ADMIN'] as const) : NEEDED;
  return needed.filter((name) => !has(mask, name) && (name === 'CAP_NET_ADMIN' || !has(mask, 'CAP_SYS_ADMIN')));
}

/** @throws UnsupportedError that names what this process lacks. Called before anything is done. */
export function requirePrivileges(context: Context, what: string, netns?: string): void {
  const missing = missingCapabilities(context.capabilities(), netns !== undefined);
  if (missing.length === 0) return;
  const who = process.getuid?.() === 0 ? 'a root without them' : `user ${process.getuid?.()} without them`;
  throw new UnsupportedError(what, missing.join(' and '), who, 'run it as root, for example with sudo');
}
