// SPDX-License-Identifier: Apache-2.0
import { type CompiledUnit, compileUnit } from '../compile/compile.js';
import type { Config, ConfigInput } from '../config/config.js';
import { parseConfig } from '../config/parse.js';
import { emitUnit, shapeId } from '../emit/unit.js';
import { StateError } from '../errors.js';
import { native } from '../native/index.js';
import type { NetnsOption } from '../native/types.js';
import { type Plan, plan, type Quirk } from '../plan/plan.js';
import type { Bundle } from './bundle.js';
import { deviceSlots, linkOf, type ResolvedDevice, resolveDevices } from './devices.js';
import { kernelFeatures } from './features.js';

/** Everything decided and compiled, nothing yet done to the machine. */
export interface Prepared {
  readonly config: Config;
  readonly plan: Plan;
  readonly quirks: readonly Quirk[];
  readonly devices: readonly ResolvedDevice[];
  readonly unit: string;
  readonly shape: string;
  readonly object: Buffer;
  readonly objectHash: string;
}

export interface PrepareOptions extends NetnsOption {
  readonly cache: string;
  readonly quirks?: readonly Quirk[] | undefined;
  /** A bundle built elsewhere: used in place of clang when it fits. */
  readonly bundle?: Bundle | undefined;
}

/** Config to object, on this machine: which devices there are, what the kernel can do. */
export async function prepare(input: ConfigInput | Config, options: PrepareOptions): Promise<Prepared> {
  const config = parseConfig(input);
  const quirks = options.quirks ?? [];
  const devices = resolveDevices(config, native().interfaces({ netns: options.netns }));
  const made = plan(config, {
    features: kernelFeatures(),
    quirks,
    deviceCount: deviceSlots(devices),
    link: linkOf(devices),
  });
  const unit = emitUnit(made.shape);
  const shape = shapeId(made.shape);
  const { object, hash } = options.bundle
    ? fromBundle(options.bundle, shape)
    : await compileUnit(unit, { cache: options.cache });
  return { config, plan: made, quirks, devices, unit, shape, object, objectHash: hash };
}

function fromBundle(bundle: Bundle, shape: string): Pick<CompiledUnit, 'object' | 'hash'> {
  if (bundle.manifest.shape === shape) return { object: bundle.object, hash: bundle.manifest.objectHash };
  throw new StateError(
    'incompatible',
    `the bundle was built for shape ${bundle.manifest.shape}, this machine needs ${shape}: ` +
      `it has other devices (${bundle.manifest.devices} there) or another kernel; build it with --devices and --kernel-without, or here`,
  );
}
