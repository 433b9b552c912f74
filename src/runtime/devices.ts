// SPDX-License-Identifier: Apache-2.0
import type { Config } from '../config/config.js';
import { matchesDevice } from '../config/devices.js';
import { StateError } from '../errors.js';
import type { Interface } from '../native/types.js';
import { formatAddress } from '../net/address.js';

/** A device that a configuration names, with the address its traffic leaves with. */
export interface ResolvedDevice {
  readonly name: string;
  readonly ifindex: number;
  /** Text; undefined when nothing is masqueraded. */
  readonly address: string | undefined;
}

const DEPRECATED_OR_TENTATIVE = 0x20 | 0x40;

/**
 * The address that `auto` means: the device's first primary IPv4 address of global scope, which is the one the kernel
 * itself would choose for an off-link destination.
 */
export function autoAddress(device: Interface): string | undefined {
  return device.addresses.find(
    (a) => a.family === 4 && a.scope === 0 && !a.secondary && (a.flags & DEPRECATED_OR_TENTATIVE) === 0,
  )?.address;
}

function configured(config: Config, device: string): string | undefined {
  const m = config.masqueradeAddress;
  if (m.kind === 'fixed') return formatAddress(m.ipv4);
  if (m.kind === 'auto') return undefined;
  const own = m.devices[device];
  return own === undefined || own === 'auto' ? undefined : formatAddress(own);
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
  return [...chosen.values()].map((device) => {
    if (!config.masquerade.ipv4) return { name: device.name, ifindex: device.index, address: undefined };
    const address = configured(config, device.name) ?? autoAddress(device);
    if (address === undefined)
      throw new StateError(
        'no-address',
        `${device.name} has no global IPv4 address to masquerade with: give it one, or set masqueradeAddress`,
      );
    return { name: device.name, ifindex: device.index, address };
  });
}
