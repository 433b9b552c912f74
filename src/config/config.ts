// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../net/address.js';
import type { Cidr } from '../net/cidr.js';
import type { PortRange } from '../net/ports.js';

/** What happens to packets of TCP connections that were alive before the program was attached. */
export type MidStream = 'adopt' | 'translate' | 'drop';
export type Attach = 'auto' | 'tcx' | 'tc';

/** Which outside address a pod's packet gets. Devices that `per-device` does not name are `'auto'`. */
export type MasqueradeAddress =
  | { readonly kind: 'auto' }
  | { readonly kind: 'fixed'; readonly ipv4: Address }
  | { readonly kind: 'per-device'; readonly devices: Readonly<Record<string, 'auto' | Address>> };

/** Idle times in whole milliseconds, above zero. */
export interface Timeouts {
  readonly tcpEstablished: number;
  readonly tcpTransitory: number;
  readonly udp: number;
  readonly icmp: number;
  readonly fragment: number;
}

/** A checked configuration: complete, frozen all the way down, in the order in which the user wrote its lists. */
export interface Config {
  /** Names, or patterns that end in `+`. */
  readonly devices: readonly string[];
  readonly podCIDRs: readonly Cidr[];
  readonly nativeRoutingCIDRs: readonly Cidr[];
  readonly nonMasqueradeCIDRs: readonly Cidr[];
  readonly remoteNodes: readonly Address[];
  readonly masquerade: { readonly ipv4: boolean; readonly ipv6: boolean };
  readonly masqueradeAddress: MasqueradeAddress;
  readonly portRange: PortRange;
  readonly reservedPorts: readonly PortRange[];
  /** Flows. */
  readonly natTableSize: number;
  readonly midStream: MidStream;
  readonly timeouts: Timeouts;
  readonly attach: Attach;
}

/** What a user writes: a YAML or JSON document, or this object. Only `devices` and `podCIDRs` are required. */
export interface ConfigInput {
  /** Names such as `eth0`, or patterns such as `eth+` (every device whose name starts with `eth`). */
  devices: readonly string[];
  /** Sources that are translated. IPv4, no host bits; a bare address stands for itself. */
  podCIDRs: readonly string[];
  /** Destinations that keep the pod's address, because routing reaches pods there. Default none. */
  nativeRoutingCIDRs?: readonly string[];
  /** The ip-masq-agent list: same effect, its own reason. Default none. */
  nonMasqueradeCIDRs?: readonly string[];
  /** Other nodes' addresses; packets to them keep the pod's address. Default none. */
  remoteNodes?: readonly string[];
  /** Default `{ ipv4: true, ipv6: false }`. */
  masquerade?: { ipv4?: boolean; ipv6?: false };
  /** `auto` (each device's first global address; the default), one address, `{ ipv4 }`, or one a device: `{ eth0: … }`. */
  masqueradeAddress?: string | { readonly ipv4: string } | Readonly<Record<string, string>>;
  /** Source ports to choose from, 1..65535. Default `32768-65535`. */
  portRange?: string | number;
  /** Ports of `portRange` never to use, such as `[40000, '50000-50100']`. Default none. */
  reservedPorts?: readonly (string | number)[];
  /** Flows the NAT table holds, 1024..4194304. Default 524288. */
  natTableSize?: number;
  /** Default `adopt`. */
  midStream?: MidStream;
  /** Durations such as `2h4m`, above 0 and at most 365d. Defaults 2h4m, 4m, 5m, 60s, 30s. */
  timeouts?: { [K in keyof Timeouts]?: string };
  /** Default `auto`: tcx where the kernel has it, else a clsact filter. */
  attach?: Attach;
  /** Not built yet: only the default is accepted in each of these. */
  maxPortsPerSource?: 0;
  pools?: Readonly<Record<string, never>>;
  allocator?: 'complete';
  mapping?: 'endpoint-dependent';
  otherProtocols?: 'pass';
  rules?: readonly never[];
  egressPolicies?: readonly never[];
  compat?: 'none';
  path?: 'stack';
  events?: { sample?: 0 };
}
