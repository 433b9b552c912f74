// SPDX-License-Identifier: Apache-2.0
/** Every relative link in the documents leads to a file that is there, and to a heading that it has. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../../src/package.js';
import { documents } from '../../helpers/documents.js';

const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
const links = (text: string) => [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] as string);

/** As GitHub makes them: lower case, spaces to hyphens, the rest of the punctuation gone. */
const anchors = (text: string) =>
  [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map((m) =>
    (m[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

t.test('links resolve', async (t) => {
  let found = 0;
  for (const file of documents())
    for (const link of links(readFileSync(file, 'utf8'))) {
      if (/^[a-z]+:/.test(link)) continue;
      found++;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : resolve(dirname(file), path);
      const where = `${relative(packageRoot, file)} → ${link}`;
      t.ok(existsSync(target), where);
      t.ok(target.startsWith(packageRoot), `${where} stays inside`);
      if (anchor !== undefined && existsSync(target) && statSync(target).isFile())
        t.ok(anchors(readFileSync(target, 'utf8')).includes(anchor), `${where} has the heading`);
    }
  t.ok(found > 30, `${found} links`);
});

t.test('every page of docs/ can be reached from the README, every decision from their list', async (t) => {
  const readme = links(readFileSync(join(packageRoot, 'README.md'), 'utf8'));
  for (const name of readdirSync(join(packageRoot, 'docs')).filter((n) => n.endsWith('.md')))
    t.ok(readme.includes(`docs/${name}`), name);
  const list = links(readFileSync(join(packageRoot, 'docs/decisions/README.md'), 'utf8'));
  const decisions = readdirSync(join(packageRoot, 'docs/decisions')).filter((n) => /^\d/.test(n));
  t.strictSame(list.sort(), decisions.sort());
});
