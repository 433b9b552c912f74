// SPDX-License-Identifier: Apache-2.0
/** What a lab may leave behind, read from the kernel and the file system; and a run of a scenario as its own process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { markedProcesses } from '../../src/lab/process.js';
import { LAB_ROOT, listLabs } from '../../src/lab/registry.js';

/** Everything on the machine that bears the id of one run; empty lists when nothing does. */
export function leftBehind(id: string) {
  const named = (directory: string, what: (name: string) => boolean) =>
    existsSync(directory) ? readdirSync(directory).filter(what) : [];
  return {
    namespaces: named('/run/netns', (name) => name.startsWith(`snatkit-${id}-`)),
    processes: markedProcesses(id),
    directories: named(LAB_ROOT, (name) => name.includes(id)),
    pins: named('/sys/fs/bpf/snatkit', (name) => name === `lab-${id}`),
    state: named('/var/lib/snatkit', (name) => name === `lab-${id}`),
    locks: named('/run/snatkit', (name) => name === `lab-${id}.lock`),
  };
}

export const NOTHING = { namespaces: [], processes: [], directories: [], pins: [], state: [], locks: [] };

const RUNNER = fileURLToPath(new URL('./lab-process.js', import.meta.url));

/** A scenario that runs in a process of its own, so that it can be interrupted and killed. */
export class ScenarioProcess {
  private readonly lines: string[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly closed: Promise<unknown>;
  private constructor(private readonly child: ChildProcess) {
    this.closed = once(child, 'close').then(() => this.wake());
    if (child.stdout) createInterface(child.stdout).on('line', (line) => this.lines.push(line) && this.wake());
  }

  static start(...args: string[]): ScenarioProcess {
    return new ScenarioProcess(spawn(process.execPath, [RUNNER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }));
  }

  /** Waits until it has said something. */
  async said(text: string): Promise<string> {
    for (;;) {
      const line = this.lines.find((l) => l.includes(text));
      if (line !== undefined) return line;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the run ended without saying "${text}": ${this.lines.join(' | ')}`);
      }
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  /** The id under which it is registered. */
  get id(): string {
    const lab = listLabs().find((l) => l.journal.owner.pid === this.child.pid);
    if (!lab) throw new Error('the run is not registered');
    return lab.id;
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.child.kill(signal);
    return this.status();
  }

  async status(): Promise<number | NodeJS.Signals | null> {
    await this.closed;
    return this.child.exitCode ?? this.child.signalCode;
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
