// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { UnsupportedError } from '../../src/errors.js';
import { load, native } from '../../src/native/index.js';
import { packageRoot } from '../../src/package.js';
import { makeFolder } from '../helpers/native.js';

t.test('the clock that BPF programs read', async (t) => {
  const before = process.hrtime.bigint();
  const now = native().monotonicNow();
  const after = process.hrtime.bigint();
  t.ok(before <= now && now <= after, 'Node.js reads the same one');
});

t.test('CPUs, capabilities and libbpf', async (t) => {
  const possible = readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim();
  const last = Number(/(\d+)$/.exec(possible)?.[1]);
  t.equal(native().possibleCpus(), last + 1);
  const effective = /CapEff:\s*([0-9a-f]+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  t.equal(native().capabilities(), BigInt(`0x${effective}`));
  t.match(native().libbpfVersion, /^v\d+\.\d+/);
});

t.test('one addon a process, loaded when first asked for', async (t) => {
  t.equal(native(), native());
});

t.test('an addon that is missing or broken says what to do', async (t) => {
  const folder = makeFolder(t);
  t.throws(() => load(join(folder, 'none.node')), UnsupportedError);
  t.throws(() => load(join(folder, 'none.node')), /make build/);
  const broken = join(folder, 'broken.node');
  writeFileSync(broken, 'no ELF');
  t.throws(() => load(broken), /make build/);
});

t.test('without libbpf the package to install is named', async (t) => {
  // The same file asking for a library of another name stands in for a machine without libbpf.
  const addon = join(makeFolder(t), 'other.node');
  copyFileSync(join(packageRoot, 'native', 'build', 'Release', 'snatkit.node'), addon);
  const bytes = readFileSync(addon);
  const at = bytes.indexOf('libbpf.so.1\0');
  t.ok(at > 0);
  bytes.write('libbpf.so.9', at);
  writeFileSync(addon, bytes);
  const program = `
    import { load } from ${JSON.stringify(join(packageRoot, 'dist/src/native/index.js'))};
    try { load(${JSON.stringify(addon)}) } catch (error) { console.log(error.name, error.message) }`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  t.match(stdout, /UnsupportedError .*libbpf\.so\.1.*apt-get install libbpf1/);
});
