// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { count, toCount } from '../../../src/cli/output/common.js';
import { OUTPUTS, type OutputName, outputSchemaText } from '../../../src/cli/output/schemas.js';
import { packageRoot } from '../../../src/package.js';

const folder = join(packageRoot, 'schema', 'cli');

t.test('the published schemas are those of the source', async (t) => {
  const names = Object.keys(OUTPUTS) as OutputName[];
  t.strictSame(readdirSync(folder).sort(), names.map((name) => `${name}.json`).sort());
  for (const name of names)
    t.equal(
      readFileSync(join(folder, `${name}.json`), 'utf8'),
      outputSchemaText(name),
      `${name}: node scripts/generate-cli-schemas.mjs`,
    );
});

t.test('a counter beyond what a JSON number holds becomes a string, without losing a digit', async (t) => {
  t.equal(toCount(0n), 0);
  t.equal(toCount(2n ** 53n - 1n), 9007199254740991);
  t.equal(toCount(2n ** 53n), '9007199254740992');
  t.equal(toCount(2n ** 64n - 1n), '18446744073709551615');
  for (const value of [0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n]) t.ok(count.safeParse(toCount(value)).success);
  for (const value of [-1, 0.5, '12', 'many']) t.notOk(count.safeParse(value).success, String(value));
});
