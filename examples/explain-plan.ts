// SPDX-License-Identifier: Apache-2.0
// What a configuration leads to, decided without root, clang or a kernel.
import { readFileSync } from 'node:fs';
import { emitUnit, parseConfigText, plan, stages } from 'snatkit';

const file = process.argv[2] ?? 'examples/minimal.yaml';
const { shape, warnings } = plan(parseConfigText(readFileSync(file, 'utf8'), file));
console.log('egress: ', stages(shape).egress.join(' → '));
console.log('ingress:', stages(shape).ingress.join(' → '));
for (const warning of warnings) console.log('warning:', warning);
console.log(emitUnit(shape));
