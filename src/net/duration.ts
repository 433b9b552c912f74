// SPDX-License-Identifier: Apache-2.0
const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const pattern = new RegExp(`^${units.map(([unit]) => `(?:([0-9]{1,15})${unit})?`).join('')}$`);

/**
 * Reads whole numbers with units, larger units first: `2h4m`, `60s`, `250ms`, `1d`. Milliseconds; undefined when the
 * text is empty, has no unit, a sign, a fraction or white space, or is more than 2^53 - 1 ms.
 */
export function parseDuration(text: string): number | undefined {
  const match = text === '' ? null : pattern.exec(text);
  if (!match) return undefined;
  const sum = units.reduce((total, [, factor], i) => total + Number(match[i + 1] ?? 0) * factor, 0);
  return Number.isSafeInteger(sum) ? sum : undefined;
}

/** The shortest text that `parseDuration` reads back: `2h4m`; zero is `0s`. Rounds to whole milliseconds; throws RangeError below zero. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.round(milliseconds);
  if (!Number.isSafeInteger(rest) || rest < 0) throw new RangeError(`${milliseconds} ms is not a duration`);
  let text = '';
  for (const [unit, factor] of units) {
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * factor;
  }
  return text || '0s';
}
