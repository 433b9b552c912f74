// SPDX-License-Identifier: Apache-2.0
/** A value as JSON, cut to about `budget` characters without ever walking more of it than is printed. */
export function show(value: unknown, budget = 60): string {
  switch (typeof value) {
    case 'undefined':
      return 'nothing';
    case 'string':
      return showText(value, budget);
    case 'object':
      if (value === null) return 'null';
      return budget <= 2 ? '…' : Array.isArray(value) ? showList(value, budget) : showObject(value, budget);
    case 'bigint':
      // Printing a huge integer takes quadratic time.
      return value < 1n << 128n && value > -(1n << 128n) ? `${value}n` : 'a huge integer';
    case 'number':
      return String(value);
    case 'boolean':
      return String(value);
    default:
      return `a ${typeof value}`;
  }
}

function showText(text: string, budget: number): string {
  const kept = Math.max(budget, 8);
  if (text.length <= kept) return escapeControls(JSON.stringify(text));
  return `${escapeControls(JSON.stringify(text.slice(0, kept)))}… (${text.length} characters)`;
}

/** Escapes what could move a terminal's cursor or hide in a line, beyond what JSON escapes. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, (found) =>
    Array.from({ length: found.length }, (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}

function showList(list: readonly unknown[], budget: number): string {
  const parts: string[] = [];
  let left = budget - 2;
  for (const item of list) {
    if (left <= 0) return `[${[...parts, '…'].join(',')}] (${list.length} items)`;
    const text = show(item, left);
    parts.push(text);
    left -= text.length + 1;
  }
  return `[${parts.join(',')}]`;
}

function showObject(object: object, budget: number): string {
  const parts: string[] = [];
  let left = budget - 2;
  for (const key in object) {
    if (left <= 0) return `{${[...parts, '…'].join(',')}}`;
    const text = `${showText(key, left)}:${show((object as Record<string, unknown>)[key], left - key.length - 3)}`;
    parts.push(text);
    left -= text.length + 1;
  }
  return `{${parts.join(',')}}`;
}

/** `podCIDRs[1]`, `masqueradeAddress["eth0.100"]`. */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const key = String(part);
    if (!/^[A-Za-z_$][\w$-]{0,63}$/.test(key)) return `${text}[${show(key)}]`;
    return text ? `${text}.${key}` : key;
  }, '');
}
