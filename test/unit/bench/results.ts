// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { frame, NODE, POD, REMOTE } from '../../../bench/node.js';
import { formatDocument, formatTable } from '../../../bench/report.js';
import { judge, median, quantile, type Results } from '../../../bench/results.js';
import { manyCidrs, SCENARIOS, shuffled } from '../../../bench/scenarios.js';
import { flowTable } from '../../../bench/wrapper.js';
import { parseAddress } from '../../../src/net/address.js';
import { cidrContains, cidrsOverlap, parseCidr } from '../../../src/net/cidr.js';
import { packageRoot } from '../../../src/package.js';

t.test('quantiles are interpolated, and need samples', async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.equal(quantile([10, 20, 30, 40, 50], 0.25), 20);
  t.throws(() => median([]), RangeError);
});

t.test('targets are judged in floors, or against another scenario', async (t) => {
  const { floor, rows } = judge(
    [20, 22, 18],
    [
      { name: 'a', title: 'A', samples: [40, 41, 39], target: { atMost: 2 } },
      { name: 'b', title: 'B', samples: [60], target: { atMost: 1.4, of: 'a' } },
      { name: 'c', title: 'C', samples: [60], target: { atMost: 1.4, of: 'absent' } },
      { name: 'd', title: 'D', samples: [1] },
    ],
  );
  t.equal(floor.ns, 20);
  t.match(rows[0], { floors: 2, times: 2, met: true });
  t.match(rows[1], { floors: 3, times: 1.5, met: false });
  t.equal(rows[2]?.met, undefined, 'nothing to compare with: left open');
  t.notOk('target' in (rows[3] ?? {}));
});

t.test('scenarios have names of their own, and compare with ones that exist', async (t) => {
  const names = SCENARIOS.map((s) => s.name);
  t.equal(new Set(names).size, names.length);
  for (const { target } of SCENARIOS) if (target?.of !== undefined) t.ok(names.includes(target.of), target.of);
});

t.test('flows in turn may differ in ports and checksum only', async (t) => {
  const packet = (sport: number, dst: string) => frame({ ip: { src: POD, dst }, tcp: { sport, dport: 443 } });
  const table = flowTable([packet(1, REMOTE), packet(0x1234, REMOTE)]);
  t.equal(table.length, 16);
  t.equal(table.readUInt16BE(8), 0x1234);
  t.equal(table.readUInt16BE(10), 443);
  t.equal(table.readUInt16BE(12), packet(0x1234, REMOTE).readUInt16BE(14 + 20 + 16));
  t.throws(() => flowTable([packet(1, REMOTE), packet(1, NODE)]), /differs from the first/);
});

t.test('what the scenarios are made of', async (t) => {
  t.equal(frame({ ip: { src: POD, dst: REMOTE }, tcp: { sport: 1, dport: 2 } }).length, 60);
  t.same(
    [...shuffled(1000)].sort((a, b) => a - b),
    [...Array(1000).keys()],
  );
  t.same(shuffled(100), shuffled(100));
  const cidrs = manyCidrs(128).map((text) => parseCidr(text));
  t.notOk(cidrs.includes(undefined), 'host bits are zero');
  const known = cidrs.flatMap((c) => (c ? [c] : []));
  t.notOk(known.some((c, i) => known.slice(i + 1).some((o) => cidrsOverlap(c, o))));
  const remote = parseAddress(REMOTE);
  t.notOk(remote && known.some((c) => cidrContains(c, remote)));
});

t.test('the document and the committed results belong together', async (t) => {
  const results = JSON.parse(readFileSync(join(packageRoot, 'bench', 'results.json'), 'utf8')) as Results;
  const document = readFileSync(join(packageRoot, 'docs', 'performance.md'), 'utf8');
  t.equal(document, formatDocument(results), 'run make bench ARGS=--document');
  t.match(formatTable(results), /targets met$/);
});
