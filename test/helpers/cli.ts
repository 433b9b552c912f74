// SPDX-License-Identifier: Apache-2.0
/** Runs command lines: in this process against replaced streams, or as a process of its own. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Context } from '../../src/cli/context.js';
import { OUTPUTS, type OutputName } from '../../src/cli/output/schemas.js';
import { run } from '../../src/cli/program.js';
import { packageRoot } from '../../src/package.js';
import type { Paths } from '../../src/runtime/paths.js';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface InvokeOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  readonly tty?: boolean;
  /** Default: all. */
  readonly capabilities?: bigint;
}

/** In this process; nothing of it is shared but what the library itself reads (SNATKIT_*, PATH). */
export async function invoke(argv: readonly string[], options: InvokeOptions = {}): Promise<Ran> {
  const { env = {}, stdin = '', tty = false, capabilities = (1n << 41n) - 1n } = options;
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({
    isTTY: tty,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const context: Context = {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env,
    readStdin: () => stdin,
    capabilities: () => capabilities,
    onInterrupt: () => () => {},
  };
  const code = await run(argv, context);
  return { code, ...written };
}

/** As a process; its standard input is empty. */
export async function snatkit(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ran> {
  const child = spawn(process.execPath, [join(packageRoot, 'dist/src/cli/main.js'), ...argv], {
    env: withoutTap(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const collect = async (stream: NodeJS.ReadableStream) => {
    let text = '';
    for await (const chunk of stream) text += chunk;
    return text;
  };
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([collect(child.stdout), collect(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** tap's own hooks would be loaded into every command, and take longer than most of them. */
export function withoutTap({ NODE_OPTIONS: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

/** A JSON answer, which must follow both the schema in the source and the published file. */
export function answerOf<N extends OutputName>(name: N, ran: Ran): z.output<(typeof OUTPUTS)[N]> {
  const value: unknown = JSON.parse(ran.stdout);
  const published = JSON.parse(readFileSync(join(packageRoot, 'schema', 'cli', `${name}.json`), 'utf8'));
  z.fromJSONSchema(published).parse(value);
  return OUTPUTS[name].parse(value) as z.output<(typeof OUTPUTS)[N]>;
}

/** The environment of a process that keeps its things in these folders. */
export const environmentOf = (paths: Paths): NodeJS.ProcessEnv => ({
  ...process.env,
  SNATKIT_BPFFS: paths.bpffs,
  SNATKIT_STATE: paths.state,
  SNATKIT_RUN: paths.run,
  SNATKIT_CACHE: paths.cache,
});
