// SPDX-License-Identifier: Apache-2.0
import { Parser } from 'tap-parser';

/**
 * Counts the leaves of a TAP document. The point that closes a subtest counts only when it says more than its leaves:
 * a failure of its own, or that it was skipped whole.
 * @returns {{ passed: number, failed: number, skipped: number, skips: string[], failures: string[], names: string[] }}
 */
export function countTap(text) {
  const counts = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [], names: [] };
  const parser = new Parser();
  watch(parser, [], counts);
  parser.end(text);
  if (!parser.ok && counts.failed === 0) fail(counts, 'the file ended without success');
  if (counts.passed + counts.failed + counts.skipped === 0) fail(counts, 'has no tests');
  return counts;
}

function watch(suite, path, counts) {
  let failedBefore = counts.failed;
  suite.on('child', (inner) => {
    failedBefore = counts.failed;
    watch(inner, [...path, inner.name], counts);
  });
  suite.on('assert', (result) => {
    const name = [...path, result.name].join(' > ');
    if (result.closingTestPoint && !result.skip && !result.todo && (result.ok || counts.failed > failedBefore)) return;
    if (result.skip || result.todo) {
      counts.skipped++;
      counts.skips.push(String(result.skip || result.todo));
    } else if (result.ok) {
      counts.passed++;
      counts.names.push(name);
    } else fail(counts, `${name}${describe(result.diag)}`);
  });
  suite.on('bailout', (reason) => fail(counts, `bail out: ${reason}`));
}

function fail(counts, words) {
  counts.failed++;
  counts.failures.push(words);
}

function describe(diag) {
  if (!diag) return '';
  const { source, stack, at, ...rest } = diag;
  const lines = Object.entries(rest).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  if (at) lines.push(`at ${at.fileName}:${at.lineNumber}`);
  return `\n${lines.join('\n').replace(/^/gm, '    ')}`;
}
