// SPDX-License-Identifier: Apache-2.0
import { be16, be32, be128, type Kind, pad, spinLock, struct, u8, u16, u32, u64 } from './layout.js';

/** The structs of one address family; `address` says how its addresses are laid out. */
function family<A extends Kind<number> | Kind<bigint>>(prefix: 'snat_v4' | 'snat_v6', address: A) {
  return {
    TUPLE: struct(
      `${prefix}_tuple`,
      'A flow as one side of the translation sees it. For ICMP echo remote_port is 0 and local_port the identifier.',
      { remote: address, local: address, remote_port: be16, local_port: be16, protocol: u8, reserved: pad(3) },
    ),
    MAPPING: struct(
      `${prefix}_mapping`,
      'One half of a NAT pair: what the local side becomes. last_seen and created_s are of the monotonic clock, ticks of the kernel.',
      {
        last_seen: u64,
        lock: spinLock,
        created_s: u32,
        ticks: u32,
        address,
        port: be16,
        state: u8,
        flags: u8,
        ...tail(address),
      },
    ),
    KEPT: struct(`${prefix}_kept`, 'A flow known to be untranslated: opened from outside, or older than the program.', {
      last_seen: u64,
      origin: u8,
      state: u8,
      reserved: pad(6),
    }),
    DATAGRAM: struct(`${prefix}_datagram`, 'What the fragments of one datagram share.', {
      source: address,
      destination: address,
      id: be32,
      protocol: u8,
      reserved: pad(3),
    }),
    DEVICE: struct(`${prefix}_device`, 'A masquerade address of a device.', { ifindex: u32, address }),
  };
}

/** Ends the mapping of the narrower family on a multiple of eight. */
const tail = (address: Kind<number> | Kind<bigint>) =>
  address.size === 4 ? { reserved: pad(4) } : ({} as { reserved: Kind<null> });

export const V4 = family('snat_v4', be32);
export const V6 = family('snat_v6', be128);

/** What the kernel notes of a first fragment. */
export const FRAGMENT = struct('snat_fragment', 'Ports of a first fragment, for the later ones.', {
  seen: u64,
  sport: be16,
  dport: be16,
  reserved: pad(4),
});

export const COUNTER = struct('snat_counter', 'Packets and bytes of one outcome.', { packets: u64, bytes: u64 });

export const PORT_RANGE = struct('snat_port_range', 'Inclusive, host byte order.', { min: u16, max: u16 });

export const STRUCTS = [...Object.values(V4), ...Object.values(V6), FRAGMENT, COUNTER, PORT_RANGE] as const;

/** Life of a flow (RFC 5382 §5, RFC 4787 §4.3). The position is the number. */
export const FLOW_STATES = ['opening', 'established', 'closing'] as const;
export type FlowState = (typeof FLOW_STATES)[number];

/** Bits of `snat_v4_mapping.flags`. */
export const MAPPING_FLAGS = {
  /** The inside sent FIN. */
  fin_inside: 1,
  /** The outside sent FIN. */
  fin_outside: 2,
  /** Somebody is reclaiming the entry: it no longer translates. */
  claimed: 4,
  /** The inside is the node itself. */
  node: 8,
} as const;

/** Why a flow is in the kept table. */
export const KEPT_ORIGINS = ['outside', 'adopted'] as const;
