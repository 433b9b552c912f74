// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod';
import { type CounterRow, ExitCode, Snat, type Status } from '../index.js';
import { type NameOption, nameOption } from './options.js';
import { type instance, toCount } from './output/common.js';
import { statusOutput } from './output/instance.js';
import { requirePrivileges } from './privileges.js';
import { grouped, plural, type Style, table } from './text.js';
import type { Verb } from './verb.js';

export const statusVerb: Verb<NameOption> = {
  usage: 'status',
  summary: 'Show what runs, as the kernel reports it: attachments, programs, pins, counters, problems',
  details: 'Exits 4 when the instance does not run, 5 when something of it was removed or is half done.',
  examples: [
    ['snatkit status', 'the instance called default'],
    ['snatkit status --name blue --json | jq .programs', 'program ids and pins of another'],
    ['snatkit status >/dev/null || snatkit up snat.yaml', 'mend what was removed'],
  ],
  options: (command) => nameOption(command),
  run: async (session, options) => {
    requirePrivileges(session.context, 'reading what runs');
    const snat = await Snat.open({ name: options.name });
    try {
      const status = snat.status();
      const counters = snat.counters();
      const output = {
        version: 1 as const,
        ...instanceOutput(status),
        counters: counters.map((c) => ({ ...c, packets: toCount(c.packets), bytes: toCount(c.bytes) })),
      };
      session.answer(statusOutput, output, () =>
        [instanceText(status, session.style), countersText(counters)].join('\n'),
      );
      return status.state === 'degraded' ? ExitCode.degraded : ExitCode.done;
    } finally {
      snat.close();
    }
  },
};

export function instanceOutput(status: Status): z.infer<typeof instance> {
  return {
    ...status,
    problems: [...status.problems],
    devices: status.devices.map((d) => ({ ...d })),
    programs: { ...status.programs },
    maps: status.maps.map((m) => ({ ...m })),
    fallbacks: [...status.fallbacks],
    config: { ...status.config },
  };
}

export function instanceText(status: Status, style: Style): string {
  const state = status.state === 'running' ? style.green('running') : style.red('degraded');
  const rows = [
    [
      'attached',
      `${status.attachKind}${status.netns === undefined ? '' : ` in ${status.netns}`}, since ${status.startedAt}`,
    ],
    ...status.devices.flatMap((d) => [
      [
        'device',
        `${d.name} (ifindex ${d.ifindex})${d.addresses.length ? `, pods leave with ${d.addresses.join(', ')}` : ''}`,
      ],
      ...(['ingress', 'egress'] as const).map((hook) => {
        const h = d[hook];
        const link = h.linkId === undefined ? '' : `, link ${h.linkId} pinned at ${h.pin}`;
        return [`  ${hook}`, h.attached ? `program ${h.programId}${link}` : style.red('nothing attached')];
      }),
    ]),
    ...Object.values(status.programs).map((p) => ['program', `${p.id} ${p.name} tag ${p.tag} pinned at ${p.pin}`]),
    ...status.maps.map((m) => ['map', `${m.id} ${m.name}, ${plural(m.maxEntries, 'slot')}, pinned at ${m.pin}`]),
    ...status.fallbacks.map((f) => [style.yellow('fallback'), f]),
    ...status.problems.map((p) => [style.red('problem'), p]),
  ];
  return `${style.bold(status.name)}: ${state}\n${table(rows, '  ')}`;
}

/** Only what happened; an idle instance says so. */
function countersText(counters: readonly CounterRow[]): string {
  const seen = counters.filter((c) => c.packets > 0n);
  if (seen.length === 0) return '  no packets yet';
  const rows = seen.map((c) => [
    c.direction,
    c.verdict,
    c.reason,
    `${grouped(c.packets)} packets`,
    `${grouped(c.bytes)} bytes`,
  ]);
  return table(rows, '  ');
}
