// SPDX-License-Identifier: Apache-2.0
import { type Address, addressBits, formatAddress, makeAddress, parseAddress } from '../net/address.js';
import { type Cidr, cidrCovers, formatCidr, makeCidr, parseCidr, parseCidrIssue } from '../net/cidr.js';
import { field, type Reading, text } from './fields.js';

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const group = '[0-9a-fA-F]{0,4}';
export const v4Pattern = `(${octet}\\.){3}${octet}`;
/** Wider than IPv6 (it does not count the groups around `::`), so that it needs no lookahead, which some validators lack. */
export const v6Pattern = `${group}(:${group}){1,6}:(${v4Pattern}|${group}|${group}:${group})`;
export const addressPattern = `(${v4Pattern}|${v6Pattern})`;
const v4Length = '(3[0-2]|[12]?[0-9])';
const v6Length = '(12[0-8]|1[01][0-9]|[1-9]?[0-9])';
const cidrPattern = `^(${v4Pattern}(/${v4Length})?|${v6Pattern}(/${v6Length})?)$`;

const known = (cidr: string) => parseCidr(cidr) as Cidr;
const mapped = known('::ffff:0:0/96');
const notUnicast = (
  [
    ['0.0.0.0/8', 'this network, no host has it'],
    ['127.0.0.0/8', 'loopback, no host has it'],
    ['224.0.0.0/4', 'multicast, no host has it'],
    ['255.255.255.255/32', 'the broadcast address, no host has it'],
    ['::/128', 'the unspecified address, no host has it'],
    ['::1/128', 'loopback, it never leaves its host'],
    ['fe80::/10', 'link-local, it is never routed'],
    ['ff00::/8', 'multicast, no host has it'],
  ] as const
).map(([cidr, why]) => ({ cidr: known(cidr), why }));

/** What is wrong with a prefix whose every address is one that no routed packet comes from; undefined when nothing is. */
function notUnicastIssue(cidr: Cidr, shown: string): string | undefined {
  const found = notUnicast.find((special) => cidrCovers(special.cidr, cidr));
  return found && `${shown} is ${found.why}`;
}

/** The IPv4 prefix inside an IPv4-mapped one. No packet on a wire has a mapped address, so such a prefix would match nothing. */
function unmapped(cidr: Cidr): Cidr | undefined {
  if (!cidrCovers(mapped, cidr)) return undefined;
  return makeCidr(makeAddress(4, cidr.address.value & 0xffffffffn), cidr.prefixLength - 96);
}

const cidrExpected = 'an IPv4 or IPv6 CIDR such as 10.20.30.0/24 or fd00:10:20::/64';
const cidrForm = text(cidrExpected, { pattern: cidrPattern });

function readCidr(input: string): Reading<Cidr> {
  const value = parseCidr(input);
  if (!value) return { hint: parseCidrIssue(input) };
  const v4 = unmapped(value);
  return v4 ? { hint: `IPv4-mapped: did you mean ${formatCidr(v4)}?` } : { value };
}

function readPodCidr(input: string): Reading<Cidr> {
  const reading = readCidr(input);
  const hint = 'value' in reading && notUnicastIssue(reading.value, formatCidr(reading.value));
  return hint ? { hint } : reading;
}

export const cidr = field(cidrForm, cidrExpected, readCidr);
export const podCidr = field(cidrForm, cidrExpected, readPodCidr);

export const addressExpected = 'an IPv4 or IPv6 address such as 192.168.10.2 or fd00:10::2';

/** Reads an address that a host can have and that is routed. */
export function readHostAddress(input: string): Reading<Address> {
  const value = parseAddress(input);
  if (!value) {
    const bare = /^([^/]*)\//.exec(input)?.[1];
    return { hint: bare && parseAddress(bare) ? `one address, without a prefix length: ${bare}` : undefined };
  }
  const whole = makeCidr(value, addressBits(value.family));
  const v4 = unmapped(whole);
  if (v4) return { hint: `IPv4-mapped: did you mean ${formatAddress(v4.address)}?` };
  const hint = notUnicastIssue(whole, formatAddress(value));
  return hint ? { hint } : { value };
}

export const hostAddress = field(
  text(addressExpected, { pattern: `^${addressPattern}$` }),
  addressExpected,
  readHostAddress,
);
