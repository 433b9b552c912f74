// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { endpoint, version } from './common.js';

export const mapping = z.strictObject({
  protocol: z.string().describe('tcp, udp or icmp.'),
  inside: endpoint,
  outside: endpoint,
  remote: endpoint,
  state: z.enum(['opening', 'established', 'closing']),
  ageMs: z.int().min(0).describe('Since it was made; the kernel keeps whole seconds.'),
  idleMs: z.int().min(0).describe('Since the last packet that refreshed it, which is at most one a second.'),
  node: z.boolean().describe('The node’s own flow rather than a pod’s.'),
  halves: z.enum(['both', 'egress', 'ingress']),
});

export const natListOutput = z.strictObject({
  version,
  name: z.string(),
  mappings: z.array(mapping),
});

export const natFlushOutput = z.strictObject({
  version,
  dryRun: z.boolean(),
  name: z.string(),
  flows: z.int().describe('Removed, or with --dry-run there.'),
});
