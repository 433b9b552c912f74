// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Bundle,
  type Config,
  formatConfig,
  isBundle,
  parseConfig,
  parseConfigText,
  readBundle,
  StateError,
  type Status,
} from '../index.js';
import type { Context } from './context.js';
import { UsageError } from './usage-error.js';

export interface Input {
  readonly config: Config;
  readonly bundle?: Bundle;
}

/** Reads a configuration: a YAML or JSON file, `-` for stdin, or the folder of a bundle. */
export function readInput(context: Context, path: string, attach?: Config['attach']): Input {
  const { config, ...rest } = read(context, path);
  return { ...rest, config: attach ? parseConfig({ ...formatConfig(config), attach }, path) : config };
}

function read(context: Context, path: string): Input {
  if (path === '-') return { config: parseConfigText(context.readStdin(), 'stdin') };
  let text: string;
  try {
    if (statSync(path).isDirectory()) {
      if (!isBundle(path))
        throw new UsageError(
          `${path} is a folder, but no bundle: give a configuration file, or what snatkit build wrote`,
        );
      const bundle = readBundle(path);
      return { config: parseConfig(bundle.manifest.config, join(path, 'manifest.json')), bundle };
    }
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT')
      throw new UsageError(`${path}: no such file; give a YAML or JSON file, a bundle, or - for stdin`);
    if (code === 'EACCES') throw new UsageError(`${path}: you may not read it`);
    throw error;
  }
  return { config: parseConfigText(text, path) };
}

/** `blue` means /run/netns/blue; what holds a slash is a path. */
export function netnsPath(text: string): string {
  const path = text.includes('/') ? text : join('/run/netns', text);
  if (text !== '' && existsSync(path)) return path;
  throw new UsageError(
    `there is no network namespace ${text === path ? path : `${text} (${path})`}; ip netns list shows them`,
  );
}

/** @throws StateError when the instance runs in another namespace than the one asked for. */
export function requireSameNamespace(status: Status, netns: string | undefined): void {
  if (netns === undefined || netns === status.netns) return;
  throw new StateError(
    'conflict',
    `instance ${status.name} runs in ${status.netns ?? 'the main network namespace'}, not in ${netns}: ` +
      'choose another --name, or stop it first',
  );
}
