// SPDX-License-Identifier: Apache-2.0

export interface CapturedPacket {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly bytes: Uint8Array;
  /** Length on the wire; more than `bytes.length` when the capture cut it. */
  readonly originalLength: number;
}

export interface Capture {
  /** LINKTYPE_*: 1 is Ethernet. */
  readonly linkType: number;
  readonly packets: readonly CapturedPacket[];
}

const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;

/**
 * Reads a capture in the classic pcap format (draft-ietf-opsawg-pcap), of either byte order and time unit. A last record
 * that was cut, as by a capture that was ended in the middle of writing, is left out.
 * @throws RangeError when the bytes are no pcap file.
 */
export function readPcap(bytes: Uint8Array): Capture {
  if (bytes.length < HEADER_BYTES)
    throw new RangeError(`no pcap file: ${bytes.length} bytes, the header alone has ${HEADER_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = [MICROSECONDS, NANOSECONDS].includes(view.getUint32(0, true));
  const magic = view.getUint32(0, little);
  if (magic !== MICROSECONDS && magic !== NANOSECONDS) {
    throw new RangeError(`no pcap file: it begins with 0x${view.getUint32(0).toString(16).padStart(8, '0')}`);
  }
  const unit = magic === NANOSECONDS ? 1n : 1000n;
  const packets: CapturedPacket[] = [];
  for (let at = HEADER_BYTES; at + RECORD_BYTES <= bytes.length; ) {
    const length = view.getUint32(at + 8, little);
    const end = at + RECORD_BYTES + length;
    if (end > bytes.length) break;
    packets.push({
      time: BigInt(view.getUint32(at, little)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, little)) * unit,
      bytes: bytes.slice(at + RECORD_BYTES, end),
      originalLength: view.getUint32(at + 12, little),
    });
    at = end;
  }
  // The upper bits carry the length of a frame check sequence.
  return { linkType: view.getUint32(20, little) & 0xffff, packets };
}
