// SPDX-License-Identifier: Apache-2.0
import type { Config } from '../config/config.js';
import { matchesDevice } from '../config/devices.js';
import { StateError } from '../errors.js';
import type { Interface } from '../native/types.js';
import { type Address, type Family, formatAddress } from '../net/address.js';

/** A device that a configuration names, with the addresses its traffic leaves with. */
export interface ResolvedDevice {
  readonly name: string;
  readonly ifindex: number;
  /** Text, of every family that is masqueraded; several of one family are a pool. Empty when nothing is masqueraded. */
  readonly addresses: readonly string[];
  /** Frames begin with the network header: tun and the like. */
  readonly headerless: boolean;
}

const DEPRECATED_OR_TENTATIVE = 0x20 | 0x40;
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

/**
 * The address that `auto` means: the device's first primary address of global scope, which is the one the kernel itself
 * would choose for an off-link destination.
 */
export function autoAddress(device: Interface, family: Family): string | undefined {
  return device.addresses.find(
    (a) => a.family === family && a.scope === 0 && !a.secondary && (a.flags & DEPRECATED_OR_TENTATIVE) === 0,
  )?.address;
}

function configured(config: Config, device: string, family: Family): readonly Address[] {
  const m = config.masqueradeAddress;
  const own = m.kind === 'per-device' ? m.devices[device] : m.kind === 'fixed' ? m : undefined;
  if (own === undefined || own === 'auto') return [];
  return family === 4 ? own.ipv4 : own.ipv6;
}

/** The families that need an address: masqueraded, and with pods. */
function families(config: Config): Family[] {
  return ([4, 6] as const).filter(
    (f) =>
      (f === 4 ? config.masquerade.ipv4 : config.masquerade.ipv6) &&
      config.podCIDRs.some((c) => c.address.family === f),
  );
}

/**
 * The devices that the configuration means on this machine, in its order, each once.
 * @throws StateError `no-device` when a name or pattern matches nothing, `no-address` when a device has no usable address.
 */
export function resolveDevices(config: Config, interfaces: readonly Interface[]): ResolvedDevice[] {
  const chosen = new Map<number, Interface>();
  for (const pattern of config.devices) {
    const matched = interfaces.filter((i) => matchesDevice(pattern, i.name));
    if (matched.length === 0)
      throw new StateError(
        'no-device',
        `devices: nothing here is called ${pattern}; there are ${interfaces.map((i) => i.name).join(', ') || 'no devices'}`,
      );
    for (const i of matched) chosen.set(i.index, i);
  }
  return [...chosen.values()].map((device) => ({
    name: device.name,
    ifindex: device.index,
    addresses: families(config).flatMap((family) => addressesOf(config, device, family)),
    headerless: device.type !== ARPHRD_ETHER && device.type !== ARPHRD_LOOPBACK,
  }));
}

function addressesOf(config: Config, device: Interface, family: Family): string[] {
  const given = configured(config, device.name, family).map(formatAddress);
  if (given.length > 0) return given;
  const auto = autoAddress(device, family);
  if (auto !== undefined) return [auto];
  throw new StateError(
    'no-address',
    `${device.name} has no global IPv${family} address to masquerade with: give it one, or set masqueradeAddress`,
  );
}

/** How many slots the object needs: one an address. */
export const deviceSlots = (devices: readonly ResolvedDevice[]): number =>
  Math.max(1, ...([4, 6] as const).map((f) => devices.reduce((n, d) => n + ofFamily(d.addresses, f).length, 0)));

export const ofFamily = (addresses: readonly string[], family: Family): string[] =>
  addresses.filter((a) => a.includes(':') === (family === 6));

export function linkOf(devices: readonly ResolvedDevice[]): 'ethernet' | 'none' | 'mixed' {
  if (devices.every((d) => !d.headerless)) return 'ethernet';
  return devices.every((d) => d.headerless) ? 'none' : 'mixed';
}
