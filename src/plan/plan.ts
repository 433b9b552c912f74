// SPDX-License-Identifier: Apache-2.0
import type { ReasonName } from '../abi/reasons.js';
import type { Config, MidStream, Timeouts } from '../config/config.js';
import { addressBits, type Family, makeAddress } from '../net/address.js';
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
  /** The flag BPF_F_IPV6 of bpf_l4_csum_replace (6.16, and stable backports). */
  readonly csumIpv6: boolean;
}
export const NEWEST_FEATURES: KernelFeatures = { bpfLoop: true, csumIpv6: true };

const EXCLUSIONS = ['native-routing', 'non-masquerade', 'remote-node'] as const satisfies readonly ReasonName[];

/** Destinations that keep the pod's address, with the reason that is counted for them. */
export interface Exclusion {
  readonly reason: (typeof EXCLUSIONS)[number];
  readonly cidrs: readonly Cidr[];
}

/** One address family's part. */
export interface FamilyShape {
  readonly family: Family;
  readonly pods: readonly Cidr[];
  /** In the order in which they are asked. */
  readonly exclusions: readonly Exclusion[];
}

/** Everything the verifier should see: a change of it needs clang. */
export interface Shape {
  /** `compiled-out` is Cilium 1.8.1's two-instruction program; `off` keeps every pod's packet. */
  readonly egress: 'translate' | 'off' | 'compiled-out';
  /** Families that have pods and are masqueraded (`off`: that have pods). */
  readonly families: readonly FamilyShape[];
  readonly otherProtocols: Config['otherProtocols'];
  readonly reservedPorts: readonly PortRange[];
  /** Flows. */
  readonly natEntries: number;
  /** Flows known to be untranslated. */
  readonly keptEntries: number;
  /** Slots for devices and their addresses. */
  readonly devices: number;
  /** How a port is searched for when the source port is taken. */
  readonly walk: 'bounded' | Config['allocator'];
  /** What the devices' frames begin with. */
  readonly link: 'ethernet' | 'none' | 'mixed';
  /** Whether bpf_l4_csum_replace is told of IPv6. */
  readonly v6ChecksumFlag: boolean;
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
  /** How many slots the devices and their addresses need; default: one a name or pattern. */
  readonly deviceCount?: number;
  /** Default: Ethernet. */
  readonly link?: Shape['link'];
}

/** At least a few notes even beside a small table, and never more than one for eight flows. */
const keptEntries = (natEntries: number) => Math.max(1024, natEntries >> 3);

const FAMILIES: readonly Family[] = [4, 6];
const masqueraded = (config: Config, family: Family) =>
  family === 4 ? config.masquerade.ipv4 : config.masquerade.ipv6;

function familyShape(config: Config, family: Family): FamilyShape {
  const own = (cidrs: readonly Cidr[]) => normalizeCidrs(cidrs.filter((c) => c.address.family === family));
  const exclusions: Exclusion[] = [
    { reason: 'native-routing', cidrs: own(config.nativeRoutingCIDRs) },
    { reason: 'non-masquerade', cidrs: own(config.nonMasqueradeCIDRs) },
    { reason: 'remote-node', cidrs: own(config.remoteNodes.map((a) => makeCidr(a, addressBits(a.family)))) },
  ];
  return { family, pods: own(config.podCIDRs), exclusions: exclusions.filter((e) => e.cidrs.length > 0) };
}

/** Decides what is to be built for a configuration. Pure: the same input gives the same plan on every machine. */
export function plan(config: Config, options: PlanOptions = {}): Plan {
  const features = options.features ?? NEWEST_FEATURES;
  const compiledOut = options.quirks?.includes('egress-compiled-out') ?? false;
  const havePods = FAMILIES.map((f) => familyShape(config, f)).filter((f) => f.pods.length > 0);
  const families = havePods.filter((f) => masqueraded(config, f.family));
  const off = families.length === 0;
  const shape: Shape = {
    egress: compiledOut ? 'compiled-out' : off ? 'off' : 'translate',
    families: off ? havePods : families,
    otherProtocols: config.otherProtocols,
    reservedPorts: reservedInside(config),
    natEntries: config.natTableSize,
    keptEntries: keptEntries(config.natTableSize),
    devices: options.deviceCount ?? config.devices.length,
    // Without bpf_loop there is one walk only that the verifier can follow.
    walk: features.bpfLoop ? config.allocator : 'bounded',
    link: options.link ?? 'ethernet',
    v6ChecksumFlag: features.csumIpv6,
  };
  return {
    shape,
    knobs: { portRange: config.portRange, timeouts: config.timeouts, midStream: config.midStream },
    devices: config.devices,
    attach: config.attach,
    warnings: warnings(config, shape),
    fallbacks: fallbacks(shape, features),
  };
}

function fallbacks(shape: Shape, features: KernelFeatures): string[] {
  const out: string[] = [];
  if (shape.walk === 'bounded') out.push('port search bounded to 256 candidates (bpf_loop needs kernel 5.17)');
  if (!features.csumIpv6 && shape.families.some((f) => f.family === 6))
    out.push('IPv6 packets with CHECKSUM_COMPLETE are summed again (BPF_F_IPV6 needs kernel 6.16)');
  return out;
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
  if (shape.egress === 'compiled-out')
    out.push('egress is compiled out: masquerading is configured and nothing will be masqueraded');
  for (const f of shape.families) {
    const everything = makeCidr(makeAddress(f.family, 0n), 0);
    for (const [i, e] of f.exclusions.entries()) {
      if (e.cidrs.some((c) => cidrCovers(c, everything)))
        out.push(`${e.reason} covers every IPv${f.family} destination: nothing is translated`);
      for (const c of e.cidrs) {
        const by = f.exclusions.slice(0, i).find((earlier) => earlier.cidrs.some((o) => cidrCovers(o, c)));
        if (by) out.push(`${e.reason} ${formatCidr(c)} can never match: ${by.reason} covers it and is asked first`);
      }
    }
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
  const count = (of: (f: FamilyShape) => number) => shape.families.map(of).join('+');
  const pods = `pods(${count((f) => f.pods.length)})`;
  if (shape.egress === 'compiled-out') return { egress: ['(compiled out)'], ingress: ['parse', pods, 'reverse'] };
  if (shape.egress === 'off') return { egress: ['parse', pods, 'keep'], ingress: ['(nothing to undo)'] };
  const reasons = EXCLUSIONS.filter((r) => shape.families.some((f) => f.exclusions.some((e) => e.reason === r)));
  const size = (f: FamilyShape, r: string) => f.exclusions.find((e) => e.reason === r)?.cidrs.length ?? 0;
  return {
    egress: ['parse', pods, ...reasons.map((r) => `${r}(${count((f) => size(f, r))})`), 'translate'],
    ingress: ['parse', pods, 'reverse'],
  };
}
