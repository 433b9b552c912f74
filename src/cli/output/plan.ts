// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { steps, version } from './common.js';

const features = z
  .strictObject({ bpfLoop: z.boolean(), csumIpv6: z.boolean() })
  .describe('What the kernel is taken to have.');
const stageNames = z
  .strictObject({ egress: z.array(z.string()), ingress: z.array(z.string()) })
  .describe('In the order in which a packet meets them.');

export const planOutput = z.strictObject({
  version,
  shape: z.strictObject({
    id: z.string().describe('Eight hex digits: equal shapes give equal programs.'),
    egress: z.enum(['translate', 'off', 'compiled-out']),
    stages: stageNames,
    families: z.array(
      z.strictObject({
        family: z.union([z.literal(4), z.literal(6)]),
        pods: z.array(z.string()),
        exclusions: z.array(z.strictObject({ reason: z.string(), cidrs: z.array(z.string()) })),
      }),
    ),
    otherProtocols: z.enum(['pass', 'drop', 'address-only']),
    reservedPorts: z.array(z.string()),
    natEntries: z.int(),
    keptEntries: z.int(),
    devices: z.int().describe('Slots for devices.'),
    walk: z.enum(['complete', 'bounded', 'random', 'cilium-1.11', 'cilium-1.18']),
    link: z.enum(['ethernet', 'none', 'mixed']),
    v6ChecksumFlag: z.boolean(),
  }),
  knobs: z.strictObject({
    portRange: z.string(),
    midStream: z.enum(['adopt', 'translate', 'drop']),
    timeouts: z.record(z.string(), z.string()),
  }),
  attach: z.enum(['auto', 'tcx', 'tc']),
  devices: z.array(z.string()).describe('Names and patterns, as configured.'),
  resolvedDevices: z
    .array(
      z.strictObject({ name: z.string(), ifindex: z.int(), addresses: z.array(z.string()), headerless: z.boolean() }),
    )
    .optional()
    .describe('With --netns: what they mean in that namespace.'),
  features,
  warnings: z.array(z.string()),
  fallbacks: z.array(z.string()),
});

export const sourceOutput = z.strictObject({
  version,
  dryRun: z.boolean(),
  shape: z.string(),
  file: z.string().optional().describe('Where it was written, or with --dry-run would be.'),
  source: z.string().describe('The C unit.'),
});

export const buildOutput = z.discriminatedUnion('dryRun', [
  z.strictObject({
    version,
    dryRun: z.literal(false),
    folder: z.string(),
    shape: z.string(),
    objectHash: z.string(),
    objectSha256: z.string(),
    objectBytes: z.int(),
    clang: z.string(),
    cached: z.boolean(),
    devices: z.int(),
    features,
    warnings: z.array(z.string()),
  }),
  z.strictObject({ version, dryRun: z.literal(true), folder: z.string(), shape: z.string(), steps }),
]);
