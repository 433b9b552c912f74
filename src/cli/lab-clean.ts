// SPDX-License-Identifier: Apache-2.0
import { cleanLabs } from '../lab/index.js';
import { listLabs } from './library.js';
import { type DryRunOption, dryRunOption } from './options.js';
import { labCleanOutput } from './output/lab.js';
import { requirePrivileges } from './privileges.js';
import type { Verb } from './verb.js';

export const labCleanVerb: Verb<DryRunOption> = {
  usage: 'clean',
  summary: 'Remove runs that were kept, and what killed ones left',
  details: 'Runs in progress are not touched.',
  examples: [['snatkit lab clean --dry-run', 'which would go']],
  options: dryRunOption,
  run: async (session, options) => {
    requirePrivileges(session.context, 'snatkit lab clean', 'its own');
    const dryRun = options.dryRun === true;
    const removed = dryRun
      ? listLabs()
          .filter((lab) => !lab.ownerAlive)
          .map((lab) => lab.id)
      : await cleanLabs();
    session.answer(labCleanOutput, { version: 1, dryRun, removed }, () =>
      removed.length ? `${dryRun ? 'would remove' : 'removed'} ${removed.join(', ')}` : 'nothing to remove',
    );
  },
};
