// SPDX-License-Identifier: Apache-2.0
import { StringDecoder } from 'node:string_decoder';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { listKernels, runInVm, type VmOptions, type VmResult } from '../vm/index.js';
import { Interrupted } from './interrupt.js';
import { parseDuration, resolvePaths } from './library.js';
import { type DryRunOption, dryRunOption } from './options.js';
import { vmRunOutput } from './output/vm.js';
import type { Session } from './session.js';
import type { Verb } from './verb.js';

interface VmRunOptions extends DryRunOption {
  readonly kernel: string;
  readonly memory: string;
  readonly timeout: number;
  readonly share: readonly string[];
}

export const vmRunVerb: Verb<VmRunOptions> = {
  usage: 'run <command...>',
  summary: 'Run a command as root on another kernel, under qemu',
  details:
    'The guest sees this machine’s files; what it writes is forgotten, except in folders given by --share.\n' +
    'It has no network but its own loopback. Its exit code is the command’s. Needs no KVM.',
  examples: [
    ['snatkit vm run --kernel 6.1 -- snatkit up snat.yaml --dry-run', 'what would be done there'],
    ['snatkit vm run --kernel 5.10 --share out -- sh -c "bpftool feature > out/5.10"', 'bring a file back'],
  ],
  options: (command: Command) =>
    dryRunOption(
      command
        .requiredOption('--kernel <name>', 'which; snatkit vm list has the names')
        .option('--memory <size>', 'for the guest, as qemu takes it', parseMemory, '2G')
        .addOption(
          new Option('--timeout <duration>', 'from the start of qemu to the end of the command')
            .argParser(parseTimeout)
            .default(600_000, '10m'),
        )
        .addOption(
          new Option('--share <folder>', 'writable, at the same path; may be given again')
            .argParser((folder: string, all: readonly string[]) => [...all, folder])
            .default([], 'none'),
        ),
    ),
  run: async (session, options, ...command) => {
    const { kernel } = options;
    if (options.dryRun) {
      const steps = dryRunSteps(options, command);
      session.answer(vmRunOutput, { version: 1, dryRun: true, kernel, steps }, () =>
        ['would', ...steps.map((s) => `  ${s}`)].join('\n'),
      );
      return 0;
    }
    const out = new Output(session);
    const result = await interruptible(session, (signal) =>
      runInVm({
        kernel,
        command,
        memory: options.memory,
        timeoutMs: options.timeout,
        shares: options.share,
        signal,
        onProgress: (message) => session.context.stderr.write(`snatkit: ${message}\n`),
        onOutput: out.write,
      }),
    );
    out.end();
    if (session.json) session.answer(vmRunOutput, { ...resultOutput(result), kernel, ...out.text }, () => '');
    return result.exitCode;
  },
};

const resultOutput = (result: VmResult) => ({
  version: 1 as const,
  dryRun: false as const,
  release: result.kernel.release,
  exitCode: result.exitCode,
  bootMilliseconds: Math.round(result.bootMs),
  runMilliseconds: Math.round(result.runMs),
});

/** The command's output goes on as it comes, or under --json is kept for the answer. */
class Output {
  readonly text = { stdout: '', stderr: '' };
  private readonly decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  constructor(private readonly session: Session) {}

  readonly write: NonNullable<VmOptions['onOutput']> = (stream, bytes) => {
    this.add(stream, this.decoders[stream].write(bytes));
  };
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) this.add(stream, this.decoders[stream].end());
  }
  private add(stream: 'stdout' | 'stderr', text: string): void {
    if (this.session.json) this.text[stream] += text;
    else if (text) this.session.context[stream].write(text);
  }
}

/** A signal ends the machine. @throws Interrupted then. */
async function interruptible<T>(session: Session, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const restore = session.context.onInterrupt((signal) => {
    received ??= signal;
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    throw received ? new Interrupted(received, 'the guest is gone', { cause: error }) : error;
  } finally {
    restore();
  }
}

function dryRunSteps(options: VmRunOptions, command: readonly string[]): string[] {
  const found = listKernels(resolvePaths().cache).find(({ kernel }) => kernel.name === options.kernel);
  return [
    ...(found?.cached ? [] : [`download kernel ${options.kernel}`]),
    `boot ${found?.cached?.release ?? `kernel ${options.kernel}`} with ${options.memory} of memory`,
    `run ${command.join(' ')}`,
    ...options.share.map((folder) => `let it write in ${folder}`),
  ];
}

function parseMemory(text: string): string {
  if (/^[1-9][0-9]*[MG]$/.test(text)) return text;
  throw new InvalidArgumentError('expected a number with M or G, such as 2G');
}

function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('expected a duration, such as 10m');
}
