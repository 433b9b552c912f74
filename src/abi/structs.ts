// SPDX-License-Identifier: Apache-2.0
import { be16, be32, pad, spinLock, struct, u8, u16, u32, u64 } from './layout.js';

export const V4_TUPLE = struct(
  'snat_v4_tuple',
  'A flow as one side of the translation sees it. For ICMP echo remote_port is 0 and local_port the identifier.',
  { remote: be32, local: be32, remote_port: be16, local_port: be16, protocol: u8, reserved: pad(3) },
);

export const V4_MAPPING = struct(
  'snat_v4_mapping',
  'One half of a NAT pair: what the local side becomes. Times are of the monotonic clock.',
  { lock: spinLock, address: be32, port: be16, state: u8, flags: u8, created_s: u32, last_seen: u64 },
);

export const V4_KEPT = struct(
  'snat_v4_kept',
  'A flow known to be untranslated: opened from outside, or older than the program.',
  { last_seen: u64, origin: u8, state: u8, reserved: pad(6) },
);

export const COUNTER = struct('snat_counter', 'Packets and bytes of one outcome.', { packets: u64, bytes: u64 });

export const DEVICE = struct('snat_device', 'The masquerade address of a device.', { ifindex: u32, address: be32 });

export const PORT_RANGE = struct('snat_port_range', 'Inclusive, host byte order.', { min: u16, max: u16 });

export const STRUCTS = [V4_TUPLE, V4_MAPPING, V4_KEPT, COUNTER, DEVICE, PORT_RANGE] as const;

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
