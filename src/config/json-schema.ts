// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { configSchema } from './schema.js';

/**
 * The published JSON Schema (draft 2020-12) of the document a user writes. It says what has the right form; what only code
 * can judge (host bits, reversed ranges, two fields together) is left to `parseConfig`.
 */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, $id: 'urn:snatkit:config:1', title: 'snatkit configuration', ...schema };
}

/** The text of `schema/config.schema.json`. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}
