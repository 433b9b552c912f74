// SPDX-License-Identifier: Apache-2.0
// Network byte order throughout. Reading past the end is the caller's mistake and throws; parsers check lengths first.

export function readU16(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint16(offset);
}

export function readU32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

/** Unsigned fields given as [width in bits, value, name], most significant bit first; the widths make up whole bytes. */
export function packBits(fields: readonly (readonly [width: number, value: number, name: string])[]): Uint8Array {
  let all = 0n;
  let bits = 0;
  for (const [width, value, name] of fields) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** width) {
      throw new RangeError(`${name} must be a whole number from 0 to ${2 ** width - 1}, not ${value}`);
    }
    all = (all << BigInt(width)) | BigInt(value);
    bits += width;
  }
  const bytes = new Uint8Array(bits / 8);
  for (let i = bytes.length - 1; i >= 0; i -= 1) {
    bytes[i] = Number(all & 0xffn);
    all >>= 8n;
  }
  return bytes;
}
