// SPDX-License-Identifier: Apache-2.0
// Writes the tables in README.md and docs/ that the sources know better: run after `tsc -p .`; --check only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { REASONS } from '../dist/src/abi/reasons.js';
import { STRUCTS } from '../dist/src/abi/structs.js';
import { buildVerb } from '../dist/src/cli/build.js';
import { doctorVerb } from '../dist/src/cli/doctor.js';
import { downVerb } from '../dist/src/cli/down.js';
import { labCleanVerb } from '../dist/src/cli/lab-clean.js';
import { labListVerb } from '../dist/src/cli/lab-list.js';
import { labRunVerb } from '../dist/src/cli/lab-run.js';
import { natFlushVerb } from '../dist/src/cli/nat-flush.js';
import { natListVerb } from '../dist/src/cli/nat-list.js';
import { planVerb } from '../dist/src/cli/plan.js';
import { sourceVerb } from '../dist/src/cli/source.js';
import { statusVerb } from '../dist/src/cli/status.js';
import { upVerb } from '../dist/src/cli/up.js';
import { configJsonSchema } from '../dist/src/config/json-schema.js';

const cell = (text) => String(text).replaceAll('|', '\\|');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

const VERBS = [
  ['', [upVerb, downVerb, statusVerb, planVerb, sourceVerb, buildVerb, doctorVerb]],
  ['nat ', [natListVerb, natFlushVerb]],
  ['lab ', [labRunVerb, labListVerb, labCleanVerb]],
];
const commands = () =>
  table(
    ['command', 'what it does'],
    VERBS.flatMap(([group, verbs]) => verbs.map((v) => [`\`snatkit ${group}${v.usage}\``, v.summary])),
  );

const NOT_YET = /^Not built yet/;
const word = (value) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
/** One row a field; an object whose members have defaults of their own is spelled out. */
function fields() {
  const { properties, required } = configJsonSchema();
  const rows = Object.entries(properties)
    .filter(([, p]) => !NOT_YET.test(p.description))
    .map(([name, p]) => {
      const members = Object.entries(p.properties ?? {}).map(([k, m]) => `${k}: ${JSON.stringify(m.default)}`);
      const fallback = members.length > 0 ? `{ ${members.join(', ').replaceAll('"', '')} }` : p.default;
      return [`\`${name}\``, required.includes(name) ? 'required' : word(fallback), p.description];
    });
  const reserved = Object.entries(properties)
    .filter(([, p]) => NOT_YET.test(p.description))
    .map(([name]) => `\`${name}\``);
  const rest = `Reserved for what is not built yet, and refused unless they have their default: ${reserved.join(', ')}.`;
  return `${table(['field', 'default', 'meaning'], rows)}\n\n${rest}`;
}

const reasons = () =>
  table(
    ['reason', 'verdict', 'meaning', 'Cilium’s drop code'],
    REASONS.map((r) => [`\`${r.name}\``, r.verdict, r.text, r.cilium ?? '']),
  );

const structs = () =>
  STRUCTS.map((s) => {
    const rows = s.members.map((m) => [m.offset, m.size, `\`${m.name}\``]);
    return `\`struct ${s.name}\`, ${s.size} bytes:\n\n${table(['offset', 'bytes', 'member'], rows)}`;
  }).join('\n\n');

const PAGES = { 'README.md': { commands, fields }, 'docs/packet-path.md': { reasons, structs } };

const check = process.argv.includes('--check');
for (const [page, blocks] of Object.entries(PAGES)) {
  const file = new URL(`../${page}`, import.meta.url);
  const before = readFileSync(file, 'utf8');
  const after = Object.entries(blocks).reduce((text, [name, print]) => {
    const block = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`);
    if (!block.test(text)) throw new Error(`${page} has no block "${name}"`);
    return text.replace(block, (_, begin, end) => `${begin}\n${print()}\n${end}`);
  }, before);
  if (after === before) continue;
  if (check) {
    console.error(`${page} is stale: run node scripts/generate-docs.mjs`);
    process.exitCode = 1;
  } else writeFileSync(file, after);
}
