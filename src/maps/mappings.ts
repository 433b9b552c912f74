// SPDX-License-Identifier: Apache-2.0
import { FLOW_STATES, type FlowState, MAPPING_FLAGS } from '../abi/structs.js';
import type { BpfMap } from '../native/types.js';
import type { Family } from '../net/address.js';
import { addressText, type Endpoint, localOf, type Protocol, protocolName, remoteOf, structsOf } from './tuple.js';

/** A flow in the NAT table: both halves as one row. */
export interface Mapping {
  readonly protocol: Protocol;
  readonly inside: Endpoint;
  readonly outside: Endpoint;
  readonly remote: Endpoint;
  readonly state: FlowState;
  /** Milliseconds since the mapping was made (whole seconds in the kernel). */
  readonly ageMs: number;
  /** Milliseconds since the last packet that refreshed it (once a second at most). */
  readonly idleMs: number;
  /** The node's own flow rather than a pod's. */
  readonly node: boolean;
  /** `both`, or the only half that is there: a pair that is being made or removed, or damaged. */
  readonly halves: 'both' | 'egress' | 'ingress';
}

/** The two maps that hold a family's pairs. */
export interface NatMaps {
  readonly family: Family;
  readonly egress: BpfMap;
  readonly ingress: BpfMap;
}

const pairId = (inside: Endpoint, outside: Endpoint, remote: Endpoint, protocol: number) =>
  `${protocol} ${inside.address}:${inside.port} ${outside.address}:${outside.port} ${remote.address}:${remote.port}`;

/** Reads and clears the NAT table. Packets change it meanwhile: a listing shows no flow twice and misses only what moved. */
export class Mappings {
  constructor(
    private readonly maps: () => readonly NatMaps[],
    /** Nanoseconds of the clock that the programs stamp with. */
    private readonly now: () => bigint,
  ) {}

  /** Every flow, family by family, in the table's order. */
  async *list(): AsyncGenerator<Mapping> {
    for (const maps of this.maps()) yield* await this.read(maps);
  }

  private async read({ family, ...maps }: NatMaps): Promise<Iterable<Mapping>> {
    const [egress, ingress] = await Promise.all([maps.egress.dump(), maps.ingress.dump()]);
    const { TUPLE, MAPPING } = structsOf(family);
    const now = this.now();
    const rows = new Map<string, Mapping>();
    for (const [half, dump] of [['egress', egress] as const, ['ingress', ingress] as const]) {
      for (let i = 0; i < dump.count; i++) {
        const key = TUPLE.decode(dump.keys, i * TUPLE.size);
        const value = MAPPING.decode(dump.values, i * MAPPING.size);
        const other = { address: addressText(family, value.address), port: value.port };
        const near = localOf(family, key);
        const [inside, outside] = half === 'egress' ? [near, other] : [other, near];
        const remote = remoteOf(family, key);
        const id = pairId(inside, outside, remote, key.protocol);
        const idleMs = Math.max(0, Number(now - value.last_seen) / 1e6);
        const before = rows.get(id);
        rows.set(id, {
          protocol: protocolName(key.protocol),
          inside,
          outside,
          remote,
          state: FLOW_STATES[value.state] ?? 'opening',
          ageMs: Math.max(0, Number(now / 1_000_000n) - value.created_s * 1000),
          idleMs: before ? Math.min(before.idleMs, idleMs) : idleMs,
          node: (value.flags & MAPPING_FLAGS.node) !== 0,
          halves: before ? 'both' : half,
        });
      }
    }
    return rows.values();
  }

  async all(): Promise<Mapping[]> {
    const rows: Mapping[] = [];
    for await (const row of this.list()) rows.push(row);
    return rows;
  }

  /**
   * Removes every flow and returns how many there were. Egress halves go first: a packet that comes in between finds
   * its ingress half and rebuilds the same pair.
   */
  async flush(): Promise<number> {
    let flows = 0;
    for (const { egress, ingress } of this.maps()) {
      const inside = await egress.dump();
      const removed = egress.deleteBatch(inside.keys, inside.count);
      const outside = await ingress.dump();
      flows += Math.max(removed, ingress.deleteBatch(outside.keys, outside.count));
    }
    return flows;
  }
}
