// SPDX-License-Identifier: Apache-2.0
import { FLOW_STATES, KEPT_ORIGINS, MAPPING_FLAGS } from '../abi/structs.js';
import { addressField, type Endpoint, encodeTuple, type Protocol, requireAddress, structsOf } from '../maps/tuple.js';
import { type Family, parseAddress } from '../net/address.js';
import { type Cidr, cidrContains } from '../net/cidr.js';
import { inPortRange } from '../net/ports.js';
import type { Plan } from '../plan/plan.js';
import type { ConntrackFlow } from './conntrack.js';

/** One entry to write before the programs are attached. */
export interface Seed {
  readonly map: `snat_v${Family}_${'kept' | 'ingress' | 'egress'}`;
  readonly key: Buffer;
  readonly value: Buffer;
}

const within = (cidrs: readonly Cidr[], text: string) => {
  const address = parseAddress(text);
  return address !== undefined && cidrs.some((c) => c.address.family === address.family && cidrContains(c, address));
};

/**
 * What the kernel's connection tracking knows of connections that are alive already: pods' flows that are untranslated so
 * far and are to stay so, and ports of the masquerade address that somebody else's translation holds.
 */
export function seeds(flows: readonly ConntrackFlow[], plan: Plan, addresses: readonly string[], now: bigint): Seed[] {
  const pods = plan.shape.families.flatMap((f) => f.pods);
  const excluded = plan.shape.families.flatMap((f) => f.exclusions.flatMap((e) => e.cidrs));
  const established = FLOW_STATES.indexOf('established');
  return flows.flatMap(({ protocol, original, reply }): Seed[] => {
    const untranslated = reply.dst === original.src && reply.src === original.dst;
    if (untranslated && protocol !== 'icmp' && protocol !== 'icmp6') {
      const outbound = within(pods, original.src);
      const [local, remote] = outbound ? [original, reply] : [reply, original];
      if (!within(pods, local.src) || within(excluded, remote.src)) return [];
      const origin = KEPT_ORIGINS.indexOf(outbound ? 'adopted' : 'outside');
      return [
        {
          map: `snat_v${requireAddress(local.src).family}_kept`,
          key: encodeTuple(protocol, endpoint(remote), endpoint(local)),
          value: structsOf(4).KEPT.encode({ last_seen: now, origin, state: established }),
        },
      ];
    }
    if (!addresses.includes(reply.dst)) return [];
    return reserve(protocol, reply, protocol.startsWith('icmp') ? original.sport : reply.dport);
  });

  function reserve(protocol: Protocol, reply: ConntrackFlow['reply'], port: number): Seed[] {
    if (!inPortRange(plan.knobs.portRange, port)) return [];
    const remote = { address: reply.src, port: protocol.startsWith('icmp') ? 0 : reply.sport };
    const key = encodeTuple(protocol, remote, { address: reply.dst, port });
    const outside = requireAddress(reply.dst);
    const value = structsOf(outside.family).MAPPING.encode({
      address: addressField(outside),
      port,
      state: established,
      flags: MAPPING_FLAGS.node,
      created_s: Number(now / 1_000_000_000n),
      last_seen: now,
    });
    return [
      { map: `snat_v${outside.family}_ingress`, key, value },
      { map: `snat_v${outside.family}_egress`, key, value },
    ];
  }
}

const endpoint = (t: { src: string; sport: number }): Endpoint => ({ address: t.src, port: t.sport });
