// SPDX-License-Identifier: Apache-2.0

import { counterIndex, DIRECTIONS, type Direction, REASONS, type ReasonName, type Verdict } from '../abi/reasons.js';
import { COUNTER } from '../abi/structs.js';
import type { BpfMap } from '../native/types.js';

/** What happened to how many packets in one direction for one reason. */
export interface CounterRow {
  readonly direction: Direction;
  readonly verdict: Verdict;
  readonly reason: ReasonName;
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** All counters, zeros too; each the sum over CPUs. */
export function readCounters(map: BpfMap): CounterRow[] {
  const key = Buffer.alloc(4);
  return DIRECTIONS.flatMap((direction) =>
    REASONS.map((reason, number) => {
      new Uint32Array(key.buffer, key.byteOffset, 1)[0] = counterIndex(direction, number);
      const perCpu = map.get(key) ?? Buffer.alloc(0);
      let packets = 0n;
      let bytes = 0n;
      for (let at = 0; at < perCpu.length; at += COUNTER.size) {
        const c = COUNTER.decode(perCpu, at);
        packets += c.packets;
        bytes += c.bytes;
      }
      return { direction, verdict: reason.verdict, reason: reason.name, packets, bytes };
    }),
  );
}
