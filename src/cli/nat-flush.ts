// SPDX-License-Identifier: Apache-2.0
import { Snat } from '../index.js';
import { type DryRunOption, dryRunOption, type NameOption, nameOption } from './options.js';
import { natFlushOutput } from './output/nat.js';
import { requirePrivileges } from './privileges.js';
import { plural } from './text.js';
import type { Verb } from './verb.js';

export const natFlushVerb: Verb<NameOption & DryRunOption> = {
  usage: 'flush',
  summary: 'Empty the NAT table',
  details: 'A flow that goes on gets a new mapping: with its own port where that is free, else its connection breaks.',
  examples: [
    ['snatkit nat flush --dry-run', 'how many flows would go'],
    ['snatkit nat flush --name blue', 'of another instance'],
  ],
  options: (command) => dryRunOption(nameOption(command)),
  run: async (session, options) => {
    requirePrivileges(session.context, 'emptying the NAT table');
    const snat = await Snat.open({ name: options.name });
    try {
      const dryRun = options.dryRun === true;
      const flows = dryRun ? (await snat.mappings.all()).length : await snat.mappings.flush();
      session.answer(natFlushOutput, { version: 1, dryRun, name: snat.name, flows }, () =>
        dryRun ? `would remove ${plural(flows, 'flow')}` : `removed ${plural(flows, 'flow')}`,
      );
    } finally {
      snat.close();
    }
  },
};
