// SPDX-License-Identifier: Apache-2.0
// IFNAMSIZ is 16 with the terminating zero.
const longestName = 15;

/** Why the kernel would not have such a device name (or why the pattern is none); undefined when it is fine. */
export function deviceNameIssue(text: string): string | undefined {
  if (text === '') return 'the name is empty';
  if (text === '+') return 'a pattern needs at least one character before the +';
  const name = text.endsWith('+') ? text.slice(0, -1) : text;
  // Bytes are counted, not characters; the first check keeps the encoder from huge strings.
  if (text.length > longestName + 1 || new TextEncoder().encode(name).length > longestName) {
    return `a device name has at most ${longestName} bytes`;
  }
  if (name === '.' || name === '..') return 'the kernel refuses this name';
  if (/[/:\s\p{C}]/u.test(name)) return 'a device name has no slash, colon, white space or control character';
  return undefined;
}

/** `eth0` matches itself, `eth+` every name that starts with `eth`. */
export function matchesDevice(pattern: string, name: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}
