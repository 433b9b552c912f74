// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { type Address, type Family, formatAddress } from '../net/address.js';
import { addressExpected, addressPattern, readHostAddress, v4Pattern, v6Pattern } from './address-fields.js';
import type { AddressPools, MasqueradeAddress } from './config.js';
import { deviceNameIssue } from './devices.js';
import type { Refusal } from './fields.js';

const oneExpected = '"auto", an address, a list of addresses, or { ipv4: …, ipv6: … }';
const formExpected = `${oneExpected}; or one of these for each device: { eth0: … }`;
const deviceKeyExpected = 'a device name';
const familyExpected = {
  4: 'an IPv4 address such as 192.168.10.2',
  6: 'an IPv6 address such as fd00:10::2',
} as const;

type Path = readonly PropertyKey[];
type Add = (refusal: Refusal & { readonly expected: string }, path: Path) => void;
type Addresses = 'auto' | AddressPools;

function readAddress(input: unknown, path: Path, expected: string, add: Add, only?: Family): Address | undefined {
  const reading = typeof input === 'string' ? readHostAddress(input) : {};
  if ('value' in reading) {
    const { family } = reading.value;
    if (!only || family === only) return reading.value;
    add({ expected, hint: `write it under ipv${family}` }, path);
  } else {
    add({ expected, hint: input === 'auto' ? '"auto" stands alone, not in a list' : reading.hint }, path);
  }
  return undefined;
}

/** One address, or a list of them in which each is there once; `expected` is said of what is neither. */
function readPool(input: unknown, path: Path, expected: string, add: Add, only?: Family): readonly Address[] {
  if (!Array.isArray(input)) return [readAddress(input, path, expected, add, only)].filter((address) => !!address);
  const found = new Map<string, Address>();
  for (const [index, item] of input.entries()) {
    const at = [...path, index];
    const address = readAddress(item, at, only ? familyExpected[only] : addressExpected, add, only);
    if (!address) continue;
    const text = formatAddress(address);
    if (found.has(text)) add({ expected: 'each address once', hint: `${text} is in the list already` }, at);
    found.set(text, address);
  }
  return [...found.values()];
}

function readFamily(input: unknown, family: Family, path: Path, add: Add): readonly Address[] {
  if (input === undefined || input === 'auto') return [];
  return readPool(input, path, `"auto", ${familyExpected[family]}, or a list of them`, add, family);
}

function readFamilies(input: Record<string, unknown>, path: Path, add: Add): AddressPools {
  for (const key of Object.keys(input).filter((key) => key !== 'ipv4' && key !== 'ipv6')) {
    const hint = path.length === 0 ? 'give addresses by family or by device, not both' : undefined;
    add({ expected: 'only ipv4 and ipv6', hint }, [...path, key]);
  }
  return {
    ipv4: readFamily(input.ipv4, 4, [...path, 'ipv4'], add),
    ipv6: readFamily(input.ipv6, 6, [...path, 'ipv6'], add),
  };
}

function readAddresses(input: unknown, path: Path, expected: string, add: Add): Addresses {
  if (input === 'auto') return input;
  if (isObject(input) && Object.keys(input).length > 0) {
    const pools = readFamilies(input, path, add);
    return pools.ipv4.length + pools.ipv6.length === 0 ? 'auto' : pools;
  }
  if (Array.isArray(input) && input.length === 0)
    add({ expected: 'at least one address', hint: 'or write auto' }, path);
  const pool = readPool(input, path, expected, add);
  const of = (family: Family) => pool.filter((address) => address.family === family);
  return { ipv4: of(4), ipv6: of(6) };
}

function readDevices(input: Record<string, unknown>, add: Add): MasqueradeAddress {
  // No prototype, so that a device named "constructor" is absent unless the user named it.
  const devices: Record<string, Addresses> = Object.create(null);
  const names = Object.keys(input);
  if (names.length === 0) add({ expected: formExpected }, []);
  for (const name of names) {
    const hint = name.endsWith('+') ? 'patterns cannot be used here' : deviceNameIssue(name);
    if (hint) add({ expected: deviceKeyExpected, hint }, [name]);
    devices[name] = readAddresses(input[name], [name], oneExpected, add);
  }
  return { kind: 'per-device', devices };
}

function read(input: unknown, add: Add): MasqueradeAddress {
  if (isPerDevice(input)) return readDevices(input, add);
  const addresses = readAddresses(input, [], formExpected, add);
  return addresses === 'auto' ? { kind: 'auto' } : { kind: 'fixed', ...addresses };
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

/** Whether the field is written as a map of devices. */
export function isPerDevice(input: unknown): input is Record<string, unknown> {
  return isObject(input) && !Object.hasOwn(input, 'ipv4') && !Object.hasOwn(input, 'ipv6');
}

const oneOrList = (pattern: string, list: object = {}) => [
  { type: 'string', pattern: `^(auto|${pattern})$` },
  { type: 'array', items: { type: 'string', pattern: `^${pattern}$` }, uniqueItems: true, ...list },
];
const byFamily = {
  type: 'object',
  properties: { ipv4: { anyOf: oneOrList(v4Pattern) }, ipv6: { anyOf: oneOrList(v6Pattern) } },
  additionalProperties: false,
  minProperties: 1,
};
const addressesForms = [...oneOrList(addressPattern, { minItems: 1 }), byFamily];
const byDevice = {
  type: 'object',
  propertyNames: { not: { enum: ['ipv4', 'ipv6'] } },
  additionalProperties: { anyOf: addressesForms },
  minProperties: 1,
};

/** Every problem in it gets its own issue, which a plain zod union would hide. */
export const masqueradeAddress = z
  .unknown()
  .meta({ anyOf: [...addressesForms, byDevice] })
  .transform(
    (input, context): MasqueradeAddress =>
      read(input, ({ expected, hint }, path) => {
        context.addIssue({ code: 'custom', message: expected, params: { hint }, path: [...path], input });
      }),
  );
