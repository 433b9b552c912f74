// SPDX-License-Identifier: Apache-2.0
import type { ReasonName } from '../abi/reasons.js';
import type { Config, MidStream, Timeouts } from '../config/config.js';
import { makeAddress } from '../net/address.js';
import { type Cidr, cidrCovers, formatCidr, makeCidr, normalizeCidrs } from '../net/cidr.js';
import { formatPortRange, normalizePortRanges, type PortRange, subtractPortRanges } from '../net/ports.js';

/**
 * A known fault of another datapath, reproduced. `egress-compiled-out`: Cilium 1.8.1 with load balancing in pure DSR mode
 * built an egress program of two instructions, although masquerading was configured.
 */
export type Quirk = 'egress-compiled-out';
export const QUIRKS: readonly Quirk[] = ['egress-compiled-out'];

/** What the kernel can do, as far as the emitted C depends on it. */
export interface KernelFeatures {
  /** The helper bpf_loop (5.17). */
  readonly bpfLoop: boolean;
}
export const NEWEST_FEATURES: KernelFeatures = { bpfLoop: true };

/** Destinations that keep the pod's address, with the reason that is counted for them. */
export interface Exclusion {
  readonly reason: ReasonName & ('native-routing' | 'non-masquerade' | 'remote-node');
  readonly cidrs: readonly Cidr[];
}

/** Everything the verifier should see: a change of it needs clang. */
export interface Shape {
  /** `compiled-out` is Cilium 1.8.1's two-instruction program; `off` keeps every pod's packet. */
  readonly egress: 'translate' | 'off' | 'compiled-out';
  readonly pods: readonly Cidr[];
  /** In the order in which they are asked. */
  readonly exclusions: readonly Exclusion[];
  readonly reservedPorts: readonly PortRange[];
  /** Flows. */
  readonly natEntries: number;
  /** Flows known to be untranslated. */
  readonly keptEntries: number;
  /** Slots for devices and their addresses. */
  readonly devices: number;
  readonly walk: 'complete' | 'bounded';
}

/** What an operator tunes: a change of it needs neither clang nor a new table. */
export interface Knobs {
  readonly portRange: PortRange;
  /** Milliseconds. */
  readonly timeouts: Timeouts;
  readonly midStream: MidStream;
}

export interface Plan {
  readonly shape: Shape;
  readonly knobs: Knobs;
  /** Device names and patterns, as configured. */
  readonly devices: readonly string[];
  readonly attach: Config['attach'];
  /** What will probably surprise. */
  readonly warnings: readonly string[];
  /** What is done in a lesser way because the kernel lacks something. */
  readonly fallbacks: readonly string[];
}

export interface PlanOptions {
  /** Default: the newest kernel's. */
  readonly features?: KernelFeatures;
  readonly quirks?: readonly Quirk[];
  /** How many devices the patterns matched; default: one a name or pattern. */
  readonly deviceCount?: number;
}

/** At least a few notes even beside a small table, and never more than one for eight flows. */
const keptEntries = (natEntries: number) => Math.max(1024, natEntries >> 3);

/** Decides what is to be built for a configuration. Pure: the same input gives the same plan on every machine. */
export function plan(config: Config, options: PlanOptions = {}): Plan {
  const features = options.features ?? NEWEST_FEATURES;
  const compiledOut = options.quirks?.includes('egress-compiled-out') ?? false;
  const exclusions: Exclusion[] = [
    { reason: 'native-routing' as const, cidrs: normalizeCidrs(config.nativeRoutingCIDRs) },
    { reason: 'non-masquerade' as const, cidrs: normalizeCidrs(config.nonMasqueradeCIDRs) },
    { reason: 'remote-node' as const, cidrs: normalizeCidrs(config.remoteNodes.map((a) => makeCidr(a, 32))) },
  ].filter((e) => e.cidrs.length > 0);
  const shape: Shape = {
    egress: compiledOut ? 'compiled-out' : config.masquerade.ipv4 ? 'translate' : 'off',
    pods: normalizeCidrs(config.podCIDRs),
    exclusions,
    reservedPorts: reservedInside(config),
    natEntries: config.natTableSize,
    keptEntries: keptEntries(config.natTableSize),
    devices: options.deviceCount ?? config.devices.length,
    walk: features.bpfLoop ? 'complete' : 'bounded',
  };
  return {
    shape,
    knobs: { portRange: config.portRange, timeouts: config.timeouts, midStream: config.midStream },
    devices: config.devices,
    attach: config.attach,
    warnings: warnings(config, shape),
    fallbacks: features.bpfLoop ? [] : ['port search bounded to 256 candidates (bpf_loop needs kernel 5.17)'],
  };
}

/** Reserved ports outside the range are nobody's candidates: they would only be compares that never match. */
function reservedInside(config: Config): PortRange[] {
  const { min, max } = config.portRange;
  return normalizePortRanges(
    config.reservedPorts
      .filter((r) => r.min <= max && r.max >= min)
      .map((r) => ({ min: Math.max(r.min, min), max: Math.min(r.max, max) })),
  );
}

function warnings(config: Config, shape: Shape): string[] {
  const out: string[] = [];
  const everything = makeCidr(makeAddress(4, 0n), 0);
  if (shape.egress === 'compiled-out')
    out.push('egress is compiled out: masquerading is configured and nothing will be masqueraded');
  for (const e of shape.exclusions)
    if (e.cidrs.some((c) => cidrCovers(c, everything))) out.push(`${e.reason} covers every destination: nothing is translated`);
  for (const e of shape.exclusions.slice(1))
    for (const c of e.cidrs) {
      const by = shape.exclusions
        .slice(0, shape.exclusions.indexOf(e))
        .find((earlier) => earlier.cidrs.some((o) => cidrCovers(o, c)));
      if (by) out.push(`${e.reason} ${formatCidr(c)} can never match: ${by.reason} covers it and is asked first`);
    }
  const free = subtractPortRanges(config.portRange, shape.reservedPorts);
  const count = free.reduce((sum, r) => sum + r.max - r.min + 1, 0);
  if (count < 1024)
    out.push(
      `portRange ${formatPortRange(config.portRange)} leaves ${count} ports: no more than ${count} flows to one remote endpoint`,
    );
  return out;
}

/** The stages of each direction in the order in which a packet meets them: what the unit's header line says. */
export function stages(shape: Shape): { egress: string[]; ingress: string[] } {
  if (shape.egress === 'compiled-out') return { egress: ['(compiled out)'], ingress: ['parse', 'reverse'] };
  if (shape.egress === 'off') return { egress: ['parse', `pods(${shape.pods.length})`, 'keep'], ingress: ['(nothing to undo)'] };
  return {
    egress: [
      'parse',
      `pods(${shape.pods.length})`,
      ...shape.exclusions.map((e) => `${e.reason}(${e.cidrs.length})`),
      'translate',
    ],
    ingress: ['parse', `pods(${shape.pods.length})`, 'reverse'],
  };
}
