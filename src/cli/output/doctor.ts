// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { version } from './common.js';

export const doctorOutput = z.strictObject({
  version,
  state: z.enum(['ready', 'not-ready']),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      state: z
        .enum(['ok', 'limited', 'missing', 'unknown'])
        .describe('limited: snatkit works without it in a lesser way; unknown: it could not be asked.'),
      found: z.string(),
      needed: z.string(),
      essential: z.boolean(),
      fix: z.string().optional().describe('How to get it.'),
    }),
  ),
});
