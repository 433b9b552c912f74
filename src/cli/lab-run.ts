// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Option } from 'commander';
import type { z } from 'zod';
import { ExitCode } from '../index.js';
import {
  chartScenario,
  listScenarios,
  renderScenario,
  runScenario,
  type Scenario,
  type ScenarioOptions,
  type ScenarioResult,
} from '../lab/index.js';
import { mappingOutput } from './nat-list.js';
import { type DryRunOption, dryRunOption } from './options.js';
import { labRunOutput } from './output/lab.js';
import { requirePrivileges } from './privileges.js';
import { coloured } from './session.js';
import { UsageError } from './usage-error.js';
import type { Verb } from './verb.js';

interface LabRunOptions extends DryRunOption {
  readonly keep?: boolean;
  readonly svg?: string;
  readonly attach: NonNullable<ScenarioOptions['attach']>;
}

export const labRunVerb: Verb<LabRunOptions> = {
  usage: 'run <scenario>',
  summary: 'Play a scenario in network namespaces of its own, with real programs and real packets',
  details: 'All of it is removed afterwards, after a failure and after Ctrl-C too.',
  examples: [
    ['snatkit lab run mysql-incident', 'why the pod could not log in, row by row'],
    ['snatkit lab run mysql-incident --keep', 'leave it up, and say how to enter it'],
    ['snatkit lab run mysql-incident --attach tc', 'as Cilium 1.8 attached'],
    ['snatkit lab run port-exhaustion --svg ports.svg', 'failed connections against occupancy, an allocator each'],
  ],
  options: (command) =>
    dryRunOption(
      command
        .option('--keep', 'leave everything up; lab clean removes it')
        .addOption(new Option('--attach <kind>', 'how').choices(['auto', 'tcx', 'tc']).default('auto'))
        .option('--svg <file>', 'write a chart of the result too (port-exhaustion)'),
    ),
  run: async (session, options, name) => {
    const scenario = listScenarios().find((s) => s.name === name);
    if (!scenario) {
      const known = listScenarios().map((s) => s.name);
      throw new UsageError(`there is no scenario ${JSON.stringify(name)}; there are: ${known.join(', ')}`);
    }
    const keep = options.keep === true;
    checkOptions(scenario, options);
    if (options.dryRun) {
      const steps = [
        'remove what killed runs have left',
        `make network namespaces and play: ${scenario.summary}`,
        `use ${Object.keys(scenario.needs).join(', ')}`,
        ...(options.svg === undefined ? [] : [`write ${options.svg}`]),
        keep ? 'leave everything up' : 'remove all of it',
      ];
      session.answer(labRunOutput, { version: 1, dryRun: true, scenario: scenario.name, steps }, () =>
        ['would', ...steps.map((s) => `  ${s}`)].join('\n'),
      );
      return;
    }
    requirePrivileges(session.context, 'snatkit lab run', 'its own');
    const { stdout, stderr, env } = session.context;
    const onProgress = (message: string) => {
      if (stderr.isTTY) stderr.write(`${message}\n`);
    };
    const result = await runScenario(scenario.name, { keep, attach: options.attach, onProgress });
    const chart = chartScenario(result);
    if (options.svg !== undefined && chart) {
      writeFileSync(options.svg, chart);
      session.notice(`wrote ${options.svg}`);
    }
    session.answer(labRunOutput, resultOutput(result), () =>
      renderScenario(result, { color: coloured(stdout, env), ...(stdout.columns ? { width: stdout.columns } : {}) }),
    );
    return result.asExpected ? ExitCode.done : ExitCode.failed;
  },
};

/** @throws UsageError before anything is done for what this scenario does not take, or for a file that cannot be written. */
function checkOptions(scenario: Scenario, { keep, attach, svg }: LabRunOptions): void {
  const given = { keep: keep === true, attach: attach !== 'auto', svg: svg !== undefined };
  for (const name of ['keep', 'attach', 'svg'] as const)
    if (given[name] && !scenario.takes.includes(name)) throw new UsageError(`${scenario.name} takes no --${name}`);
  if (svg === undefined) return;
  try {
    accessSync(dirname(resolve(svg)), constants.W_OK);
  } catch (error) {
    throw new UsageError(`--svg ${svg} cannot be written: ${(error as Error).message}`);
  }
}

function resultOutput(result: ScenarioResult): z.input<typeof labRunOutput> {
  if (result.scenario === 'port-exhaustion') {
    const { allocators, ...rest } = result;
    return {
      version: 1,
      dryRun: false,
      ...rest,
      allocators: allocators.map(({ curve: _, steps, ...a }) => ({ ...a, steps: [...steps] })),
    };
  }
  const { kept, rows, ...rest } = result;
  return {
    version: 1,
    dryRun: false,
    ...rest,
    rows: rows.map(({ evidence, config, ...row }) => ({
      ...row,
      config: { ...config },
      ...(evidence ? { evidence: { ...evidence, mapping: mappingOutput(evidence.mapping) } } : {}),
    })),
    ...(kept ? { kept: { ...kept, enter: [...kept.enter], tryThere: [...kept.tryThere] } } : {}),
  };
}
