// SPDX-License-Identifier: Apache-2.0
/** What is generated and committed is fresh, and every shape compiles with every clang there is. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { abiHeader } from '../../src/abi/header.js';
import { findClangs, OLDEST_CLANG } from '../../src/compile/clang.js';
import { compileUnit, headersDir } from '../../src/compile/compile.js';
import type { ConfigInput } from '../../src/config/config.js';
import { parseConfig } from '../../src/config/parse.js';
import { emitUnit } from '../../src/emit/unit.js';
import { native } from '../../src/native/index.js';
import { packageRoot } from '../../src/package.js';
import { plan, type PlanOptions } from '../../src/plan/plan.js';

const text = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const unit = (config: Partial<ConfigInput>, options?: PlanOptions) =>
  emitUnit(plan(parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], ...config }), options).shape);

t.test('bpf/snat/abi.h is what src/abi prints (make generate)', async (t) => {
  t.equal(text('bpf/snat/abi.h'), abiHeader());
});

t.test('bpf/unit/default.c is what src/emit prints (make generate)', async (t) => {
  t.equal(text('bpf/unit/default.c'), unit({ nativeRoutingCIDRs: ['10.20.0.0/16'] }));
});

t.test('the default unit can be read aloud: two screens', async (t) => {
  t.ok(text('bpf/unit/default.c').split('\n').length < 80);
});

const manyCIDRs = Array.from({ length: 300 }, (_, i) => `10.${i % 200}.${(i * 7) % 256}.0/${24 + (i % 9)}`).map((c) => {
  const [address, length] = c.split('/') as [string, string];
  return Number(length) > 24 ? `${address.replace(/\.0$/, '.0')}/${length}` : c;
});

const shapes: Record<string, string> = {
  default: unit({}),
  'masquerading off': unit({ masquerade: { ipv4: false } }),
  'compiled out': unit({}, { quirks: ['egress-compiled-out'] }),
  'bounded walk': unit({}, { features: { bpfLoop: false } }),
  'every exclusion': unit({
    nativeRoutingCIDRs: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
    nonMasqueradeCIDRs: ['198.51.100.0/24', '203.0.113.128/25'],
    remoteNodes: ['192.0.2.1', '192.0.2.2'],
    reservedPorts: [40000, '41000-41999'],
  }),
  'everything excluded': unit({ nativeRoutingCIDRs: ['0.0.0.0/0'] }),
  'all are pods': unit({ podCIDRs: ['0.0.0.0/0'] }),
  'three hundred CIDRs': unit({ nativeRoutingCIDRs: manyCIDRs, podCIDRs: manyCIDRs }),
  'eight devices': unit({}, { deviceCount: 8 }),
};

const clangs = (await findClangs()).filter((c) => c.major >= OLDEST_CLANG);
t.ok(clangs.length > 0, 'there is a clang');
for (const clang of clangs)
  t.test(clang.version, async (t) => {
    for (const [name, source] of Object.entries(shapes)) {
      const { object } = await compileUnit(source, { clang, cache: join(packageRoot, 'dist', 'cache') });
      const loaded = native().openObject(object, 'golden');
      try {
        await loaded.load();
        t.pass(`${name}: compiled, and the verifier accepts it`);
      } finally {
        loaded.close();
      }
    }
  });

t.test('the object is the same bytes wherever it is compiled', async (t) => {
  const { cpSync } = await import('node:fs');
  const elsewhere = mkdtempSync(join(tmpdir(), 'snatkit-golden-'));
  t.teardown(() => rmSync(elsewhere, { recursive: true }));
  cpSync(join(headersDir, 'snat'), join(elsewhere, 'snat'), { recursive: true });
  const here = await compileUnit(shapes.default as string, { cache: false });
  const there = await compileUnit(shapes.default as string, { cache: false, headers: elsewhere });
  t.equal(here.hash, there.hash);
  t.ok(here.object.equals(there.object));
});

t.test('the compiled-out egress program is two instructions', async (t) => {
  const { object } = await compileUnit(shapes['compiled out'] as string, { cache: false });
  const loaded = native().openObject(object, 'golden');
  t.teardown(() => loaded.close());
  await loaded.load();
  t.equal(loaded.program('snat_egress').info.translatedBytes, 16);
});
