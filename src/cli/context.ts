// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

/** Where a command writes. */
export interface Sink {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Of the terminal. */
  readonly columns?: number | undefined;
}

/** What a command sees of its process: replaced in tests. */
export interface Context {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
  readStdin(): string;
  /** Effective capabilities as a bit mask. */
  capabilities(): bigint;
  /** Calls `handler` instead of ending at SIGINT, SIGTERM and SIGHUP; returns how to go back. */
  onInterrupt(handler: (signal: NodeJS.Signals) => void): () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The context of this process. A reader that goes away (`| head`) ends the output, not the work. */
export function processContext(): Context {
  return {
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    env: process.env,
    readStdin: () => readFileSync(0, 'utf8'),
    capabilities: () => {
      const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
      return BigInt(`0x${mask ?? '0'}`);
    },
    onInterrupt(handler) {
      for (const signal of SIGNALS) process.on(signal, handler);
      return () => {
        for (const signal of SIGNALS) process.off(signal, handler);
      };
    },
  };
}

function sink(stream: NodeJS.WriteStream): Sink {
  let broken = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    broken = true;
  });
  return {
    isTTY: stream.isTTY === true,
    columns: stream.columns,
    write: (text) => {
      if (!broken) stream.write(text);
    },
  };
}
