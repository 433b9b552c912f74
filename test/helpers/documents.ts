// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package.js';

/** Every document that is written for readers, as absolute paths. */
export function documents(): string[] {
  const below = (folder: string) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const top = readdirSync(packageRoot);
  return [...top, ...below('docs'), ...below('examples')]
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(packageRoot, name));
}

/** The texts of fenced blocks of one language. */
export const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map((m) => m[1] as string);
