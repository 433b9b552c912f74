// SPDX-License-Identifier: Apache-2.0
import { type Config, type Plan, plan } from '../index.js';
import { kernelFeatures } from './library.js';

/** The plan for this machine. */
export const planFor = (config: Config, deviceCount: number): Plan =>
  plan(config, { features: kernelFeatures(), deviceCount });
