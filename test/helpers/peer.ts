// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Topology } from '../../src/lab/topology.js';
import type { Operations } from './peer-process.js';

export interface Seen {
  readonly address: string;
  readonly port: number;
}

/** A process inside a host of a topology; the topology ends it. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(v: unknown): void; reject(e: Error): void }>();
  #seq = 0;

  constructor(topology: Topology, host: string) {
    const script = fileURLToPath(new URL('./peer-process.js', import.meta.url));
    this.#child = topology.spawn(host, [process.execPath, script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child.on('message', ({ seq, result, error }: { seq: number; result: unknown; error?: string }) => {
      const waiting = this.#waiting.get(seq);
      this.#waiting.delete(seq);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(`${host}: ${error}`));
    });
    this.#child.on('exit', (code) => {
      for (const w of this.#waiting.values()) w.reject(new Error(`${host}: the peer process ended (${code})`));
    });
  }

  /** Asks the process inside for one of its operations. */
  do<K extends keyof Operations>(op: K, args: Parameters<Operations[K]>[0]): ReturnType<Operations[K]> {
    const seq = ++this.#seq;
    return new Promise((resolve, reject) => {
      this.#waiting.set(seq, { resolve, reject });
      this.#child.send({ seq, op, args });
    }) as ReturnType<Operations[K]>;
  }
}
