// SPDX-License-Identifier: Apache-2.0
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Style = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

/** Words in colour, or as they are. */
export function paint(colour: boolean): Style {
  const one = (code: number) => (text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return Object.fromEntries(Object.entries(CODES).map(([name, code]) => [name, one(code)])) as Style;
}

/** What `paint` added takes no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const width = (text: string): number => text.replace(/\u001b\[\d+m/g, '').length;

/** Rows in columns of equal width, two spaces apart, without blanks at the end of a line. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, width(cell));
    });
  const line = (row: readonly string[]) =>
    row.map((cell, i) => cell + ' '.repeat((widths[i] as number) - width(cell))).join('  ');
  return rows.map((row) => `${indent}${line(row)}`.trimEnd()).join('\n');
}

export const plural = (count: number | bigint, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 || count === 1n ? one : many}`;

/** A number for people: digits in groups of three. */
export const grouped = (count: number | bigint): string => count.toString().replace(/\B(?=(\d{3})+$)/g, ',');
