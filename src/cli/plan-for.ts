// SPDX-License-Identifier: Apache-2.0
import { type Config, type Plan, plan, UnsupportedError } from '../index.js';
import { type KernelFeatures, kernelFeatures, NEWEST_FEATURES } from './library.js';

/** The plan for this machine, as far as this process may ask it. */
export const planFor = (config: Config, deviceCount: number): Plan =>
  plan(config, { features: askedFeatures(), deviceCount });

function askedFeatures(): KernelFeatures {
  try {
    return kernelFeatures();
  } catch (error) {
    if (error instanceof UnsupportedError) return NEWEST_FEATURES;
    throw error;
  }
}
