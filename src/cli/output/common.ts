// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';

/** Every document says which version of its schema it follows; fields may be added within one. */
export const version = z.literal(1).describe('Version of this document’s schema.');

/** A counter: a number up to 2^53 - 1, a decimal string above, where a JSON number would lose digits. */
export const count = z
  .union([z.int().min(0), z.string().regex(/^[0-9]{16,20}$/)])
  .describe('A number up to 9007199254740991; above it a decimal string.');

export const toCount = (value: bigint): number | string =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

const id = z.int().min(0);

export const endpoint = z.strictObject({
  address: z.string(),
  port: z.int().min(0).max(65535).describe('For ICMP echo the identifier (0 on the remote side).'),
});

const hook = z.strictObject({
  attached: z.boolean(),
  programId: id.optional(),
  linkId: id.optional().describe('tcx only.'),
  pin: z.string().optional().describe('Pin of the link; tcx only.'),
});

const program = z.strictObject({
  id,
  name: z.string(),
  tag: z.string().describe('The kernel’s hash of the instructions, 16 hex digits.'),
  pin: z.string(),
  verifiedInstructions: z.int().min(0).describe('0 where the kernel does not say (before 5.16).'),
});

/** A running instance as the kernel reports it. */
export const instance = z.strictObject({
  name: z.string(),
  state: z.enum(['running', 'degraded']),
  problems: z.array(z.string()).describe('Why it is degraded; empty when it runs as it should.'),
  attachKind: z.enum(['tcx', 'tc']),
  netns: z.string().optional().describe('Path of the network namespace; absent for the caller’s own.'),
  devices: z.array(
    z.strictObject({
      name: z.string(),
      ifindex: z.int(),
      addresses: z.array(z.string()).readonly().describe('What pods leave with; empty when nothing is masqueraded.'),
      ingress: hook,
      egress: hook,
    }),
  ),
  programs: z.strictObject({ ingress: program.optional(), egress: program.optional() }),
  maps: z.array(z.strictObject({ name: z.string(), id, maxEntries: z.int(), pin: z.string() })),
  fallbacks: z.array(z.string()).describe('What is done in a lesser way because the kernel lacks something.'),
  shape: z.string().describe('Names what was compiled, eight hex digits.'),
  objectHash: z.string(),
  startedAt: z.iso.datetime(),
  config: z.looseObject({}).describe('The configuration with every default: urn:snatkit:config:1.'),
});

/** What a command that writes would do. */
export const steps = z.array(z.string()).describe('In words, in order; nothing of it was done.');
