// SPDX-License-Identifier: Apache-2.0
/** A share as a percentage with as many digits as it deserves: `0`, `<0.01`, `0.09`, `5.2`, `16.0`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0';
  if (value < 0.005) return '<0.01';
  return value.toFixed(value < 0.995 ? 2 : 1);
}

/** A round number of percent that a vertical axis ends at, and the distance of its marks: at most five. */
export function axis(highest: number): { readonly top: number; readonly step: number } {
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2];
  const step = steps.find((s) => s * 5 >= highest) ?? 0.2;
  return { top: Math.max(step, Math.ceil(highest / step - 1e-9) * step), step };
}

export interface Series {
  /** One column wide. */
  readonly mark: string;
  readonly paint: (text: string) => string;
  /** Values at equal distances from 0 to 100 %. */
  readonly values: readonly number[];
}

const HEIGHT = 16;
const LABEL = 5;

/** Values against 0 to 100 %, in `width` columns (at least 30), axes included. On the ground line the last series is shown. */
export function plot(series: readonly Series[], width: number): string[] {
  const columns = width - LABEL - 2;
  const { top, step } = axis(Math.max(0, ...series.flatMap((s) => s.values)));
  const cells = Array.from({ length: HEIGHT + 1 }, () => Array<string>(columns).fill(' '));
  for (const [index, { mark, paint, values }] of series.entries()) {
    let last: number | undefined;
    for (let column = 0; column < columns; column++) {
      const value = values[Math.round((column / (columns - 1)) * (values.length - 1))] ?? 0;
      const row = Math.round((value / top) * HEIGHT);
      // A steep curve is a line too.
      const from = last === undefined || last === row ? row : row + Math.sign(last - row) * (Math.abs(last - row) - 1);
      for (let r = Math.min(from, row); r <= Math.max(from, row); r++) {
        const cellRow = cells[r] as string[];
        // Where two coincide, they take turns.
        if (r === 0 || cellRow[column] === ' ' || (column + index) % 2 === 0) cellRow[column] = paint(mark);
      }
      last = row;
    }
  }
  const labels = new Map<number, string>();
  for (let value = 0; value <= top + 1e-9; value += step)
    labels.set(Math.round((value / top) * HEIGHT), `${Math.round(value * 100)} %`);
  const lines = cells.map((row, i) => {
    const label = labels.get(i);
    return `${(label ?? '').padStart(LABEL)} ${label ? '┤' : '│'}${row.join('').trimEnd()}`;
  });
  return [...lines.reverse(), `${' '.repeat(LABEL + 1)}└${'─'.repeat(columns)}`, ticks(columns)];
}

function ticks(columns: number): string {
  const line = Array<string>(columns).fill(' ');
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const text = `${share * 100} %`;
    const middle = Math.round(share * (columns - 1));
    const start = Math.min(Math.max(0, middle - (text.length >> 1)), columns - text.length);
    line.splice(start, text.length, ...text);
  }
  return `${' '.repeat(LABEL + 2)}${line.join('').trimEnd()}`;
}
