// SPDX-License-Identifier: Apache-2.0
// Writes the tables in README.md and docs/ that the sources know better: run after `tsc -p .`; --check only compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { REASONS } from '../dist/src/abi/reasons.js';
import { STRUCTS } from '../dist/src/abi/structs.js';
import { configJsonSchema } from '../dist/src/config/json-schema.js';

const cell = (text) => String(text).replaceAll('|', '\\|');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

/** Every command: a file of src/cli that exports a verb; `nat-list.ts` is `nat list`. Those without a group come first. */
const verbs = [];
for (const file of readdirSync(new URL('../src/cli/', import.meta.url)).filter((name) => name.endsWith('.ts'))) {
  if (file === 'main.ts') continue;
  const exported = await import(`../dist/src/cli/${file.replace(/\.ts$/, '.js')}`);
  const verb = Object.values(exported).find((value) => typeof value?.usage === 'string');
  if (verb) verbs.push({ ...verb, group: /^([a-z]+)-/.exec(file)?.[1] ?? '' });
}
const ORDER = ['up', 'down', 'status', 'plan', 'source', 'build', 'doctor', 'list', 'run', 'flush', 'clean'];
const place = (verb) => (ORDER.indexOf(verb.usage.split(' ')[0]) + 1 || 99) + (verb.group ? 100 : 0);
verbs.sort((a, b) => (a.group && b.group ? a.group.localeCompare(b.group) : 0) || place(a) - place(b));
const commands = () =>
  table(
    ['command', 'what it does'],
    verbs.map((v) => [`\`snatkit ${v.group && `${v.group} `}${v.usage}\``, v.summary]),
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
