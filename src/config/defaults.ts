// SPDX-License-Identifier: Apache-2.0
/** The defaults as a user would write them. */
export const defaultInput = {
  nativeRoutingCIDRs: [] as string[],
  nonMasqueradeCIDRs: [] as string[],
  remoteNodes: [] as string[],
  masquerade: { ipv4: true, ipv6: false },
  masqueradeAddress: 'auto',
  portRange: '32768-65535',
  reservedPorts: [] as (string | number)[],
  natTableSize: 524288,
  allocator: 'complete',
  otherProtocols: 'pass',
  midStream: 'adopt',
  // RFC 5382 (TCP), RFC 4787 (UDP), RFC 5508 (ICMP): at or above the least each of them asks for.
  timeouts: { tcpEstablished: '2h4m', tcpTransitory: '4m', udp: '5m', icmp: '60s', fragment: '30s' },
  attach: 'auto',
} as const;

export const natTableLimits = { min: 1024, max: 4_194_304 } as const;
/** Milliseconds; nanoseconds of it still fit the kernel's 64 bits many times over. */
export const longestTimeout = 365 * 86_400_000;
