// SPDX-License-Identifier: Apache-2.0
import { buildPacket } from '../net/packet.js';

export const PODS = '10.20.0.0/16';
export const NODE = '192.168.10.2';
const REMOTE = '192.0.2.9';
const ETH = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' };

/**
 * The first packets of new TCP connections from pods to one remote endpoint, the same ones for everybody.
 *
 * Source ports are drawn evenly from the whole range that is translated into: with that, the allocators of Cilium come out
 * at the curves that its own programs were measured at (1.18: first failure near 48 %, in the end 16 %; 1.11: 84 %,
 * 1.9 %). Drawn from Linux's own 32768–60999 they would not: 60 % and 13 % for 1.18, 76 % and 6 % for 1.11, since the
 * ports above 60999 are then only ever found by a retry. A pod each, so that no two are the same connection.
 */
export function* newConnections(range: { readonly min: number; readonly max: number }): Generator<Uint8Array> {
  const ports = range.max - range.min + 1;
  const random = xorshift(0x5ca1ab1e);
  for (let i = 0; i < ports; i++) {
    yield buildPacket({
      eth: ETH,
      ip: { src: `10.20.${i >> 8}.${i & 255}`, dst: REMOTE },
      tcp: { sport: range.min + Math.floor(random() * ports), dport: 443, flags: ['SYN'] },
    });
  }
}

/** Where in such a packet, without IP options, source address and source port are. */
export const SOURCE_ADDRESS = 26;
export const SOURCE_PORT = 34;

/** Numbers in [0, 1) that are the same on every run (Marsaglia's 32-bit xorshift, 13 17 5). */
export function xorshift(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}
