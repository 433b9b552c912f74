// SPDX-License-Identifier: Apache-2.0
import { listScenarios } from '../lab/index.js';
import { type LabDirectory, listLabs } from './library.js';
import { labListOutput } from './output/lab.js';
import { table } from './text.js';
import type { Verb } from './verb.js';

export const labListVerb: Verb = {
  usage: 'list',
  summary: 'List the scenarios, and the runs that are up',
  examples: [['snatkit lab list', 'what can be played']],
  run: async (session) => {
    const scenarios = listScenarios().map(({ name, summary, needs }) => ({ name, summary, needs: { ...needs } }));
    const runs = listLabs().map((lab) => ({ id: lab.id, scenario: lab.journal.scenario, state: stateOf(lab) }));
    session.answer(labListOutput, { version: 1, scenarios, runs }, () =>
      [
        table(scenarios.map((s) => [session.style.bold(s.name), s.summary])),
        ...(runs.length
          ? ['', table([['RUN', 'SCENARIO', 'STATE'], ...runs.map((r) => [r.id, r.scenario, r.state])])]
          : []),
      ].join('\n'),
    );
  },
};

const stateOf = (lab: LabDirectory): 'running' | 'kept' | 'abandoned' =>
  lab.ownerAlive ? 'running' : lab.journal.kept ? 'kept' : 'abandoned';
