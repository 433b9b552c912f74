// SPDX-License-Identifier: Apache-2.0
/** The laws of who may import whom, read off the sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { packageRoot } from '../src/package.js';

const src = join(packageRoot, 'src');

/** What each folder may import of ours; a folder may always import itself and `errors`. */
const MAY: Record<string, readonly string[]> = {
  net: [],
  rules: ['net'],
  config: ['net', 'rules'],
  abi: [],
  plan: ['net', 'rules', 'config', 'abi'],
  emit: ['net', 'rules', 'config', 'plan', 'abi'],
  cilium: ['net', 'rules', 'config', 'plan'],
  iptables: ['net', 'rules', 'config', 'plan'],
  compile: ['package'],
  native: ['package'],
  maps: ['net', 'abi', 'native'],
  runtime: ['net', 'rules', 'config', 'plan', 'abi', 'emit', 'compile', 'native', 'maps', 'package'],
  observe: ['net', 'rules', 'config', 'plan', 'abi', 'emit', 'compile', 'native', 'maps', 'runtime', 'package'],
};
/** No I/O: nothing of node's but what computes. */
const PURE = ['net', 'rules', 'config', 'plan', 'abi', 'emit', 'cilium', 'iptables'];
const COMPUTES = new Set(['node:crypto']);
const PURE_PACKAGES = new Set(['zod', 'yaml']);

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
}

function imports(): Import[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
  return files.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8');
    const folder = file.includes('/') ? (file.split('/')[0] as string) : file.replace(/\.ts$/, '');
    return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((m) => ({
      file,
      folder,
      target: m[1] as string,
    }));
  });
}

/** The folder (or top-level file) of src that a relative import leads to. */
function ours(i: Import): string | undefined {
  if (!i.target.startsWith('.')) return undefined;
  const path = relative(src, join(src, dirname(i.file), i.target));
  return path.includes('/') ? path.split('/')[0] : path.replace(/\.js$/, '');
}

const all = imports();

t.test('the sources were found', async (t) => {
  t.ok(all.length > 100);
});

t.test('left is used by right, never the other way', async (t) => {
  for (const i of all) {
    const target = ours(i);
    const may = MAY[i.folder];
    if (!target || !may || target === i.folder || target === 'errors') continue;
    t.ok(may.includes(target), `${i.file} imports ${target}`);
  }
});

t.test('pure folders do no I/O', async (t) => {
  for (const i of all.filter((i) => PURE.includes(i.folder) && !i.target.startsWith('.')))
    t.ok(COMPUTES.has(i.target) || PURE_PACKAGES.has(i.target), `${i.file} imports ${i.target}`);
  const pureFiles = new Set(all.filter((i) => PURE.includes(i.folder)).map((i) => i.file));
  for (const file of pureFiles) {
    const text = readFileSync(join(src, file), 'utf8');
    t.notMatch(text, /\bprocess\.|\bDate\.now\(|\bnew Date\(|\bMath\.random\(/, `${file} asks the machine nothing`);
  }
});

t.test('only src/native loads the addon', async (t) => {
  for (const i of all.filter((i) => i.target === 'node:module')) t.equal(i.folder, 'native', i.file);
});

t.test('no cycles between folders', async (t) => {
  const edges = new Map<string, Set<string>>();
  for (const i of all) {
    const target = ours(i);
    if (target && target !== i.folder) edges.set(i.folder, (edges.get(i.folder) ?? new Set()).add(target));
  }
  const done = new Set<string>();
  const visit = (folder: string, path: string[]): string[] | undefined => {
    if (path.includes(folder)) return [...path.slice(path.indexOf(folder)), folder];
    if (done.has(folder)) return undefined;
    for (const next of edges.get(folder) ?? []) {
      const cycle = visit(next, [...path, folder]);
      if (cycle) return cycle;
    }
    done.add(folder);
    return undefined;
  };
  for (const folder of edges.keys()) t.equal(visit(folder, [])?.join(' → '), undefined, folder);
});
