// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { emitUnit, plan, shapeId } from '../index.js';
import { readInput } from './input.js';
import { type DryRunOption, dryRunOption, featuresOf, type ShapeOptions, shapeOptions } from './options.js';
import { sourceOutput } from './output/plan.js';
import type { Verb } from './verb.js';

interface SourceOptions extends ShapeOptions, DryRunOption {
  readonly output?: string;
}

export const sourceVerb: Verb<SourceOptions> = {
  usage: 'source <config>',
  summary: 'Print the C that a configuration leads to; needs neither root nor clang',
  examples: [
    ['snatkit source snat.yaml | less', 'read it'],
    ['snatkit source snat.yaml -o snat.c', 'keep it'],
    ['snatkit source snat.yaml --kernel-without bpf_loop', 'as for Linux 5.10'],
  ],
  options: (command) => dryRunOption(shapeOptions(command).option('-o, --output <file>', 'write it there')),
  run: async (session, options, path) => {
    const { config } = readInput(session.context, path as string);
    const { shape } = plan(config, {
      features: featuresOf(options),
      ...(options.devices === undefined ? {} : { deviceCount: options.devices }),
    });
    const source = emitUnit(shape);
    const file = options.output;
    const dryRun = options.dryRun === true;
    if (file !== undefined && !dryRun) writeFileSync(file, source);
    const output = {
      version: 1 as const,
      dryRun,
      shape: shapeId(shape),
      source,
      ...(file === undefined ? {} : { file }),
    };
    session.answer(sourceOutput, output, () => {
      if (file === undefined) return source.trimEnd();
      const lines = source.split('\n').length - 1;
      return dryRun ? `would write ${file} (${lines} lines)` : `${file}: ${lines} lines, shape ${output.shape}`;
    });
  },
};
