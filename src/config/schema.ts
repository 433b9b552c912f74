// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { cidr, hostAddress, podCidr } from './address-fields.js';
import { defaultInput, natTableLimits } from './defaults.js';
import { device, notYet, ports, timeout } from './fields.js';
import { masqueradeAddress } from './masquerade-address.js';

const cidrListExpected = { error: 'a list of IPv4 and IPv6 CIDRs' };
const cidrList = z.array(cidr, cidrListExpected);
const flag = z.boolean({ error: 'true or false' });

function oneOf<const T extends string>(...words: readonly T[]) {
  const names = words.map((word) => JSON.stringify(word));
  return z.enum(words, { error: `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` });
}

const only = (value: string | number, why = 'the others are not built yet') =>
  notYet(`${JSON.stringify(value)} (${why})`, { const: value }, (input) => input === value);

const emptyList = (what: string) =>
  notYet(
    `an empty list (${what} are not built yet)`,
    { type: 'array', maxItems: 0 },
    (input) => Array.isArray(input) && input.length === 0,
  );

const isEmptyObject = (input: unknown) =>
  typeof input === 'object' && input !== null && !Array.isArray(input) && Object.keys(input).length === 0;

const tableSize = `a whole number from ${natTableLimits.min} to ${natTableLimits.max}`;
const times = defaultInput.timeouts;

/** The document. Every `error` here completes the sentence "expected …". */
export const configSchema = z.strictObject(
  {
    devices: z
      .array(device, { error: 'a list of device names' })
      .min(1, { error: 'at least one device name' })
      .describe('Devices whose traffic is translated: names, or patterns such as eth+.'),
    podCIDRs: z
      .array(podCidr, cidrListExpected)
      .min(1, { error: 'at least one IPv4 or IPv6 CIDR' })
      .describe('Sources that are translated, of either family.'),
    nativeRoutingCIDRs: cidrList
      .prefault(defaultInput.nativeRoutingCIDRs)
      .describe("Destinations that keep the pod's address: routing reaches pods there."),
    nonMasqueradeCIDRs: cidrList
      .prefault(defaultInput.nonMasqueradeCIDRs)
      .describe("Destinations that keep the pod's address: the ip-masq-agent list."),
    remoteNodes: z
      .array(hostAddress, { error: 'a list of IPv4 and IPv6 addresses' })
      .prefault(defaultInput.remoteNodes)
      .describe("Other nodes' addresses; packets to them keep the pod's address."),
    masquerade: z
      .strictObject(
        {
          ipv4: flag.prefault(defaultInput.masquerade.ipv4),
          ipv6: flag.prefault(defaultInput.masquerade.ipv6),
        },
        { error: 'an object such as { ipv4: true }' },
      )
      .prefault(defaultInput.masquerade)
      .describe('Which families are masqueraded; ipv6 needs an IPv6 CIDR in podCIDRs.'),
    masqueradeAddress: masqueradeAddress
      .prefault(defaultInput.masqueradeAddress)
      .describe('The outside address: auto, one address, a pool, by family, or by device.'),
    portRange: ports.prefault(defaultInput.portRange).describe('Source ports to choose from.'),
    reservedPorts: z
      .array(ports, { error: 'a list of ports and port ranges' })
      .prefault(defaultInput.reservedPorts)
      .describe('Ports of portRange that are never used.'),
    natTableSize: z
      .int({ error: tableSize })
      .min(natTableLimits.min, { error: tableSize })
      .max(natTableLimits.max, { error: tableSize })
      .prefault(defaultInput.natTableSize)
      .describe('Flows that the NAT table holds.'),
    allocator: oneOf('complete', 'random', 'cilium-1.11', 'cilium-1.18')
      .prefault(defaultInput.allocator)
      .describe('How a free port is looked for.'),
    otherProtocols: oneOf('pass', 'drop', 'address-only')
      .prefault(defaultInput.otherProtocols)
      .describe("What happens to a pod's packets that are neither TCP, UDP nor ICMP."),
    midStream: oneOf('adopt', 'translate', 'drop')
      .prefault(defaultInput.midStream)
      .describe('What happens to TCP connections that were alive at the first attachment.'),
    timeouts: z
      .strictObject(
        {
          tcpEstablished: timeout(times.tcpEstablished),
          tcpTransitory: timeout(times.tcpTransitory),
          udp: timeout(times.udp),
          icmp: timeout(times.icmp),
          fragment: timeout(times.fragment),
        },
        { error: 'an object such as { udp: 5m }' },
      )
      .prefault({})
      .describe('Idle times after which a flow may be forgotten.'),
    attach: oneOf('auto', 'tcx', 'tc').prefault(defaultInput.attach).describe('How programs are attached.'),

    maxPortsPerSource: only(0, 'port quotas are not built yet'),
    pools: notYet(
      'an empty object (address pools are not built yet)',
      { type: 'object', maxProperties: 0 },
      isEmptyObject,
    ),
    mapping: only('endpoint-dependent'),
    rules: emptyList('rules'),
    egressPolicies: emptyList('egress policies'),
    compat: only('none'),
    path: only('stack'),
    events: z
      .strictObject({ sample: only(0, 'events are not built yet') }, { error: 'an object such as { sample: 0 }' })
      .optional()
      .describe('Not built yet.'),
  },
  { error: 'an object with the fields of a configuration' },
);

export type ConfigSchema = typeof configSchema;
