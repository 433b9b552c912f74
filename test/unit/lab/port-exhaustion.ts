// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { NODE, newConnections, SOURCE_ADDRESS, SOURCE_PORT } from '../../../src/lab/port-exhaustion-flows.js';
import { axis, percent, plot } from '../../../src/lab/port-exhaustion-plot.js';
import { renderExhaustion } from '../../../src/lab/port-exhaustion-render.js';
import {
  ALLOCATORS,
  type Allocator,
  asExpected,
  type ExhaustionResult,
  POINTS,
  STEPS,
  Tally,
} from '../../../src/lab/port-exhaustion-result.js';
import { chartExhaustion } from '../../../src/lab/port-exhaustion-svg.js';
import { parsePacket } from '../../../src/net/packet.js';

/** The n-th connection (from 1) of 1000 fails or gets port n. */
function tallied(allocator: Allocator, fails: (n: number) => boolean) {
  const tally = new Tally(allocator, 1000);
  for (let n = 1; n <= 1000; n++) fails(n) ? tally.refused() : tally.granted(n);
  return tally.result();
}

const result = (of: (allocator: Allocator) => (n: number) => boolean): ExhaustionResult => {
  const allocators = ALLOCATORS.map((a) => tallied(a, of(a)));
  return {
    scenario: 'port-exhaustion',
    asExpected: asExpected(allocators),
    portRange: { min: 1, max: 1000 },
    allocators,
    kernel: '6.18 <&>',
    milliseconds: 1234,
  };
};
const upperHalf = result((a) => (n) => a === 'cilium-1.18' && n > 500 && n % 2 === 0);

t.test('failures are counted over what was asked so far', async (t) => {
  const r = tallied('random', (n) => n > 500 && n % 2 === 0);
  t.strictSame([r.ports, r.granted, r.distinctPorts, r.firstFailureAt], [1000, 750, 750, 0.502]);
  const failed = Object.fromEntries(r.steps.map((s) => [s.asked, s.failed]));
  t.strictSame(
    r.steps.map((s) => s.asked),
    STEPS,
  );
  t.equal(failed[0.5], 0);
  t.equal(failed[0.75], 125 / 750);
  t.equal(failed[0.875], 187 / 875, '875 connections, of which the even ones above 500');
  t.equal(failed[1], 0.25);
  t.equal(r.curve.length, POINTS + 1);
  t.strictSame([r.curve[0], r.curve[POINTS]], [0, 0.25]);
  t.equal(tallied('complete', () => false).firstFailureAt, null);
  t.throws(() => new Tally('complete', 10).result(), { message: '0 of 10 connections were tried' });
});

t.test('a port given twice, or one that complete did not find, is not as expected', async (t) => {
  t.equal(upperHalf.asExpected, true);
  t.equal(result((a) => (n) => a === 'complete' && n === 1000).asExpected, false);
  const twice = new Tally('random', 2);
  twice.granted(7);
  twice.granted(7);
  t.equal(twice.result().distinctPorts, 1);
  t.equal(asExpected([twice.result()]), false);
});

t.test('the connections are new ones, the same on every run, evenly over the range', async (t) => {
  const range = { min: 32768, max: 65535 };
  const packets = [...newConnections(range)].map((bytes) => Buffer.from(bytes));
  t.equal(packets.length, 32768);
  const flows = new Set(packets.map((p) => p.toString('latin1', SOURCE_ADDRESS, SOURCE_PORT + 4)));
  t.equal(flows.size, 32768, 'no two the same');
  const ports = packets.map((p) => p.readUInt16BE(SOURCE_PORT));
  t.ok(ports.every((p) => p >= range.min && p <= range.max));
  for (let quarter = 0; quarter < 4; quarter++) {
    const inside = ports.filter((p) => (p - range.min) >> 13 === quarter).length;
    t.ok(Math.abs(inside - 8192) < 400, `${inside} of 8192 in quarter ${quarter}`);
  }
  const again = [...newConnections(range)].slice(0, 100).map((bytes) => Buffer.from(bytes));
  t.strictSame(again, packets.slice(0, 100));
  const first = parsePacket(packets[300] as Buffer);
  t.match(first, { ip: { src: '10.20.1.44', dst: '192.0.2.9' }, tcp: { dport: 443, flags: ['SYN'] } });
  t.not(first.ip?.src, NODE);
});

