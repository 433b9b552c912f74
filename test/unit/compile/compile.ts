// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ObjectCache } from '../../../src/compile/cache.js';
import { findClang, findClangs } from '../../../src/compile/clang.js';
import { compileUnit } from '../../../src/compile/compile.js';
import { parseDiagnostics } from '../../../src/compile/diagnostics.js';
import { CompileError } from '../../../src/errors.js';

const folder = (t: { teardown(fn: () => void): unknown }) => {
  const made = mkdtempSync(join(tmpdir(), 'snatkit-compile-'));
  t.teardown(() => rmSync(made, { recursive: true }));
  return made;
};
const SMALL = '#include "snat/bpf.h"\nSEC("tc") int nothing(struct __sk_buff *skb)\n{\n\treturn skb->len ? 0 : 1;\n}\n';

/** A program that answers --version like a compiler. */
function fakeClang(dir: string, name: string, version: string): void {
  const file = join(dir, name);
  writeFileSync(file, `#!/bin/sh\necho "${version}"\n`);
  chmodSync(file, 0o755);
}

t.test('no clang, or only old ones: the error says how to get one', async (t) => {
  const dir = folder(t);
  await t.rejects(findClang({ PATH: dir }), {
    name: 'CompileError',
    message: /clang 14 or newer.*found none.*apt-get install clang/,
  });
  fakeClang(dir, 'clang', 'clang version 11.0.1');
  await t.rejects(findClang({ PATH: dir }), { message: /found only clang version 11\.0\.1/ });
  await t.rejects(findClang({ PATH: dir, SNATKIT_CLANG: join(dir, 'nowhere') }), {
    message: /SNATKIT_CLANG.*no clang that runs/,
  });
});

t.test('the plain name first, else the newest', async (t) => {
  const dir = folder(t);
  fakeClang(dir, 'clang-14', 'clang version 14.0.0');
  fakeClang(dir, 'clang-19', 'clang version 19.1.7');
  writeFileSync(join(dir, 'clang-99'), 'not executable');
  t.equal((await findClang({ PATH: dir })).major, 19);
  fakeClang(dir, 'clang', 'Debian clang version 16.0.6');
  t.equal((await findClang({ PATH: dir })).major, 16);
  t.equal((await findClang({ PATH: dir, SNATKIT_CLANG: join(dir, 'clang-14') })).major, 14);
  t.equal((await findClangs(dir)).length, 3);
});

t.test('a diagnostic is mapped to file and line', async (t) => {
  const error = await compileUnit(SMALL.replace('skb->len', 'skb->lenght'), { cache: false }).catch((e) => e);
  t.type(error, CompileError);
  t.match(error.diagnostics, [{ file: 'snat.c', line: 4, severity: 'error', message: /no member named 'lenght'/ }]);
  t.match(error.message, /snat\.c:4:\d+: error/);
});

t.test('#line leads to the user’s file, headers are named from the package', async (t) => {
  const error = await compileUnit(`${SMALL}#line 7 "egress.rules.ts"\nint x = y;\n`, { cache: false }).catch((e) => e);
  t.match(error.diagnostics, [{ file: 'egress.rules.ts', line: 7 }]);
  t.strictSame(parseDiagnostics('/a/bpf/snat/nat.h:3:9: warning: unused\n', '/a/bpf'), [
    { file: 'bpf/snat/nat.h', line: 3, column: 9, severity: 'warning', message: 'unused' },
  ]);
});

t.test('objects come from the cache, and only whole and trusted ones', async (t) => {
  const cache = join(folder(t), 'cache');
  const first = await compileUnit(SMALL, { cache });
  t.equal(first.cached, false);
  const second = await compileUnit(SMALL, { cache });
  t.equal(second.cached, true);
  t.ok(second.object.equals(first.object));
  const file = join(cache, 'objects', `${first.hash}.o`);
  chmodSync(file, 0o666);
  t.equal((await compileUnit(SMALL, { cache })).cached, false, 'others could have written it');
  writeFileSync(file, 'cut');
  chmodSync(file, 0o600);
  t.equal((await compileUnit(SMALL, { cache })).cached, false, 'damaged');
  t.equal((await compileUnit(SMALL, { cache })).cached, true, 'mended');
  t.strictSame(readdirSync(join(cache, 'objects')), [`${first.hash}.o`], 'no temporary files');
});

t.test('a cache folder that cannot be used costs nothing but time', async (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'file'), '');
  const result = await compileUnit(SMALL, { cache: join(dir, 'file') });
  t.ok(result.object.length > 0);
  mkdirSync(join(dir, 'open'), { mode: 0o777 });
  chmodSync(join(dir, 'open'), 0o777);
  const cache = new ObjectCache(join(dir, 'open'));
  cache.put('x', Buffer.from('y'));
  t.equal(cache.get('x'), undefined, 'a folder that others can write is not trusted');
});
