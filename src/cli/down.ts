// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander';
import { Snat, type Status } from '../index.js';
import { whole } from './interrupt.js';
import { type DryRunOption, dryRunOption, type NameOption, nameOption } from './options.js';
import { downOutput } from './output/instance.js';
import { requirePrivileges } from './privileges.js';
import type { Session } from './session.js';
import { plural } from './text.js';
import type { Verb } from './verb.js';

interface DownOptions extends NameOption, DryRunOption {
  readonly all?: boolean;
}

export const downVerb: Verb<DownOptions> = {
  usage: 'down',
  summary: 'Stop an instance: remove what snatkit attached and pinned for it, and nothing else',
  details: 'Translated connections that are alive then break.',
  examples: [
    ['snatkit down', 'the instance called default'],
    ['snatkit down --name blue --dry-run', 'what would go'],
    ['snatkit down --all', 'every instance on this machine'],
  ],
  options: (command) =>
    dryRunOption(nameOption(command).addOption(new Option('--all', 'every instance').conflicts('name'))),
  run: async (session, options) => {
    requirePrivileges(session.context, 'snatkit down');
    const dryRun = options.dryRun === true;
    const names = options.all ? Snat.names() : [options.name];
    const instances: { name: string; removed: string[] }[] = [];
    const failures: unknown[] = [];
    for (const name of names)
      try {
        instances.push({ name, removed: await stop(session, name, dryRun) });
      } catch (error) {
        // the others are to go all the same
        failures.push(error);
        if (names.length > 1) session.notice(`${name}: ${error instanceof Error ? error.message : error}`);
      }
    if (failures.length > 0) throw failures[0];
    session.answer(downOutput, { version: 1, dryRun, instances }, () =>
      instances.length === 0
        ? 'no instance runs'
        : instances
            .map(({ name, removed }) =>
              dryRun
                ? [`would stop ${name} and remove:`, ...removed.map((r) => `  ${r}`)].join('\n')
                : `stopped ${name}: ${plural(removed.length, 'thing')} removed`,
            )
            .join('\n'),
    );
  },
};

async function stop(session: Session, name: string, dryRun: boolean): Promise<string[]> {
  const snat = await Snat.open({ name, onNotice: session.notice });
  try {
    const removed = belongings(snat.status());
    if (!dryRun) await whole(session, () => snat.stop());
    return removed;
  } finally {
    snat.close();
  }
}

/** Everything in the kernel that is the instance's, in the order in which it goes. */
function belongings(status: Status): string[] {
  const attachments = (['egress', 'ingress'] as const).flatMap((hook) =>
    status.devices
      .filter((d) => d[hook].attached)
      .map((d) => `${status.attachKind} ${hook} on ${d.name}${d[hook].pin === undefined ? '' : `, ${d[hook].pin}`}`),
  );
  const pins = [...Object.values(status.programs), ...status.maps].map((p) => p.pin);
  return [...attachments, ...pins];
}
