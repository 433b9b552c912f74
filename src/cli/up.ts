// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander';
import { type Config, ExitCode, formatConfig, Snat, StateError, type Status } from '../index.js';
import { dryRunUp } from './dry-run.js';
import { type Input, netnsPath, readInput, requireSameNamespace } from './input.js';
import { Interrupted, whole } from './interrupt.js';
import { type DryRunOption, dryRunOption, type NameOption, nameOption } from './options.js';
import { upOutput } from './output/instance.js';
import { planFor } from './plan-for.js';
import { requirePrivileges } from './privileges.js';
import type { Session } from './session.js';
import { instanceOutput, instanceText } from './status.js';
import type { Style } from './text.js';
import type { Verb } from './verb.js';

interface UpOptions extends NameOption, DryRunOption {
  readonly netns?: string;
  readonly attach?: Config['attach'];
}

interface Done {
  readonly snat: Snat;
  readonly action: 'started' | 'upgraded' | 'mended';
  readonly changed: boolean;
}

export const upVerb: Verb<UpOptions> = {
  usage: 'up <config>',
  summary: 'Compile, load and attach: start an instance, or upgrade or mend the one that runs',
  details:
    'CONFIG is a YAML or JSON file, - for stdin, or a bundle that snatkit build wrote (then no clang is needed).\n' +
    'It is done whole or not at all. Upgrading swaps the programs without a gap and keeps the NAT table.',
  examples: [
    ['snatkit up snat.yaml', 'start, or bring up to date what runs'],
    ['snatkit up snat.yaml --dry-run', 'what it would do'],
    ['snatkit up snat.yaml --netns blue --name blue', 'on devices of another namespace'],
    ['snatkit up ./bundle', 'on a machine without clang'],
  ],
  options: (command) =>
    dryRunOption(
      nameOption(command)
        .option('--netns <name|path>', 'network namespace that has the devices (default: this one)')
        .addOption(
          new Option('--attach <kind>', 'in place of what the configuration says').choices(['auto', 'tcx', 'tc']),
        ),
    ),
  run: async (session, options, path) => {
    requirePrivileges(session.context, 'snatkit up', options.netns);
    const input = readInput(session.context, path as string, options.attach);
    const netns = options.netns === undefined ? undefined : netnsPath(options.netns);
    if (options.dryRun) return dryRunUp(session, input, { name: options.name, netns });
    const { result, signal } = await whole(session, () =>
      session.progress('compiling, loading and attaching', () => change(session, input, { name: options.name, netns })),
    );
    const { snat, action, changed } = result;
    if (signal && action === 'started') {
      await snat.stop();
      throw new Interrupted(signal, 'what was started is removed again');
    }
    const status = snat.status();
    snat.close();
    const { warnings } = planFor(input.config, status.devices.length);
    const output = {
      version: 1 as const,
      dryRun: false as const,
      action,
      warnings: [...warnings],
      notices: session.notices,
      instance: instanceOutput(status),
    };
    session.answer(upOutput, output, () => upText(status, { action, changed }, warnings, session.style));
    return status.state === 'degraded' ? ExitCode.degraded : ExitCode.done;
  },
};

/** Starts; where that instance runs already, swaps its programs. */
async function change(
  session: Session,
  input: Input,
  where: { name: string; netns: string | undefined },
): Promise<Done> {
  const { config, bundle } = input;
  try {
    const snat = await Snat.start(config, { ...where, bundle, onNotice: session.notice });
    return { snat, action: 'started', changed: true };
  } catch (error) {
    if (!(error instanceof StateError && error.reason === 'already-running')) throw error;
  }
  const snat = await Snat.open({ name: where.name, onNotice: session.notice });
  const before = snat.status();
  requireSameNamespace(before, where.netns);
  await snat.upgrade(config, { bundle });
  const changed = JSON.stringify(before.config) !== JSON.stringify(formatConfig(config));
  return { snat, action: before.state === 'degraded' ? 'mended' : 'upgraded', changed };
}

function upText(
  status: Status,
  done: Pick<Done, 'action' | 'changed'>,
  warnings: readonly string[],
  style: Style,
): string {
  const words = { started: 'started', upgraded: 'upgraded, NAT table kept', mended: 'mended, NAT table kept' };
  const same = done.action === 'upgraded' && !done.changed ? ' (the configuration is the same)' : '';
  return [
    `${style.green(words[done.action])}${same}`,
    instanceText(status, style),
    ...warnings.map((w) => `${style.yellow('warning:')} ${w}`),
  ].join('\n');
}
