// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { compileUnit, emitUnit, formatConfig, isBundle, plan, shapeId, writeBundle } from '../index.js';
import { readInput } from './input.js';
import { findClang, packageVersion, resolvePaths } from './library.js';
import { type DryRunOption, dryRunOption, featuresOf, type ShapeOptions, shapeOptions } from './options.js';
import { buildOutput } from './output/plan.js';
import { grouped, plural } from './text.js';
import { UsageError } from './usage-error.js';
import type { Verb } from './verb.js';

interface BuildOptions extends ShapeOptions, DryRunOption {
  readonly output: string;
}

export const buildVerb: Verb<BuildOptions> = {
  usage: 'build <config>',
  summary: 'Write a bundle (object, C, plan, manifest) that up accepts on a machine without clang; needs no root',
  details: 'The machine that runs it must have as many matching devices as the bundle has slots, and the same helpers.',
  examples: [
    ['snatkit build snat.yaml -o bundle', 'for machines like this one'],
    ['snatkit build snat.yaml -o bundle --devices 2', 'where eth+ matches two devices'],
    ['snatkit build snat.yaml -o bundle --kernel-without bpf_loop', 'for Linux 5.10'],
  ],
  options: (command) =>
    dryRunOption(
      shapeOptions(command).requiredOption('-o, --output <folder>', 'new, empty, or a bundle that is replaced'),
    ),
  run: async (session, options, path) => {
    const { config } = readInput(session.context, path as string);
    const features = featuresOf(options);
    const deviceCount = options.devices ?? config.devices.length;
    const made = plan(config, { features, deviceCount });
    const folder = resolve(options.output);
    requireReplaceable(folder);
    const unit = emitUnit(made.shape);
    const shape = shapeId(made.shape);
    const clang = await findClang();
    if (options.dryRun) {
      const steps = [`compile shape ${shape} with ${clang.version}`, `write ${folder}`];
      session.answer(buildOutput, { version: 1, dryRun: true, folder, shape, steps }, () =>
        ['would', ...steps.map((s) => `  ${s}`)].join('\n'),
      );
      return;
    }
    const compiled = await session.progress('compiling', () =>
      compileUnit(unit, { clang, cache: resolvePaths().cache }),
    );
    const { object, hash, cached } = compiled;
    const manifest = writeBundle(folder, {
      manifest: {
        snatkit: packageVersion,
        shape,
        objectHash: hash,
        clang: clang.version,
        devices: deviceCount,
        features,
        config: formatConfig(config),
      },
      plan: made,
      unit,
      object,
    });
    const output = {
      version: 1 as const,
      dryRun: false as const,
      folder,
      shape,
      objectHash: hash,
      objectSha256: manifest.objectSha256,
      objectBytes: object.length,
      clang: clang.version,
      cached,
      devices: deviceCount,
      features: { ...features },
      warnings: [...made.warnings],
    };
    session.answer(buildOutput, output, () =>
      [
        `${folder}: shape ${shape}, ${plural(deviceCount, 'device')}, object of ${grouped(object.length)} bytes by ${clang.version}`,
        ...made.warnings.map((w) => `${session.style.yellow('warning:')} ${w}`),
      ].join('\n'),
    );
  },
};

function requireReplaceable(folder: string): void {
  if (!existsSync(folder) || isBundle(folder)) return;
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch {
    throw new UsageError(`${folder} is no folder: name one that is new, empty, or a bundle`);
  }
  if (entries.length > 0)
    throw new UsageError(`${folder} holds other things: name one that is new, empty, or a bundle`);
}
