// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endMarkedProcesses, run, startTimeOf } from './process.js';

/** Where runs are registered. One directory a run, with its journal and its scratch files. */
export const LAB_ROOT = '/run/snatkit/lab';

/** What a run made or is about to make: written before the thing itself, so that a killed run can be cleaned up after. */
export interface Journal {
  readonly version: 1;
  readonly id: string;
  readonly scenario: string;
  /** The process that made it. The start time tells it from a later process with the same number. */
  readonly owner: { readonly pid: number; readonly startTime: string };
  /** Left up on purpose: only `cleanLabs` removes it. */
  readonly kept: boolean;
  /** Names under /run/netns. */
  readonly namespaces: readonly string[];
  /** snatkit instances. */
  readonly instances: readonly { readonly name: string; readonly netns: string }[];
}

/** How to stop one snatkit instance of a dead run; must succeed when nothing of it is left. */
export type StopInstance = (name: string, netns: string, lab: LabDirectory) => Promise<void>;

/** The directory of one run under {@link LAB_ROOT}. */
export class LabDirectory {
  private constructor(
    readonly path: string,
    private state: Journal,
  ) {}

  /** Registers a new run of this process. */
  static create(scenario: string, root = LAB_ROOT, id = randomBytes(3).toString('hex')): LabDirectory {
    const startTime = startTimeOf(process.pid);
    if (startTime === undefined) throw new Error('/proc is not mounted; a lab needs it');
    const owner = { pid: process.pid, startTime };
    const journal: Journal = { version: 1, id, scenario, owner, kept: false, namespaces: [], instances: [] };
    mkdirSync(root, { recursive: true, mode: 0o755 });
    // Under another name until the journal is inside: a directory without one says nothing about who made it.
    const nascent = join(root, `.${id}.${process.pid}`);
    mkdirSync(nascent);
    writeFileSync(join(nascent, 'journal.json'), JSON.stringify(journal));
    renameSync(nascent, join(root, id));
    return new LabDirectory(join(root, id), journal);
  }

  /** Reads a run's journal; undefined when it has none that can be read. */
  static read(path: string): LabDirectory | undefined {
    try {
      const journal = JSON.parse(readFileSync(join(path, 'journal.json'), 'utf8')) as Journal;
      return journal.version === 1 ? new LabDirectory(path, journal) : undefined;
    } catch {
      return undefined;
    }
  }

  get journal(): Journal {
    return this.state;
  }
  get id(): string {
    return this.state.id;
  }
  /** Whether the process that made it still runs. */
  get ownerAlive(): boolean {
    return startTimeOf(this.state.owner.pid) === this.state.owner.startTime;
  }

  addNamespaces(names: readonly string[]): void {
    this.write({ namespaces: [...new Set([...this.state.namespaces, ...names])] });
  }
  addInstance(name: string, netns: string): void {
    this.write({ instances: [...this.state.instances.filter((i) => i.name !== name), { name, netns }] });
  }
  removeInstance(name: string): void {
    this.write({ instances: this.state.instances.filter((i) => i.name !== name) });
  }
  keep(): void {
    this.write({ kept: true });
  }

  /** Makes a directory for scratch files; it goes with the run. */
  scratch(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Removes everything the journal names, then the directory. What is gone already is no error. */
  async clean(stopInstance: StopInstance): Promise<void> {
    const problems: unknown[] = [];
    const attempt = (work: Promise<unknown>) => work.catch((error) => problems.push(error));
    // Processes first: a program may otherwise be attached, or a file written, behind our back.
    await attempt(endMarkedProcesses(this.id));
    for (const { name, netns } of this.state.instances) await attempt(stopInstance(name, netns, this));
    await attempt(deleteNamespaces(this.state.namespaces));
    if (problems.length > 0) throw new AggregateError(problems, `lab ${this.id} could not be removed whole`);
    rmSync(this.path, { recursive: true, force: true });
  }

  private write(change: Partial<Journal>): void {
    this.state = { ...this.state, ...change };
    const file = join(this.path, 'journal.json');
    writeFileSync(`${file}.new`, JSON.stringify(this.state));
    renameSync(`${file}.new`, file);
  }
}

/** Deletes those of the named namespaces that exist, in one call. */
export async function deleteNamespaces(names: readonly string[]): Promise<void> {
  const present = () => names.filter((name) => existsSync(`/run/netns/${name}`));
  if (present().length === 0) return;
  const batch = present().map((name) => `netns delete ${name}\n`);
  // Another run may sweep at the same time: what counts is that they are gone.
  const { stderr } = await run(['ip', '-force', '-batch', '-'], { input: batch.join(''), allowFailure: true });
  if (present().length > 0)
    throw new Error(`namespaces ${present().join(', ')} could not be deleted: ${stderr.trim()}`);
}

/** Every registered run. */
export function listLabs(root = LAB_ROOT): LabDirectory[] {
  return entries(root)
    .filter((name) => !name.startsWith('.'))
    .map((name) => LabDirectory.read(join(root, name)))
    .filter((lab) => lab !== undefined);
}

/**
 * Removes what runs left that did not end by themselves (`kill -9`, a crash): those whose owner is gone, unless kept.
 * @returns the ids of the runs that were removed.
 */
export async function sweepLabs(stopInstance: StopInstance, root = LAB_ROOT): Promise<string[]> {
  for (const name of entries(root).filter((entry) => entry.startsWith('.'))) {
    const maker = Number(name.split('.').at(-1));
    if (startTimeOf(maker) === undefined) rmSync(join(root, name), { recursive: true, force: true });
  }
  return removeLabs(
    listLabs(root).filter((lab) => !lab.journal.kept && !lab.ownerAlive),
    stopInstance,
  );
}

/**
 * Removes runs that were left up with `keep`, and those whose owner is gone. Runs in progress are not touched.
 * @returns the ids of the runs that were removed.
 */
export async function cleanKeptLabs(stopInstance: StopInstance, root = LAB_ROOT): Promise<string[]> {
  return removeLabs(
    listLabs(root).filter((lab) => !lab.ownerAlive),
    stopInstance,
  );
}

async function removeLabs(labs: readonly LabDirectory[], stopInstance: StopInstance): Promise<string[]> {
  for (const lab of labs) await lab.clean(stopInstance);
  return labs.map((lab) => lab.id);
}

function entries(root: string): string[] {
  return existsSync(root) ? readdirSync(root) : [];
}
