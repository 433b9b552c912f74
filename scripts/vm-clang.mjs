// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Compiles for guests on the host: under emulation clang takes half a minute for what takes it a tenth of a second here,
 * and seconds to say its version. `folder` is to be shared with the guest and to come first on its PATH; it has a
 * stand-in for each of the clangs, which hands the work over in that folder and waits.
 */
export class HostClang {
  /** @param clangs as findClangs() gives them; the first is also found as plain `clang`. */
  constructor(clangs) {
    this.folder = mkdtempSync(join(tmpdir(), 'snatkit-vm-clang-'));
    this.clangs = new Map(clangs.map((clang) => [`clang-${clang.major}`, clang.path]));
    for (const [name, { version }] of [...this.clangs.keys()].map((name, i) => [name, clangs[i]]))
      writeFileSync(join(this.folder, name), standIn(this.folder, name, version), { mode: 0o755 });
    const [first] = this.clangs.keys();
    if (first) writeFileSync(join(this.folder, 'clang'), readFileSync(join(this.folder, first)), { mode: 0o755 });
    this.watcher = watch(this.folder, (_event, name) => {
      if (name?.endsWith('.ready')) this.compile(name.slice(0, -'.ready'.length));
    });
  }

  compile(job) {
    const folder = join(this.folder, job);
    const ready = `${folder}.ready`;
    if (!existsSync(ready)) return;
    const name = readFileSync(ready, 'utf8').trim();
    rmSync(ready);
    const args = readFileSync(join(folder, 'args'), 'utf8').split('\0').slice(0, -1);
    const files = ['stdout', 'stderr'].map((stream) => openSync(join(folder, stream), 'w'));
    const child = spawn(this.clangs.get(name), args, { cwd: folder, stdio: ['ignore', ...files] });
    for (const file of files) closeSync(file);
    child.once('close', (code) => {
      writeFileSync(join(folder, 'code.new'), `${code ?? 1}\n`);
      renameSync(join(folder, 'code.new'), join(folder, 'code'));
    });
  }

  close() {
    this.watcher.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The sources of a unit lie in the guest's own temporary folder, and so does what is to come out: both are carried over. */
const standIn = (folder, name, version) => `#!/bin/sh
[ "$*" != --version ] || { echo '${version}'; exit; }
set -e
job=$(mktemp -d ${folder}/XXXXXX)
out=-
n=$#
while [ $n -gt 0 ]; do
  if [ "$1" = -o ]; then out=$2; shift; n=$((n - 1)); else set -- "$@" "$1"; fi
  shift
  n=$((n - 1))
done
cp ./*.c "$job" 2>/dev/null || true
printf '%s\\0' "$@" -o - >"$job/args"
echo ${name} >"$job.new"
mv "$job.new" "$job.ready"
until [ -e "$job/code" ]; do sleep 0.1; done
cat "$job/stderr" >&2
if [ "$out" = - ]; then cat "$job/stdout"; else cat "$job/stdout" >"$out"; fi
exit "$(cat "$job/code")"
`;
