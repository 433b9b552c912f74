// SPDX-License-Identifier: Apache-2.0
/** What is generated and committed is fresh, and every shape compiles with every clang there is. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { abiHeader } from '../../src/abi/header.js';
import { findClangs, OLDEST_CLANG } from '../../src/compile/clang.js';
import { compileUnit, headersDir } from '../../src/compile/compile.js';
import { emitUnit } from '../../src/emit/unit.js';
import { native } from '../../src/native/index.js';
import { packageRoot } from '../../src/package.js';
import type { Plan } from '../../src/plan/plan.js';
import { loadShape, planOf, SHAPES } from '../helpers/shapes.js';

const text = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

t.test('bpf/snat/abi.h is what src/abi prints (make schema)', async (t) => {
  t.equal(text('bpf/snat/abi.h'), abiHeader());
});

t.test('bpf/unit/default.c is what src/emit prints (make schema)', async (t) => {
  t.equal(text('bpf/unit/default.c'), emitUnit(planOf({ nativeRoutingCIDRs: ['10.20.0.0/16'] }).shape));
});

t.test('the default unit can be read aloud: two screens', async (t) => {
  t.ok(text('bpf/unit/default.c').split('\n').length < 100);
});

const shapes = Object.fromEntries(Object.entries(SHAPES).map(([name, make]) => [name, make({})]));
const unitOf = (name: keyof typeof SHAPES) => emitUnit((shapes[name] as Plan).shape);

const clangs = (await findClangs()).filter((c) => c.major >= OLDEST_CLANG);
t.ok(clangs.length > 0, 'there is a clang');
for (const clang of clangs)
  t.test(clang.version, async (t) => {
    for (const [name, made] of Object.entries(shapes)) {
      const { object } = await compileUnit(emitUnit(made.shape), { clang, cache: join(packageRoot, 'dist', 'cache') });
      const loaded = await loadShape(made, object);
      loaded.close();
      t.pass(`${name}: compiled, and the verifier accepts it`);
    }
  });

t.test('the object is the same bytes wherever it is compiled', async (t) => {
  const { cpSync } = await import('node:fs');
  const elsewhere = mkdtempSync(join(tmpdir(), 'snatkit-golden-'));
  t.teardown(() => rmSync(elsewhere, { recursive: true }));
  cpSync(join(headersDir, 'snat'), join(elsewhere, 'snat'), { recursive: true });
  const here = await compileUnit(unitOf('default'), { cache: false });
  const there = await compileUnit(unitOf('default'), { cache: false, headers: elsewhere });
  t.equal(here.hash, there.hash);
  t.ok(here.object.equals(there.object));
});

t.test('the compiled-out egress program is two instructions', async (t) => {
  const { object } = await compileUnit(unitOf('compiled out'), { cache: false });
  const loaded = native().openObject(object, 'golden');
  t.teardown(() => loaded.close());
  await loaded.load();
  t.equal(loaded.program('snat_egress').info.translatedBytes, 16);
});
