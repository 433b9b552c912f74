// SPDX-License-Identifier: Apache-2.0
/** What the emitter can make, at its smallest and its largest: each must compile and load everywhere. */
import type { ConfigInput } from '../../src/config/config.js';
import { parseConfig } from '../../src/config/parse.js';
import type { BpfObject } from '../../src/native/types.js';
import { type Plan, type PlanOptions, plan } from '../../src/plan/plan.js';
import { loadObject } from '../../src/runtime/load.js';

export const planOf = (config: Partial<ConfigInput>, options?: PlanOptions): Plan =>
  plan(parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], ...config }), options);

const BOTH: Partial<ConfigInput> = { podCIDRs: ['10.20.30.0/24', 'fd00:10:20::/64'], masquerade: { ipv6: true } };
const manyCIDRs = Array.from({ length: 300 }, (_, i) => `10.${i % 200}.${(i * 7) % 256}.0/${24 + (i % 9)}`);

/** Each takes the features of a kernel, and what it needs to be what it is in their place. */
export const SHAPES: Readonly<Record<string, (options: PlanOptions) => Plan>> = {
  default: (o) => planOf({}, o),
  'masquerading off': (o) => planOf({ masquerade: { ipv4: false } }, o),
  'compiled out': (o) => planOf({}, { ...o, quirks: ['egress-compiled-out'] }),
  'bounded walk': (o) => planOf({}, { ...o, features: { bpfLoop: false, csumIpv6: false } }),
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
  'IPv6 only': (o) => planOf({ podCIDRs: ['fd00:10:20::/64'], masquerade: { ipv4: false, ipv6: true } }, o),
  'both families': (o) => planOf(BOTH, o),
  'both families, bounded walk': (o) => planOf(BOTH, { ...o, features: { bpfLoop: false, csumIpv6: false } }),
  'all of it': (o) =>
    planOf(
      {
        ...BOTH,
        nativeRoutingCIDRs: [...manyCIDRs, 'fd00:10::/32', '2001:db8:1::/48', '2001:db8:2::1'],
        remoteNodes: ['192.0.2.1', '2001:db8:10::3'],
        reservedPorts: [40000, '41000-41999'],
        otherProtocols: 'address-only',
      },
      { ...o, deviceCount: 8, link: 'mixed' },
    ),
  'random ports': (o) => planOf({ allocator: 'random' }, o),
  'ports as Cilium 1.11 finds them': (o) => planOf({ allocator: 'cilium-1.11' }, o),
  'ports as Cilium 1.18 finds them': (o) => planOf({ allocator: 'cilium-1.18' }, o),
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
      addresses: [`192.168.10.${i + 2}`, `2001:db8:10::${i + 2}`],
      headerless: false,
    })),
    midStreamUntil: 1n,
  });
