// SPDX-License-Identifier: Apache-2.0
import { type Address, formatAddress } from '../net/address.js';
import { formatCidr } from '../net/cidr.js';
import { formatDuration } from '../net/duration.js';
import { formatPortRange } from '../net/ports.js';
import type { Config, ConfigInput, MasqueradeAddress, Timeouts } from './config.js';

/** The configuration as plain JSON with canonical texts and every default spelled out; `parseConfig` gives the same Config again. */
export function formatConfig(config: Config): ConfigInput {
  const { devices, natTableSize, midStream, attach, timeouts } = config;
  return {
    devices: [...devices],
    podCIDRs: config.podCIDRs.map(formatCidr),
    nativeRoutingCIDRs: config.nativeRoutingCIDRs.map(formatCidr),
    nonMasqueradeCIDRs: config.nonMasqueradeCIDRs.map(formatCidr),
    remoteNodes: config.remoteNodes.map(formatAddress),
    masquerade: { ipv4: config.masquerade.ipv4, ipv6: false },
    masqueradeAddress: formatMasqueradeAddress(config.masqueradeAddress),
    portRange: formatPortRange(config.portRange),
    reservedPorts: config.reservedPorts.map(formatPortRange),
    natTableSize,
    midStream,
    timeouts: Object.fromEntries(
      Object.entries(timeouts).map(([name, milliseconds]) => [name, formatDuration(milliseconds)]),
    ) as Record<keyof Timeouts, string>,
    attach,
  };
}

function formatMasqueradeAddress(address: MasqueradeAddress): string | Record<string, string> {
  switch (address.kind) {
    case 'auto':
      return 'auto';
    case 'fixed':
      return formatAddress(address.ipv4);
    case 'per-device':
      return Object.fromEntries(Object.entries(address.devices).map(([name, value]) => [name, formatOne(value)]));
  }
}

function formatOne(value: 'auto' | Address): string {
  return value === 'auto' ? value : formatAddress(value);
}
