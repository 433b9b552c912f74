// SPDX-License-Identifier: Apache-2.0
// Writes schema/cli/*.json, what each command prints under --json: run after `tsc -p .`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { OUTPUTS, outputSchemaText } from '../dist/src/cli/output/schemas.js';

const folder = new URL('../schema/cli/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const name of Object.keys(OUTPUTS)) writeFileSync(new URL(`${name}.json`, folder), outputSchemaText(name));
