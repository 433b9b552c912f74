// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { Address } from '../net/address.js';
import type { MasqueradeAddress } from './config.js';
import { deviceNameIssue } from './devices.js';
import { addressExpected, type Refusal, readHostAddress, v4Pattern } from './fields.js';

const formExpected = '"auto", an IPv4 address, { ipv4: … }, or one of these for each device: { eth0: … }';
const deviceKeyExpected = 'a device name';

type Add = (refusal: Refusal & { readonly expected: string }, path: readonly string[]) => void;

function readOne(input: unknown, path: readonly string[], mayBeAuto: boolean, add: Add): 'auto' | Address | undefined {
  if (mayBeAuto && input === 'auto') return 'auto';
  const reading = typeof input === 'string' ? readHostAddress(input) : {};
  if ('value' in reading) return reading.value;
  const expected = mayBeAuto ? `"auto" or ${addressExpected}` : addressExpected;
  add({ expected, hint: Array.isArray(input) ? 'pools of addresses are not built yet' : reading.hint }, path);
  return undefined;
}

function readFamilies(input: Record<string, unknown>, add: Add): MasqueradeAddress | undefined {
  for (const key of Object.keys(input)) {
    if (key === 'ipv6') add({ expected: 'only ipv4', hint: 'IPv6 is not built yet' }, [key]);
    else if (key !== 'ipv4')
      add({ expected: 'only ipv4', hint: 'give addresses by family or by device, not both' }, [key]);
  }
  const ipv4 = readOne(input.ipv4, ['ipv4'], false, add);
  return ipv4 && ipv4 !== 'auto' ? { kind: 'fixed', ipv4 } : undefined;
}

function readDevices(input: Record<string, unknown>, add: Add): MasqueradeAddress {
  // No prototype, so that a device named "constructor" is absent unless the user named it.
  const devices: Record<string, 'auto' | Address> = Object.create(null);
  const names = Object.keys(input);
  if (names.length === 0) add({ expected: formExpected }, []);
  for (const name of names) {
    const hint = name.endsWith('+') ? 'patterns cannot be used here' : deviceNameIssue(name);
    if (hint) add({ expected: deviceKeyExpected, hint }, [name]);
    const address = readOne(input[name], [name], true, add);
    if (address) devices[name] = address;
  }
  return { kind: 'per-device', devices };
}

function read(input: unknown, add: Add): MasqueradeAddress | undefined {
  if (typeof input === 'string') {
    const address = readOne(input, [], true, (refusal, path) => add({ ...refusal, expected: formExpected }, path));
    return address === 'auto' ? { kind: 'auto' } : address && { kind: 'fixed', ipv4: address };
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    add(
      { expected: formExpected, hint: Array.isArray(input) ? 'pools of addresses are not built yet' : undefined },
      [],
    );
    return undefined;
  }
  const object = input as Record<string, unknown>;
  return isPerDevice(object) ? readDevices(object, add) : readFamilies(object, add);
}

/** Whether the field is written as a map of devices. */
export function isPerDevice(input: unknown): input is Record<string, unknown> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return false;
  return !Object.hasOwn(input, 'ipv4') && !Object.hasOwn(input, 'ipv6');
}

const one = { type: 'string', pattern: `^${v4Pattern}$` } as const;
const oneOrAuto = { type: 'string', pattern: `^(auto|${v4Pattern})$` } as const;
const jsonSchema = {
  anyOf: [
    oneOrAuto,
    { type: 'object', properties: { ipv4: one }, required: ['ipv4'], additionalProperties: false },
    { type: 'object', additionalProperties: oneOrAuto, minProperties: 1 },
  ],
};

/** Every problem in it gets its own issue, which a plain zod union would hide. */
export const masqueradeAddress = z
  .unknown()
  .meta(jsonSchema)
  .transform((input, context): MasqueradeAddress => {
    const value = read(input, ({ expected, hint }, path) => {
      context.addIssue({ code: 'custom', message: expected, params: { hint }, path: [...path], input });
    });
    return value ?? z.NEVER;
  });
