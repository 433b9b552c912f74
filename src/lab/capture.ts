// SPDX-License-Identifier: Apache-2.0
import { type CapturedPacket, readPcap } from './pcap.js';
import type { Topology } from './topology.js';

/** A capture that is listening already. */
export interface RunningCapture {
  /**
   * The first packet that matched. Ask once it must have passed: tcpdump may need a moment to hand it on, and is given
   * `withinMs` (default 2000) before it is ended and this rejects.
   */
  take(withinMs?: number): Promise<CapturedPacket>;
}

/**
 * Waits for one packet on a device of a host, with tcpdump. Resolves once it listens, so that a packet sent afterwards
 * cannot be missed.
 * @param filter in pcap-filter(7) syntax.
 */
export async function captureOne(
  topology: Topology,
  host: string,
  device: string,
  filter: string,
): Promise<RunningCapture> {
  const child = topology.spawn(
    host,
    ['tcpdump', '-n', '-U', '--immediate-mode', '-c', '1', '-i', device, '-w', '-', filter],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output: Buffer[] = [];
  let words = '';
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  const closed = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  const listening = new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      words += chunk.toString('utf8');
      if (words.includes('listening on ')) resolve();
    });
    closed.then(() => reject(new Error(`tcpdump on ${host} ${device} did not start: ${words.trim()}`)), reject);
  });
  const packet = closed.then(() => {
    const [first] = output.length > 0 ? readPcap(Buffer.concat(output)).packets : [];
    if (!first) throw new Error(`tcpdump on ${host} ${device} saw no packet for "${filter}"`);
    return first;
  });
  // Nobody asks for it when the run ends early.
  packet.catch(() => {});
  await listening;
  return {
    take(withinMs = 2000) {
      const timer = setTimeout(() => child.kill('SIGTERM'), withinMs);
      return packet.finally(() => clearTimeout(timer));
    },
  };
}
