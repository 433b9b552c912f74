// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { steps, version } from './common.js';
import { mapping } from './nat.js';

const outcome = z.enum(['connected', 'refused']);
const packet = z.strictObject({ device: z.string(), text: z.string() });

const row = z.strictObject({
  configuration: z.string().describe('In words.'),
  cilium: z.string().optional().describe('Release, without the v.'),
  document: z.record(z.string(), z.string()).describe('Keys of cilium-config as given.'),
  loadBalancerMode: z.strictObject({ mode: z.string(), inferred: z.boolean(), because: z.string() }).optional(),
  config: z.looseObject({}).describe('The same as snatkit’s configuration: urn:snatkit:config:1.'),
  destination: z.string(),
  sourceSeen: z.string().describe('The client’s address as the server has it.'),
  outcome,
  error: z.strictObject({ code: z.string(), errno: z.int(), message: z.string() }).optional(),
  why: z.string(),
  expected: z.strictObject({ outcome, sourceSeen: z.string() }),
  asExpected: z.boolean().describe('Outcome, source and counter.'),
  attachment: z.strictObject({
    kind: z.enum(['tcx', 'tc']),
    device: z.string(),
    program: z.string(),
    programId: z.int(),
    tag: z.string(),
    linkId: z.int().optional(),
    instructions: z.int().describe('That the verifier went through; 0 where the kernel does not say.'),
  }),
  counter: z.strictObject({ reason: z.string(), before: z.int(), after: z.int() }).optional(),
  evidence: z
    .strictObject({
      tcFilterShow: z.strictObject({ command: z.string(), output: z.string() }),
      mapping,
      packet: z.strictObject({ before: packet, after: packet }),
    })
    .optional()
    .describe('What an operator of the node would see.'),
});

const share = z.number().min(0).max(1);

const allocator = z.strictObject({
  allocator: z.enum(['complete', 'random', 'cilium-1.11', 'cilium-1.18']),
  ports: z.int().describe('In the range; as many new connections to one remote endpoint were tried.'),
  granted: z.int().describe('Connections that got a port.'),
  distinctPorts: z.int().describe('Different ports among theirs.'),
  firstFailureAt: share.nullable().describe('Share of the range asked for at the first failure; null without one.'),
  steps: z.array(
    z.strictObject({
      asked: share.describe('Connections tried so far, as a share of the range.'),
      failed: share.describe('Share of those that got no port.'),
    }),
  ),
});

const incident = z.strictObject({
  version,
  dryRun: z.literal(false),
  scenario: z.literal('mysql-incident'),
  asExpected: z.boolean().describe('Every row is; else the command exits 1.'),
  rows: z.array(row),
  server: z.string(),
  account: z.string(),
  kernel: z.string(),
  milliseconds: z.int(),
  kept: z
    .strictObject({
      id: z.string(),
      instance: z.string(),
      enter: z.array(z.strictObject({ host: z.string(), command: z.string() })),
      tryThere: z.array(z.strictObject({ what: z.string(), command: z.string() })),
      remove: z.string().describe('The command that removes it.'),
    })
    .optional()
    .describe('With --keep: how to enter what was left up.'),
});

const exhaustion = z.strictObject({
  version,
  dryRun: z.literal(false),
  scenario: z.literal('port-exhaustion'),
  asExpected: z.boolean().describe('No port twice, and complete gave all of them; else the command exits 1.'),
  portRange: z.strictObject({ min: z.int(), max: z.int() }).describe('Inclusive.'),
  allocators: z.array(allocator),
  kernel: z.string(),
  milliseconds: z.int(),
});

export const labRunOutput = z.discriminatedUnion('dryRun', [
  z.discriminatedUnion('scenario', [incident, exhaustion]),
  z.strictObject({ version, dryRun: z.literal(true), scenario: z.string(), steps }),
]);

export const labListOutput = z.strictObject({
  version,
  scenarios: z.array(
    z.strictObject({
      name: z.string(),
      summary: z.string(),
      needs: z.record(z.string(), z.string()).describe('Programs, each with the Debian package that has it.'),
    }),
  ),
  runs: z
    .array(z.strictObject({ id: z.string(), scenario: z.string(), state: z.enum(['running', 'kept', 'abandoned']) }))
    .describe('What is there now; lab clean removes those that do not run.'),
});

export const labCleanOutput = z.strictObject({
  version,
  dryRun: z.boolean(),
  removed: z.array(z.string()).describe('Ids of runs: those that went, or with --dry-run would go.'),
});