t.test('percentages and axes', async (t) => {
  t.strictSame([0, 0.00001, 0.0009, 0.0099, 0.00996, 0.052, 0.16].map(percent), [
    '0',
    '<0.01',
    '0.09',
    '0.99',
    '1.0',
    '5.2',
    '16.0',
  ]);
  t.strictSame(axis(0), { top: 0.01, step: 0.01 });
  t.match(axis(0.05), { top: 0.05, step: 0.01 });
  for (const highest of [0.001, 0.019, 0.051, 0.16, 0.2, 0.33, 0.99, 1]) {
    const { top, step } = axis(highest);
    t.ok(top >= highest - 1e-9 && top / step <= 5 + 1e-9, `${highest}: ${top} by ${step}`);
  }
});

t.test('the plot has each value where it belongs', async (t) => {
  const plain = (mark: string, values: number[]) => ({ mark, values, paint: (s: string) => s });
  const lines = plot([plain('a', [0, 0.05, 0.1]), plain('b', [0, 0, 0])], 40);
  t.ok(
    lines.every((l) => l.length <= 40),
    'within the width',
  );
  const rows = lines.filter((l) => /[┤│]/.test(l));
  t.match(rows[0], /^ 10 % ┤ *a+$/, 'the highest at the top');
  t.equal(rows[0]?.length, 40, 'and at the right');
  t.match(rows.at(-1), /^ {2}0 % ┤b+$/, 'zeros on the ground, the last series above');
  for (const row of rows) t.match(row, /[ab]/, 'the line is not broken');
  t.match(lines.at(-1), /^ {7}0 % .* 100 %$/);
  const both = plot([plain('a', [0.1, 0.1]), plain('b', [0.1, 0.1])], 40)[0] ?? '';
  t.match(both, /(ab){10}/, 'two that coincide take turns');
});

t.test('the text has the curves, the numbers and the originals’', async (t) => {
  const text = renderExhaustion(upperHalf);
  for (const words of [
    'ports 1–1000',
    '▲ cilium-1.18',
    '● complete',
    'complete: 1000 of 1000 connections have a port, 1000 different ones; 1.2 s',
  ])
    t.ok(text.includes(words), words);
  t.match(text, /^cilium-1\.18 +50\.2 +0 +16\.7 +21\.4 .* 25\.0$/m);
  t.match(text, /^ {2}Cilium 1\.18 +48\.0 +0\.09 +5\.2 +10\.3 +– +– +16\.0$/m);
  t.match(text, /^nftables, iptables +– +0 +0 .* 1\.0–1\.2$/m);
  t.match(text, /^complete +never( +0){6}$/m);
  const csi = '\u001b[';
  t.notOk(text.includes(csi));
  t.ok(renderExhaustion(upperHalf, { color: true }).includes(`${csi}31m▲`));
  for (const width of [80, 100])
    for (const line of renderExhaustion(upperHalf, { width }).split('\n')) t.ok(line.length <= width, line);
  t.match(renderExhaustion(result((a) => (n) => a === 'complete' && n === 1000)), 'not as expected: complete: 999 of');
});

t.test('the chart is one whole document that needs no other', async (t) => {
  const svg = chartExhaustion(upperHalf);
  t.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 760 460"/);
  t.equal(svg.match(/<polyline /g)?.length, 4);
  t.ok(svg.includes('6.18 &lt;&amp;&gt;'));
  t.notMatch(svg, /NaN|Infinity|undefined|href|url\(|<script|<style|@import/);
  const open: string[] = [];
  for (const [, end, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (end) t.equal(open.pop(), name);
    else if (!self) open.push(name as string);
  }
  t.strictSame(open, [], 'every element is closed');
  const points = [...svg.matchAll(/points="([^"]+)"/g)].flatMap((m) => (m[1] as string).split(' '));
  t.equal(points.length, 4 * (POINTS + 1));
  const outside = points.filter((point) => {
    const [x, y] = point.split(',').map(Number) as [number, number];
    return !(x >= 64 && x <= 736 && y >= 76 && y <= 376);
  });
  t.strictSame(outside, []);
});
