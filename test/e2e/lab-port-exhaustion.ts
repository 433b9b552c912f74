// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { kernelFeatures } from '../../src/runtime/features.js';
import { answerOf, snatkit } from '../helpers/cli.js';

const skip = kernelFeatures().bpfLoop ? false : 'no bpf_loop: one way to search for a port only';

t.test('complete never fails, the others where their originals do', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'snatkit-ports-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const svg = join(folder, 'ports.svg');
  const ran = await snatkit(['lab', 'run', 'port-exhaustion', '--svg', svg, '--json']);
  t.equal(ran.code, 0, ran.stderr);
  const result = answerOf('lab-run', ran);
  if (result.dryRun || result.scenario !== 'port-exhaustion') throw new Error('that was something else');
  t.equal(result.asExpected, true);
  t.strictSame(result.portRange, { min: 32768, max: 65535 });
  t.match(readFileSync(svg, 'utf8'), /^<svg [\s\S]*<\/svg>\n$/);

  const of = (name: string) => {
    const found = result.allocators.find((a) => a.allocator === name);
    if (!found) throw new Error(`no ${name}`);
    const failed = (asked: number) => found.steps.find((s) => s.asked === asked)?.failed ?? Number.NaN;
    return { ...found, failed };
  };
  const complete = of('complete');
  t.match(complete, { ports: 32768, granted: 32768, distinctPorts: 32768, firstFailureAt: null });
  t.ok(complete.steps.every((s) => s.failed === 0));
  for (const { distinctPorts, granted } of result.allocators) t.equal(distinctPorts, granted, 'no port twice');

  const near = (value: number | null, low: number, high: number, what: string) =>
    t.ok(value !== null && value >= low && value <= high, `${what}: ${value} in ${low}–${high}`);
  const old = of('cilium-1.11');
  near(old.failed(0.75), 0, 0, '1.11 at 75 %');
  near(old.failed(0.875), 0, 0.002, '1.11 at 87.5 %');
  near(old.failed(1), 0.015, 0.024, '1.11 at the end');
  near(old.firstFailureAt, 0.76, 0.92, '1.11 for the first time');
  const recent = of('cilium-1.18');
  near(recent.failed(0.5), 0.0001, 0.004, '1.18 at half');
  near(recent.failed(0.75), 0.042, 0.062, '1.18 at 75 %');
  near(recent.failed(0.875), 0.092, 0.115, '1.18 at 87.5 %');
  near(recent.failed(1), 0.15, 0.172, '1.18 at the end');
  near(recent.firstFailureAt, 0.4, 0.52, '1.18 for the first time');
  near(of('random').failed(1), 0.015, 0.027, 'random at the end');
});

t.test('options of other scenarios are refused, and a file that cannot be written at once', async (t) => {
  for (const [argv, words] of [
    [['port-exhaustion', '--keep'], 'port-exhaustion takes no --keep'],
    [['port-exhaustion', '--attach', 'tc'], 'port-exhaustion takes no --attach'],
    [['mysql-incident', '--svg', 'x.svg'], 'mysql-incident takes no --svg'],
    [['port-exhaustion', '--svg', '/no/such/folder/x.svg'], 'cannot be written'],
  ] as const) {
    const ran = await snatkit(['lab', 'run', ...argv]);
    t.equal(ran.code, 2, argv.join(' '));
    t.match(ran.stderr, words);
  }
  const dry = answerOf(
    'lab-run',
    await snatkit(['lab', 'run', 'port-exhaustion', '--svg', 'x.svg', '--dry-run', '--json']),
  );
  t.match(dry, { dryRun: true, scenario: 'port-exhaustion' });
});
