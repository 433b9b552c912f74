// SPDX-License-Identifier: Apache-2.0
/** The results as a table for a terminal, and as docs/performance.md. */
import type { Results, Row } from './results.js';

const time = (ns: number) => (ns >= 1e6 ? `${(ns / 1e6).toFixed(2)} ms` : `${ns.toFixed(1)} ns`);
const floors = (row: Row) => (row.floors >= 1000 ? '' : row.floors.toFixed(2));
const verdict = (row: Row) => (row.met === undefined ? '' : row.met ? 'met' : 'NOT MET');

function targetText({ target, times }: Row): string {
  if (!target) return '';
  if (target.of === undefined) return `≤ ${target.atMost}`;
  return `≤ ${target.atMost} × ${target.of}${times === undefined ? '' : ` (${times})`}`;
}

const HEAD = ['scenario', 'a packet', '±', 'floors', 'target', '', 'Cilium, floors'];

const cells = (results: Results): string[][] => [
  ['parse + one LRU hash hit', time(results.floor.ns), results.floor.spread.toFixed(1), '1', '', '', ''],
  ...results.rows.map((r) => [
    r.title,
    time(r.ns),
    r.ns >= 1e6 ? (r.spread / 1e6).toFixed(2) : r.spread.toFixed(1),
    floors(r),
    targetText(r),
    verdict(r),
    r.cilium ?? '',
  ]),
];

/** For a terminal: columns aligned, and how many targets are met. */
export function formatTable(results: Results): string {
  const rows = [HEAD, ...cells(results)];
  const widths = HEAD.map((_, c) => Math.max(...rows.map((r) => (r[c] as string).length)));
  const right = new Set([1, 2, 3]);
  const lines = rows.map((r) =>
    r
      .map((cell, c) => (right.has(c) ? cell.padStart(widths[c] as number) : cell.padEnd(widths[c] as number)))
      .join('  ')
      .trimEnd(),
  );
  const judged = results.rows.filter((r) => r.met !== undefined);
  return `${lines.join('\n')}\n\n${judged.filter((r) => r.met).length} of ${judged.length} targets met`;
}

/** docs/performance.md. */
export function formatDocument(results: Results): string {
  const { machine, rounds } = results;
  const table = [HEAD, HEAD.map((_, c) => (c > 0 && c < 4 ? '--:' : '---')), ...cells(results)];
  return `<!-- Generated from bench/results.json by \`make bench\`: do not edit. -->
# What a packet costs

${table.map((r) => `| ${r.join(' | ')} |`).join('\n')}

Measured on Linux ${machine.kernel}, ${machine.cpu}, ${machine.clang}, snatkit ${machine.snatkit}; medians of ${rounds} rounds,
± half the distance between the quartiles. TCP state and counters are on. \`make bench\` measures it on your machine.

## Method

* **A floor** is the unit: a program that parses down to the ports and finds one key in an LRU hash of 524,288 entries
  (\`bpf/bench/floor.c\`), measured in the same run. Nanoseconds differ between machines; floors hardly do.
* \`BPF_PROG_TEST_RUN\` repeats on the packet that the last run left, so a wrapper (\`bpf/bench/wrapper.c\`) restores the
  header, then tail-calls the emitted program. The same wrapper calling an empty program is timed beside it in every
  round and subtracted, from the floor too.
* Rounds are interleaved: each times every scenario once, each in another order. A batch takes about 5 ms, and goes over
  its flows at least 20 times, the caches warm. The kernel's
  clock of the run is used; its whole nanoseconds are refined by the process's own where both agree.
* The work is verified before and after the timing: verdict, addresses, port, every checksum recomputed, the one reason
  that is counted. After every batch the counter of that reason must have risen by exactly the number of runs.
* Frames are 60 bytes. The table holds 524,288 flows, the default. Flows in turn come in an order of no pattern. New flows
  are 20,000 in a pass towards 64 endpoints; the table is emptied between passes.
* The second row is the unit over as many flows as the 10,000-flow scenario: what no longer fits the caches. It depends on
  the machine and on what else runs there far more than the first; judge the one by the other.
* A test run's packet is linear and unshared, and no driver, stack or queue is involved: these figures compare programs,
  they are not a throughput.
* The figures of Cilium are of its own programs, in floors, taken by the same method on kernel 6.18.
`;
}
