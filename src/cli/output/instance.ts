// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { count, instance, steps, version } from './common.js';

export const statusOutput = z.strictObject({
  version,
  ...instance.shape,
  counters: z
    .array(
      z.strictObject({
        direction: z.enum(['egress', 'ingress']),
        verdict: z.enum(['translate', 'keep', 'drop', 'pass']),
        reason: z.string(),
        packets: count,
        bytes: count,
      }),
    )
    .describe('Since the first up, every reason in both directions, zeros too.'),
});

export const upOutput = z.discriminatedUnion('dryRun', [
  z.strictObject({
    version,
    dryRun: z.literal(false),
    action: z
      .enum(['started', 'upgraded', 'mended'])
      .describe('mended: it ran, and something of it was missing or wrong.'),
    warnings: z.array(z.string()),
    notices: z.array(z.string()).describe('What was done beyond what was asked, such as mounting bpffs.'),
    instance,
  }),
  z.strictObject({
    version,
    dryRun: z.literal(true),
    action: z.enum(['start', 'upgrade', 'mend']),
    name: z.string(),
    warnings: z.array(z.string()),
    steps,
  }),
]);

export const downOutput = z.strictObject({
  version,
  dryRun: z.boolean(),
  instances: z.array(
    z.strictObject({
      name: z.string(),
      removed: z.array(z.string()).describe('Attachments and pins: those that went, or with --dry-run would go.'),
    }),
  ),
});
