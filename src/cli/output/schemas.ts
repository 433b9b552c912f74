// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { doctorOutput } from './doctor.js';
import { errorOutput } from './error.js';
import { downOutput, statusOutput, upOutput } from './instance.js';
import { labCleanOutput, labListOutput, labRunOutput } from './lab.js';
import { natFlushOutput, natListOutput } from './nat.js';
import { buildOutput, planOutput, sourceOutput } from './plan.js';
import { vmListOutput, vmRunOutput } from './vm.js';

/** What each command prints under `--json`, by the name of its schema's file; `error` is what any of them may print. */
export const OUTPUTS = {
  up: upOutput,
  down: downOutput,
  status: statusOutput,
  plan: planOutput,
  source: sourceOutput,
  build: buildOutput,
  'nat-list': natListOutput,
  'nat-flush': natFlushOutput,
  'lab-run': labRunOutput,
  'lab-list': labListOutput,
  'lab-clean': labCleanOutput,
  'vm-run': vmRunOutput,
  'vm-list': vmListOutput,
  doctor: doctorOutput,
  error: errorOutput,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type OutputName = keyof typeof OUTPUTS;

/**
 * The text of `schema/cli/NAME.json`: JSON Schema, draft 2020-12. It lets unknown fields pass, because a later snatkit may
 * add some within the same version.
 */
export function outputSchemaText(name: OutputName): string {
  const { $schema, ...schema } = z.toJSONSchema(OUTPUTS[name], {
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  const title = name === 'error' ? 'snatkit: a failure' : `snatkit ${name.replace('-', ' ')} --json`;
  return `${JSON.stringify({ $schema, $id: `urn:snatkit:cli:${name}:1`, title, ...schema }, null, 2)}\n`;
}
