// SPDX-License-Identifier: Apache-2.0
import { type Address, formatAddress } from '../net/address.js';
import { formatCidr } from '../net/cidr.js';
import { formatDuration } from '../net/duration.js';
import { formatPortRange } from '../net/ports.js';
import type {
  AddressesInput,
  AddressPools,
  Config,
  ConfigInput,
  MasqueradeAddress,
  PoolInput,
  Timeouts,
} from './config.js';

/** The configuration as plain JSON with canonical texts and every default spelled out; `parseConfig` gives the same Config again. */
export function formatConfig(config: Config): ConfigInput {
  const { devices, natTableSize, allocator, otherProtocols, midStream, attach, timeouts } = config;
  return {
    devices: [...devices],
    podCIDRs: config.podCIDRs.map(formatCidr),
    nativeRoutingCIDRs: config.nativeRoutingCIDRs.map(formatCidr),
    nonMasqueradeCIDRs: config.nonMasqueradeCIDRs.map(formatCidr),
    remoteNodes: config.remoteNodes.map(formatAddress),
    masquerade: { ipv4: config.masquerade.ipv4, ipv6: config.masquerade.ipv6 },
    masqueradeAddress: formatMasqueradeAddress(config.masqueradeAddress),
    portRange: formatPortRange(config.portRange),
    reservedPorts: config.reservedPorts.map(formatPortRange),
    natTableSize,
    allocator,
    otherProtocols,
    midStream,
    timeouts: Object.fromEntries(
      Object.entries(timeouts).map(([name, milliseconds]) => [name, formatDuration(milliseconds)]),
    ) as Record<keyof Timeouts, string>,
    attach,
  };
}

function formatMasqueradeAddress(address: MasqueradeAddress): NonNullable<ConfigInput['masqueradeAddress']> {
  switch (address.kind) {
    case 'auto':
      return 'auto';
    case 'fixed':
      return formatPools(address);
    case 'per-device':
      return Object.fromEntries(
        Object.entries(address.devices).map(([name, value]) => [name, value === 'auto' ? value : formatPools(value)]),
      );
  }
}

/** The addresses alone where one family has any, else by family. */
function formatPools({ ipv4, ipv6 }: AddressPools): AddressesInput {
  if (ipv6.length === 0) return formatPool(ipv4);
  if (ipv4.length === 0) return formatPool(ipv6);
  return { ipv4: formatPool(ipv4), ipv6: formatPool(ipv6) };
}

function formatPool(pool: readonly Address[]): PoolInput {
  const texts = pool.map(formatAddress);
  return texts.length === 1 ? (texts[0] as string) : texts;
}
