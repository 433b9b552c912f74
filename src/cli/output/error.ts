// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { version } from './common.js';

/** Any command that fails under `--json` prints this in place of its answer. */
export const errorOutput = z.strictObject({
  version,
  error: z.strictObject({
    name: z
      .string()
      .describe('ConfigError, CompileError, VerifierError, UnsupportedError, KernelError, StateError, UsageError, …'),
    message: z.string(),
    exitCode: z.int().min(1).max(255),
    issues: z
      .array(
        z.looseObject({ path: z.string(), expected: z.string(), received: z.string(), hint: z.string().optional() }),
      )
      .optional()
      .describe('ConfigError: every problem. Those of a text have line and column.'),
    diagnostics: z
      .array(
        z.strictObject({
          file: z.string(),
          line: z.int(),
          column: z.int(),
          severity: z.enum(['error', 'warning', 'note']),
          message: z.string(),
        }),
      )
      .optional()
      .describe('CompileError: what clang said.'),
    logFile: z.string().optional().describe('VerifierError: where the whole log was written.'),
    log: z.string().optional().describe('VerifierError with --verbose: the log itself.'),
  }),
});

export type ErrorOutput = z.infer<typeof errorOutput>;
