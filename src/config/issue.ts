// SPDX-License-Identifier: Apache-2.0
import type { ConfigIssue } from '../errors.js';

/** An issue whose path is still in parts, so that a document's node can be found by it. */
export interface LocatedIssue extends Omit<ConfigIssue, 'path'> {
  readonly at: readonly PropertyKey[];
}

/** What the input has at `path`; undefined when it has nothing there. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}
