// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { cpio } from '../../../src/vm/cpio.js';

/** Reads an archive by the format's description: 6 bytes of magic, 13 numbers of 8 hex digits, name, data, each padded to 4. */
function read(archive: Buffer) {
  const found: { path: string; mode: number; data: string }[] = [];
  for (let at = 0; ; ) {
    const number = (i: number) => Number.parseInt(archive.toString('latin1', at + 6 + i * 8, at + 14 + i * 8), 16);
    if (archive.toString('latin1', at, at + 6) !== '070701') throw new Error(`no magic at ${at}`);
    const [mode, size, nameSize] = [number(1), number(6), number(11)];
    const path = archive.toString('utf8', at + 110, at + 110 + nameSize - 1);
    const start = Math.ceil((at + 110 + nameSize) / 4) * 4;
    if (path === 'TRAILER!!!') return { found, end: start };
    found.push({ path, mode, data: archive.toString('utf8', start, start + size) });
    at = Math.ceil((start + size) / 4) * 4;
  }
}

t.test('what is put in is read out, whatever its length', async (t) => {
  const files = ['', 'a', 'ab', 'abc', 'abcd', 'abcde'].map((data, i) => ({ path: `f${'x'.repeat(i)}`, data }));
  const archive = cpio([{ path: 'dir' }, ...files, { path: 'dir/secret', data: 'ä', mode: 0o600 }]);
  const { found, end } = read(archive);
  t.strictSame(found[0], { path: 'dir', mode: 0o040755, data: '' });
  for (const [i, file] of files.entries()) t.strictSame(found[i + 1], { ...file, mode: 0o100755 });
  t.strictSame(found.at(-1), { path: 'dir/secret', mode: 0o100600, data: 'ä' });
  t.equal(end, archive.length);
  t.equal(archive.length % 4, 0, 'another archive may follow');
});
