// SPDX-License-Identifier: Apache-2.0
/** Tests of what not every kernel can do are skipped where the kernel cannot, and only there. */
import { release } from 'node:os';
import { native } from '../../src/native/index.js';

interface Feature {
  /** Kernel version from which it must be there. */
  readonly since: string;
  /** Asks the running kernel. */
  probe(): boolean;
}

const LOOPBACK = 1;

const answers = (call: () => unknown): boolean => {
  try {
    call();
    return true;
  } catch {
    return false;
  }
};

export const FEATURES = {
  tc: { since: '4.5', probe: () => true },
  tcx: { since: '6.6', probe: () => answers(() => native().queryTcx({ ifindex: LOOPBACK, hook: 'egress' })) },
  bpf_loop: { since: '5.17', probe: () => native().hasHelper(181) },
} as const satisfies Readonly<Record<string, Feature>>;

export type FeatureName = keyof typeof FEATURES;

/**
 * Options of a test that needs features: skipped with the reason where the kernel lacks one.
 * @throws Error, so that the test file fails, when the kernel is new enough to have it: then it is the probe, or the machine.
 */
export function requires(...names: readonly FeatureName[]): { skip?: string } {
  for (const name of names) {
    const { since, probe }: Feature = FEATURES[name];
    if (probe()) continue;
    if (!olderThan(release(), since))
      throw new Error(`${name} is missing on ${release()}, although kernel ${since} brought it`);
    return { skip: `${name} (kernel ${since})` };
  }
  return {};
}

/** Compares the first two numbers of kernel versions. */
export function olderThan(version: string, than: string): boolean {
  const [a, b] = [version, than].map((v) => v.split('.', 2).map((n) => Number.parseInt(n, 10))) as [number[], number[]];
  const major = (a[0] ?? 0) - (b[0] ?? 0);
  return major < 0 || (major === 0 && (a[1] ?? 0) < (b[1] ?? 0));
}
