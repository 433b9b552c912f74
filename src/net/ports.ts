// SPDX-License-Identifier: Apache-2.0
/** Ports from `min` to `max`, both included, 0..65535. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

export const highestPort = 65535;

const port = '(0|[1-9][0-9]{0,4})';
const pattern = new RegExp(`^${port}(?:-${port})?$`);

/** Reads `32768-65535`, `80` or the number 80. Undefined when it is none, out of range, or the range is reversed. */
export function parsePortRange(input: string | number): PortRange | undefined {
  // A number goes through its text, so that 1e999, NaN, 1.5 and -0.1 fail like any other text.
  const match = pattern.exec(String(input));
  if (!match) return undefined;
  const min = Number(match[1]);
  const max = match[2] === undefined ? min : Number(match[2]);
  return max > highestPort || min > max ? undefined : Object.freeze({ min, max });
}

/** `80` or `32768-65535`. */
export function formatPortRange(range: PortRange): string {
  return range.min === range.max ? `${range.min}` : `${range.min}-${range.max}`;
}

export function inPortRange(range: PortRange, value: number): boolean {
  return value >= range.min && value <= range.max;
}

/** How many ports the range holds. */
export function portRangeSize(range: PortRange): number {
  return range.max - range.min + 1;
}

/** Sorted, with overlapping and adjacent ranges joined. */
export function normalizePortRanges(list: readonly PortRange[]): PortRange[] {
  const result: PortRange[] = [];
  for (const range of [...list].sort((a, b) => a.min - b.min)) {
    const last = result.at(-1);
    if (last && range.min <= last.max + 1) {
      result[result.length - 1] = Object.freeze({ min: last.min, max: Math.max(last.max, range.max) });
    } else {
      result.push(range);
    }
  }
  return result;
}

/** The ports of `from` that are in none of `what`, normalized. */
export function subtractPortRanges(from: PortRange, what: readonly PortRange[]): PortRange[] {
  const result: PortRange[] = [];
  let min = from.min;
  for (const hole of normalizePortRanges(what)) {
    if (hole.max < min || hole.min > from.max) continue;
    if (hole.min > min) result.push(Object.freeze({ min, max: hole.min - 1 }));
    min = hole.max + 1;
  }
  if (min <= from.max) result.push(Object.freeze({ min, max: from.max }));
  return result;
}
