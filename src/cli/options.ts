// SPDX-License-Identifier: Apache-2.0
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type KernelFeatures, NEWEST_FEATURES } from './library.js';

export interface NameOption {
  readonly name: string;
}
export const nameOption = (command: Command): Command =>
  command.option('--name <name>', 'the instance: letters, digits, "-", "_"', 'default');

export interface DryRunOption {
  readonly dryRun?: boolean;
}
export const dryRunOption = (command: Command): Command =>
  command.option('--dry-run', 'say what would be done, and touch nothing');

export interface ShapeOptions {
  readonly devices?: number;
  readonly kernelWithout: readonly string[];
}

const FEATURES: Readonly<Record<string, keyof KernelFeatures>> = {
  bpf_loop: 'bpfLoop',
  bpf_f_ipv6: 'csumIpv6',
};

/** What a program depends on besides its configuration, for a machine that is not this one. */
export const shapeOptions = (command: Command): Command =>
  command
    .option('--devices <count>', 'slots for devices (default: one a name or pattern)', parseDevices)
    .addOption(
      new Option(
        '--kernel-without <feature...>',
        'for kernels that lack it: bpf_loop (before 5.17), bpf_f_ipv6 (before 6.16)',
      )
        .choices(Object.keys(FEATURES))
        .default([], 'none'),
    );

export const featuresOf = (options: ShapeOptions): KernelFeatures => ({
  ...NEWEST_FEATURES,
  ...Object.fromEntries(options.kernelWithout.map((name) => [FEATURES[name] as string, false])),
});

function parseDevices(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 1 to 9999');
}
