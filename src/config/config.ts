// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../net/address.js';
import type { Cidr } from '../net/cidr.js';
import type { PortRange } from '../net/ports.js';

/** What happens to packets of TCP connections that were alive before the program was attached. */
export type MidStream = 'adopt' | 'translate' | 'drop';
export type Attach = 'auto' | 'tcx' | 'tc';

/** How a free port is looked for; all but `complete` exist to be compared with it. */
export type Allocator = 'complete' | 'random' | 'cilium-1.11' | 'cilium-1.18';
/** What happens to a pod's packets that are neither TCP, UDP nor ICMP. */
export type OtherProtocols = 'pass' | 'drop' | 'address-only';

/** The outside addresses of each family, in the order in which the user wrote them. None means `auto` for that family. */
export interface AddressPools {
  readonly ipv4: readonly Address[];
  readonly ipv6: readonly Address[];
}

/**
 * Which outside address a pod's packet gets. Of a pool with several addresses a source always gets the same one. `fixed` and
 * the pools of a device hold at least one address. Devices that `per-device` does not name are `'auto'`.
 */
export type MasqueradeAddress =
  | { readonly kind: 'auto' }
  | ({ readonly kind: 'fixed' } & AddressPools)
  | { readonly kind: 'per-device'; readonly devices: Readonly<Record<string, 'auto' | AddressPools>> };

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
  /**
   * As written. A family that is on may have no pods (IPv4 beside IPv6-only pods), and then has nothing to do: what a program
   * translates are the families that are on *and* have a podCIDR. With both off, nothing is translated.
   */
  readonly masquerade: { readonly ipv4: boolean; readonly ipv6: boolean };
  readonly masqueradeAddress: MasqueradeAddress;
  readonly portRange: PortRange;
  readonly reservedPorts: readonly PortRange[];
  /** Flows. */
  readonly natTableSize: number;
  readonly allocator: Allocator;
  readonly otherProtocols: OtherProtocols;
  readonly midStream: MidStream;
  readonly timeouts: Timeouts;
  readonly attach: Attach;
}

/** One address or a pool, in text. */
export type PoolInput = string | readonly string[];
/**
 * `auto` (each device's first global address of the packet's family), one address, a pool (both families mixed, each address
 * once, a source always gets the same one), or these by family. A family without an address, or with an empty list, is `auto`.
 */
export type AddressesInput = PoolInput | { readonly ipv4?: PoolInput; readonly ipv6?: PoolInput };

/** What a user writes: a YAML or JSON document, or this object. Only `devices` and `podCIDRs` are required. */
export interface ConfigInput {
  /** Names such as `eth0`, or patterns such as `eth+` (every device whose name starts with `eth`). */
  devices: readonly string[];
  /**
   * Sources that are translated, as far as `masquerade` has their family on. IPv4 and IPv6 may be mixed, as in every list here.
   * No host bits; a bare address stands for itself. Not multicast, loopback or IPv6 link-local; IPv4-mapped IPv6 nowhere.
   */
  podCIDRs: readonly string[];
  /** Destinations that keep the pod's address, because routing reaches pods there. Default none. */
  nativeRoutingCIDRs?: readonly string[];
  /** The ip-masq-agent list: same effect, its own reason. Default none. */
  nonMasqueradeCIDRs?: readonly string[];
  /** Other nodes' addresses; packets to them keep the pod's address. Default none. */
  remoteNodes?: readonly string[];
  /**
   * Default `{ ipv4: true, ipv6: false }`. Pods of a family that is off keep their address.
   *
   * `ipv6: true` needs an IPv6 CIDR in `podCIDRs`. `ipv4`, being on by default, needs none as long as IPv6 is on too: it then
   * has nothing to do. IPv6-only `podCIDRs` without `ipv6: true` are refused, because nothing would be translated, which only
   * `ipv4: false` says on purpose.
   */
  masquerade?: { ipv4?: boolean; ipv6?: boolean };
  /** Default `auto`. For all devices, or by device name: `{ eth0: … }`; a device without an entry is `auto`. */
  masqueradeAddress?: AddressesInput | Readonly<Record<string, AddressesInput>>;
  /** Source ports to choose from, 1..65535. Default `32768-65535`. */
  portRange?: string | number;
  /** Ports of `portRange` never to use, such as `[40000, '50000-50100']`. Default none. */
  reservedPorts?: readonly (string | number)[];
  /** Flows the NAT table holds, 1024..4194304. Default 524288. */
  natTableSize?: number;
  /** Default `complete`: a free port is found whenever there is one. */
  allocator?: Allocator;
  /** Default `pass`: such packets go on with the pod's address. `address-only` is right for GRE, ESP and SCTP. */
  otherProtocols?: OtherProtocols;
  /** Default `adopt`. */
  midStream?: MidStream;
  /** Durations such as `2h4m`, above 0 and at most 365d. Defaults 2h4m, 4m, 5m, 60s, 30s. */
  timeouts?: { [K in keyof Timeouts]?: string };
  /** Default `auto`: tcx where the kernel has it, else a clsact filter. */
  attach?: Attach;
  /** Not built yet: only the default is accepted in each of these. */
  maxPortsPerSource?: 0;
  pools?: Readonly<Record<string, never>>;
  mapping?: 'endpoint-dependent';
  rules?: readonly never[];
  egressPolicies?: readonly never[];
  compat?: 'none';
  path?: 'stack';
  events?: { sample?: 0 };
}
