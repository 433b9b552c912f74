// SPDX-License-Identifier: Apache-2.0
import { formatPortRange, subtractPortRanges } from '../net/ports.js';
import { deviceNameIssue, matchesDevice } from './devices.js';
import { type LocatedIssue, valueAt } from './issue.js';
import { isPerDevice } from './masquerade-address.js';
import { configSchema } from './schema.js';
import { show } from './show.js';
import { suggest } from './suggest.js';

const { shape } = configSchema;

/** What concerns two fields at once; judged on those that are right in themselves, so that no other problem hides it. */
export function crossChecks(input: unknown): LocatedIssue[] {
  return [...reservedPorts(input), ...masqueradedFamilies(input), ...addressesOfDevices(input)];
}

function reservedPorts(input: unknown): LocatedIssue[] {
  const at = ['reservedPorts'];
  const portRange = shape.portRange.safeParse(valueAt(input, ['portRange']));
  const reserved = shape.reservedPorts.safeParse(valueAt(input, at));
  if (!portRange.success || !reserved.success) return [];
  if (subtractPortRanges(portRange.data, reserved.data).length > 0) return [];
  const expected = `ports that leave at least one of portRange (${formatPortRange(portRange.data)}) free`;
  return [{ at, expected, received: show(valueAt(input, at)) }];
}

function masqueradedFamilies(input: unknown): LocatedIssue[] {
  const pods = shape.podCIDRs.safeParse(valueAt(input, ['podCIDRs']));
  const masquerade = shape.masquerade.safeParse(valueAt(input, ['masquerade']));
  if (!pods.success || !masquerade.success) return [];
  const { ipv4, ipv6 } = masquerade.data;
  const v4Pods = pods.data.some((cidr) => cidr.address.family === 4);
  const v6Pods = pods.data.some((cidr) => cidr.address.family === 6);
  const at = ['masquerade', 'ipv6'];
  const received = show(valueAt(input, at));
  if (ipv6 && !v6Pods) {
    const hint = "add the pods' IPv6 CIDR to podCIDRs, or leave masquerade.ipv6 out";
    return [{ at, expected: 'false, as podCIDRs has no IPv6 CIDR', received, hint }];
  }
  if (ipv4 && !v4Pods && !ipv6) {
    const hint = 'write masquerade: { ipv6: true }; or { ipv4: false } when nothing is to be translated';
    return [{ at, expected: 'true, as podCIDRs has only IPv6 CIDRs', received, hint }];
  }
  return [];
}

function addressesOfDevices(input: unknown): LocatedIssue[] {
  const devices = shape.devices.safeParse(valueAt(input, ['devices']));
  const addresses = valueAt(input, ['masqueradeAddress']);
  if (!devices.success || !isPerDevice(addresses)) return [];
  const unknown = Object.keys(addresses).filter(
    (name) => !deviceNameIssue(name) && !devices.data.some((pattern) => matchesDevice(pattern, name)),
  );
  return unknown.map((name) => {
    const near = suggest(name, devices.data);
    const hint = near ? `did you mean ${near}?` : `devices are ${devices.data.slice(0, 8).join(', ')}`;
    return { at: ['masqueradeAddress', name], expected: 'one of the devices', received: show(addresses[name]), hint };
  });
}
