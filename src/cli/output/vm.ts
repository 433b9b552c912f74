// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { steps, version } from './common.js';

const kernel = z.string().describe('As --kernel names it.');

export const vmRunOutput = z.discriminatedUnion('dryRun', [
  z.strictObject({
    version,
    dryRun: z.literal(false),
    kernel,
    release: z.string().describe('What uname -r says there.'),
    exitCode: z.int().describe('The command’s, as a shell reports it.'),
    stdout: z.string(),
    stderr: z.string(),
    bootMilliseconds: z.int(),
    runMilliseconds: z.int(),
  }),
  z.strictObject({ version, dryRun: z.literal(true), kernel, steps }),
]);

export const vmListOutput = z.strictObject({
  version,
  kernels: z.array(
    z.strictObject({
      kernel,
      suite: z.string().describe('Debian’s.'),
      cached: z
        .strictObject({ release: z.string(), version: z.string().describe('Of the package.'), folder: z.string() })
        .optional()
        .describe('Absent until it is first booted.'),
    }),
  ),
});
