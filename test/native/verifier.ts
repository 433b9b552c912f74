// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { VerifierError } from '../../src/errors.js';
import { native } from '../../src/native/index.js';
import { readVerifierLog } from '../../src/native/verifier-log.js';
import { packageRoot } from '../../src/package.js';
import { compiled, descriptors } from '../helpers/native.js';

t.test('a refused program: the whole log, its last words and its place', async (t) => {
  const before = descriptors();
  const object = native().openObject(compiled('refused'), 'refused');
  const error = await object.load().catch((error: unknown) => error);
  object.close();
  if (!(error instanceof VerifierError)) throw error;
  t.match(error.summary, /^refused: .*packet/);
  const lines = error.log.split('\n');
  t.match(lines[0], /R1=ctx/, 'from its first line');
  t.match(error.log, /processed \d+ insns/, 'to its last');
  t.ok(lines.length > 1200, 'libbpf’s own summary would have been far shorter');
  const source = readFileSync(join(packageRoot, 'bpf', 'test', 'refused.c'), 'utf8').split('\n');
  const line = source.findIndex((text) => text.includes('data[20]')) + 1;
  // Kernels before 6.9 print the code without its place.
  const expected = / @ refused\.c:\d+/.test(error.log) ? `refused.c:${line}` : undefined;
  t.equal(error.at, expected);
  t.same(descriptors(), before);
});

t.test('without the refused program the object loads', async (t) => {
  const object = native().openObject(compiled('refused'), 'refused');
  t.teardown(() => object.close());
  object.setAutoload('refused', false);
  await object.load();
  t.equal(object.program('accepted_first').info.name, 'accepted_first');
});

t.test('the words in logs of other kernels', async (t) => {
  const read = (...lines: string[]) => readVerifierLog(`${lines.join('\n')}\n`);
  t.same(
    read(
      '0: (61) r2 = *(u32 *)(r1 +76)',
      '; return data[20];',
      '3: (71) r0 = *(u8 *)(r2 +20)',
      'R2 invalid mem access',
      'processed 4 insns (limit 1000000) max_states_per_insn 0 total_states 0',
    ),
    { summary: 'R2 invalid mem access', at: undefined },
  );
  t.same(
    read(
      '; int a = 1; @ first.c:1',
      '; b @ c; @ dir.h:20',
      '3: (71) r0 = 1',
      'the sequence of 8193 jumps is too complex.',
      'verification time 5 usec',
      'stack depth 0',
      'processed 9 insns (limit 1000000)',
      '',
    ),
    { summary: 'the sequence of 8193 jumps is too complex.', at: 'dir.h:20' },
  );
  t.same(readVerifierLog(''), { summary: 'it gave no reason', at: undefined });
});
