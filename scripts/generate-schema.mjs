// SPDX-License-Identifier: Apache-2.0
// Writes schema/config.schema.json from the compiled schema: run after `tsc -p .`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { configJsonSchemaText } from '../dist/src/config/json-schema.js';

const target = new URL('../schema/config.schema.json', import.meta.url);
mkdirSync(new URL('.', target), { recursive: true });
writeFileSync(target, configJsonSchemaText());
