// SPDX-License-Identifier: Apache-2.0
import { release } from 'node:os';
import type { z } from 'zod';
import type { doctorOutput } from '../output/doctor.js';

export type Check = z.infer<typeof doctorOutput>['checks'][number];

/** Whether the running kernel is at least this version, by its name. */
export function kernelAtLeast(major: number, minor: number, name = release()): boolean {
  const [, x, y] = /^(\d+)\.(\d+)/.exec(name) ?? [];
  return Number(x) > major || (Number(x) === major && Number(y) >= minor);
}
