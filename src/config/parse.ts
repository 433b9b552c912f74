// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod';
import { ConfigError, type ConfigIssue } from '../errors.js';
import type { Config } from './config.js';
import { crossChecks } from './cross-checks.js';
import { type LocatedIssue, valueAt } from './issue.js';
import { configSchema } from './schema.js';
import { show, showPath } from './show.js';
import { suggest } from './suggest.js';

// A hostile list of a million wrong items must not become a message of a million lines.
const mostIssues = 100;
const parsed = new WeakSet<object>();

/**
 * Checks a configuration and fills in the defaults. The result is frozen; a Config that came from here is returned as it is.
 * Throws ConfigError with every problem found (at most 100, then a count).
 */
export function parseConfig(input: unknown, source?: string): Config {
  if (typeof input === 'object' && input !== null && parsed.has(input)) return input as Config;
  const result = checkConfig(input);
  if ('config' in result) return result.config;
  const issues = result.issues.map(({ at, ...issue }) => ({ path: showPath(at), ...issue }));
  throw new ConfigError([...issues, ...result.rest], source);
}

interface Problems {
  /** At most 100. */
  readonly issues: LocatedIssue[];
  /** One that counts the others, if there are others. */
  readonly rest: ConfigIssue[];
}

/** `parseConfig` without the throw. */
export function checkConfig(input: unknown): { readonly config: Config } | Problems {
  const result = configSchema.safeParse(input);
  const found = result.success ? [] : result.error.issues.flatMap((issue) => translate(issue, input));
  found.push(...crossChecks(input).map((issue) => () => issue));
  if (!result.success || found.length > 0) {
    const more = found.length - mostIssues;
    const rest = more > 0 ? [{ path: '', expected: 'fewer problems', received: `${more} more` }] : [];
    return { issues: found.slice(0, mostIssues).map((make) => make()), rest };
  }
  const { devices, podCIDRs, nativeRoutingCIDRs, nonMasqueradeCIDRs, remoteNodes, masquerade } = result.data;
  const { masqueradeAddress, portRange, reservedPorts, natTableSize, allocator } = result.data;
  const { otherProtocols, midStream, timeouts, attach } = result.data;
  const config: Config = deepFreeze({
    ...{ devices, podCIDRs, nativeRoutingCIDRs, nonMasqueradeCIDRs, remoteNodes, masquerade },
    ...{ masqueradeAddress, portRange, reservedPorts, natTableSize, allocator },
    ...{ otherProtocols, midStream, timeouts, attach },
  });
  parsed.add(config);
  return { config };
}

// Made only when it is shown: suggestions for ten thousand unknown fields would take seconds.
type LazyIssue = () => LocatedIssue;

function translate(issue: z.core.$ZodIssue, input: unknown): LazyIssue[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => () => unknownField(path, key, input));
  return [
    () => {
      const value = valueAt(input, path);
      const hint = issue.code === 'custom' ? (issue.params?.hint as string | undefined) : typeHint(issue, value);
      return { at: path, expected: issue.message, received: show(value), ...(hint ? { hint } : {}) };
    },
  ];
}

function unknownField(path: readonly PropertyKey[], key: string, input: unknown): LocatedIssue {
  const known = fieldsAt(path);
  const near = suggest(key, known);
  const hint = near ? `did you mean ${near}?` : `the fields are ${known.join(', ')}`;
  const at = [...path, key];
  return { at, expected: 'no such field', received: show(valueAt(input, at)), hint };
}

/** The fields of the object at `path`: the document's own, or those of an object one level down. */
function fieldsAt(path: readonly PropertyKey[]): string[] {
  const inner = { masquerade: configSchema.shape.masquerade.unwrap(), timeouts: configSchema.shape.timeouts.unwrap() };
  const events = configSchema.shape.events.unwrap();
  const object = path.length === 0 ? configSchema : { ...inner, events }[String(path[0])];
  return Object.keys(object?.shape ?? {});
}

/** What to do when only the type is wrong. */
function typeHint(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  if (value === null) return 'the value is empty: give one, or remove the field';
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const near = suggest(value, issue.values.map(String));
    return near === undefined ? undefined : `did you mean ${near}?`;
  }
  if (issue.code !== 'invalid_type') return undefined;
  switch (issue.expected) {
    case 'array':
      return typeof value === 'string' ? `write a list: [${/^[\w.+/:-]{1,40}$/.test(value) ? value : '…'}]` : undefined;
    case 'string':
      if (issue.path[0] === 'timeouts' && typeof value === 'number')
        return `the unit is missing: did you mean "${value}s"?`;
      return typeof value === 'number' || typeof value === 'boolean' ? `put it in quotes: "${value}"` : undefined;
    case 'number':
    case 'int':
    case 'boolean':
      return typeof value === 'string' && /^(?:[0-9]{1,15}|true|false)$/.test(value)
        ? 'write it without quotes'
        : undefined;
    case 'object':
      return issue.path[0] === 'masquerade' && typeof value === 'boolean'
        ? `did you mean { ipv4: ${value} }?`
        : undefined;
    default:
      return undefined;
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const key of Object.keys(value)) deepFreeze((value as Record<string, unknown>)[key]);
  }
  return value;
}
