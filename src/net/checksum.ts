// SPDX-License-Identifier: Apache-2.0
import { type Address, addressBytes } from './address.js';

/** Adds the 16-bit words of `bytes` (an odd last byte is padded with zero) to a running sum. */
export function checksumSum(bytes: Uint8Array, initial = 0): number {
  let sum = initial;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0);
  }
  return sum;
}

/**
 * The Internet checksum (RFC 1071) of `bytes`, to be stored in network order. `initial` is a running sum such as that of a
 * pseudo header. Over bytes that hold a right checksum the result is 0.
 */
export function internetChecksum(bytes: Uint8Array, initial = 0): number {
  let sum = checksumSum(bytes, initial);
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return 0xffff - sum;
}

/**
 * Running sum of the pseudo header that TCP, UDP and ICMPv6 include (RFC 9293 and RFC 768 for IPv4, RFC 8200 section 8.1
 * for IPv6). `length` is that of the transport header and its data, in bytes.
 */
export function pseudoHeaderSum(source: Address, destination: Address, protocol: number, length: number): number {
  const addresses = checksumSum(addressBytes(destination), checksumSum(addressBytes(source)));
  return addresses + Math.floor(length / 0x10000) + (length % 0x10000) + protocol;
}
