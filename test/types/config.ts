// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import type { z } from 'zod';
import type { AddressPools, Config, ConfigInput, MasqueradeAddress } from '../../src/config/config.js';
import { formatConfig } from '../../src/config/format.js';
import { parseConfig } from '../../src/config/parse.js';
import type { configSchema } from '../../src/config/schema.js';
import type { Address } from '../../src/net/address.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(equal: Equal<A, B>) => equal;

// The hand-written types and the schema name the same fields, and the schema gives what Config says.
same<keyof ConfigInput, keyof z.input<typeof configSchema>>(true);
type Output = z.output<typeof configSchema>;
type Fixed = Extract<MasqueradeAddress, { kind: 'fixed' }>;
same<Fixed['ipv4' | 'ipv6'], readonly Address[]>(true);
type PerDevice = Extract<MasqueradeAddress, { kind: 'per-device' }>;
same<PerDevice['devices'], Readonly<Record<string, 'auto' | AddressPools>>>(true);
same<Config['masquerade'], { readonly ipv4: boolean; readonly ipv6: boolean }>(true);
same<Config['allocator'], NonNullable<ConfigInput['allocator']>>(true);
same<Config['otherProtocols'], NonNullable<ConfigInput['otherProtocols']>>(true);
const assignable = (output: Output): Config => output;

const minimal: ConfigInput = { devices: ['eth0'], podCIDRs: ['10.20.30.0/24'] };
export const accepted: ConfigInput[] = [
  minimal,
  { ...minimal, masqueradeAddress: { ipv4: '192.0.2.1' }, portRange: 40000, reservedPorts: [40001, '40002-40010'] },
  {
    ...minimal,
    masqueradeAddress: { eth0: 'auto', eth1: '192.0.2.1' },
    timeouts: { udp: '1m' },
    events: { sample: 0 },
  },
  { ...minimal, masqueradeAddress: ['192.0.2.1', 'fd00::1'], allocator: 'cilium-1.18' },
  {
    ...minimal,
    podCIDRs: ['10.20.30.0/24', 'fd00:10:20::/64'] as const,
    masquerade: { ipv6: true },
    masqueradeAddress: { ipv4: ['192.0.2.1', '192.0.2.2'] as const, ipv6: 'fd00::1' },
    otherProtocols: 'address-only',
  },
  { ...minimal, masqueradeAddress: { eth0: ['192.0.2.1', 'fd00::1'], eth1: { ipv6: ['fd00::1'] }, eth2: 'auto' } },
];

// @ts-expect-error podCIDRs is required
export const withoutPods: ConfigInput = { devices: ['eth0'] };
// @ts-expect-error no such field
export const misspelled: ConfigInput = { ...minimal, podCidrs: [] };
// @ts-expect-error a list, not one name
export const oneDevice: ConfigInput = { ...minimal, devices: 'eth0' };
// @ts-expect-error no such allocator
export const allocator: ConfigInput = { ...minimal, allocator: 'cilium-1.12' };
// @ts-expect-error no such word
export const otherProtocols: ConfigInput = { ...minimal, otherProtocols: 'translate' };
// @ts-expect-error a number
export const quota: ConfigInput = { ...minimal, maxPortsPerSource: '100' };
// @ts-expect-error addresses are text
export const numbers: ConfigInput = { ...minimal, masqueradeAddress: [1, 2] };
// @ts-expect-error a duration has a unit, so it is text
export const timeout: ConfigInput = { ...minimal, timeouts: { udp: 60 } };

t.test('types', async (t) => {
  const config = parseConfig(minimal);
  // @ts-expect-error a Config is read-only
  t.throws(() => config.devices.push('eth1'), TypeError);
  t.throws(() => {
    // @ts-expect-error a Config is read-only
    config.natTableSize = 1;
  }, TypeError);
  if (config.masqueradeAddress.kind === 'per-device') {
    // @ts-expect-error a device need not be named
    config.masqueradeAddress.devices.eth0.toString();
  }
  const pool = parseConfig({ ...minimal, masqueradeAddress: ['192.0.2.1'] }).masqueradeAddress;
  t.throws(() => {
    // @ts-expect-error a pool is read-only
    if (pool.kind === 'fixed') pool.ipv4.pop();
  }, TypeError);
  for (const input of accepted) t.ok(parseConfig(formatConfig(parseConfig({ ...input, devices: ['eth+'] }))));
  t.type(assignable, 'function');
});
