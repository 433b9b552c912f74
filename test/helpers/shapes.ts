// SPDX-License-Identifier: Apache-2.0
/** What the emitter can make, at its smallest and its largest: each must compile and load everywhere. */
import type { ConfigInput } from '../../src/config/config.js';
import { parseConfig } from '../../src/config/parse.js';
import type { BpfObject } from '../../src/native/types.js';
import { type Plan, type PlanOptions, plan } from '../../src/plan/plan.js';
import { loadObject } from '../../src/runtime/load.js';

export const planOf = (config: Partial<ConfigInput>, options?: PlanOptions): Plan =>
  plan(parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], ...config }), options);

const manyCIDRs = Array.from({ length: 300 }, (_, i) => `10.${i % 200}.${(i * 7) % 256}.0/${24 + (i % 9)}`);

/** Each takes the features of a kernel, and what it needs to be what it is in their place. */
export const SHAPES: Readonly<Record<string, (options: PlanOptions) => Plan>> = {
  default: (o) => planOf({}, o),
  'masquerading off': (o) => planOf({ masquerade: { ipv4: false } }, o),
  'compiled out': (o) => planOf({}, { ...o, quirks: ['egress-compiled-out'] }),
  'bounded walk': (o) => planOf({}, { ...o, features: { bpfLoop: false } }),
  'every exclusion': (o) =>
    planOf(
      {
        nativeRoutingCIDRs: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
        nonMasqueradeCIDRs: ['198.51.100.0/24', '203.0.113.128/25'],
        remoteNodes: ['192.0.2.1', '192.0.2.2'],
        reservedPorts: [40000, '41000-41999'],
      },
      o,
    ),
  'everything excluded': (o) => planOf({ nativeRoutingCIDRs: ['0.0.0.0/0'] }, o),
  'all are pods': (o) => planOf({ podCIDRs: ['0.0.0.0/0'] }, o),
  'three hundred CIDRs': (o) => planOf({ nativeRoutingCIDRs: manyCIDRs, podCIDRs: manyCIDRs }, o),
  'eight devices': (o) => planOf({}, { ...o, deviceCount: 8 }),
};

/**
 * Loads an object with knobs as a running instance has them. Without addresses of devices the verifier would drop
 * whatever depends on one, and with it what may be too much for it.
 */
export const loadShape = (made: Plan, object: Buffer): Promise<BpfObject> =>
  loadObject({
    object,
    plan: made,
    devices: Array.from({ length: made.shape.devices }, (_, i) => ({
      name: `eth${i}`,
      ifindex: i + 2,
      address: `192.168.10.${i + 2}`,
    })),
    midStreamUntil: 1n,
  });
