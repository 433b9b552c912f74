// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { formatDuration, parseDuration } from '../net/duration.js';
import { parsePortRange } from '../net/ports.js';
import { longestTimeout } from './defaults.js';
import { deviceNameIssue } from './devices.js';

// In this schema a zod message is what was *expected*; what came and the path are added by parse.ts, hints travel in params.
export interface Refusal {
  readonly expected?: string;
  readonly hint?: string | undefined;
}
export type Reading<T> = { readonly value: T } | Refusal;

/** A field that `schema` accepts in form and `read` in meaning. */
export function field<I, O>(schema: z.ZodType<I, I>, expected: string, read: (input: I) => Reading<O>) {
  return schema.transform((input, context): O => {
    const reading = read(input);
    if ('value' in reading) return reading.value;
    context.addIssue({
      code: 'custom',
      message: reading.expected ?? expected,
      params: { hint: reading.hint },
      input,
    });
    return z.NEVER;
  });
}

export const text = (expected: string, meta: Record<string, unknown> = {}) => z.string({ error: expected }).meta(meta);

const deviceExpected = 'a device name such as eth0, or a pattern such as eth+';
export const device = field(text(deviceExpected, { minLength: 1, maxLength: 16 }), deviceExpected, (input) => {
  const hint = deviceNameIssue(input);
  return hint ? { hint } : { value: input };
});

const portsExpected = 'a port or a port range such as 32768-65535, from 1 to 65535';
const portsForm = z.union(
  [
    z.string().meta({ pattern: '^[0-9]{1,5}(-[0-9]{1,5})?$' }),
    z.int({ error: portsExpected }).meta({ minimum: 1, maximum: 65535 }),
  ],
  { error: portsExpected },
);
export const ports = field(portsForm, portsExpected, (input) => {
  const value = parsePortRange(input);
  if (value && value.min >= 1) return { value };
  if (value) return { hint: 'port 0 cannot be used' };
  const reversed = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(String(input));
  const fixed = reversed && parsePortRange(`${reversed[2]}-${reversed[1]}`);
  return { hint: fixed ? `the range is reversed: did you mean ${fixed.min}-${fixed.max}?` : undefined };
});

export function timeout(fallback: string) {
  const expected = `a duration above 0 and at most ${formatDuration(longestTimeout)}, such as ${fallback}`;
  const pattern = '^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$';
  return field(text(expected, { pattern, minLength: 2 }), expected, (input) => {
    const value = parseDuration(input);
    if (value !== undefined && value > 0 && value <= longestTimeout) return { value };
    return { hint: /^[0-9]{1,9}$/.test(input) ? `the unit is missing: did you mean "${input}s"?` : undefined };
  }).prefault(fallback);
}

/** A field whose only value so far is its default. */
export function notYet(expected: string, schema: Record<string, unknown>, isDefault: (value: unknown) => boolean) {
  return field(
    z.unknown().meta({ description: `Not built yet: expects ${expected}.`, ...schema }),
    expected,
    (input): Reading<unknown> => (isDefault(input) ? { value: input } : {}),
  ).optional();
}
