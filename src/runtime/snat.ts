// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import type { Config, ConfigInput } from '../config/config.js';
import { StateError } from '../errors.js';
import { type CounterRow, readCounters } from '../maps/counters.js';
import { Mappings } from '../maps/mappings.js';
import { native } from '../native/index.js';
import type { BpfMap } from '../native/types.js';
import type { Quirk } from '../plan/plan.js';
import type { Bundle } from './bundle.js';
import { ensureBpffs, lockInstance, type Notice, refuseConflicts } from './guards.js';
import { type Operation, opened, readUnit, removeInstance, startInstance, upgradeInstance } from './instance.js';
import { mapName } from './load.js';
import { checkInstanceName, InstancePaths, type Paths, resolvePaths } from './paths.js';
import { type Prepared, prepare } from './prepare.js';
import { allStates, type InstanceState, readState } from './state.js';
import { readStatus, type Status } from './status.js';

export interface InstanceOptions {
  /** Letters, digits, `-`, `_`; default `default`. */
  readonly name?: string | undefined;
  readonly paths?: Partial<Paths> | undefined;
  /** Told of what was done beyond what was asked, such as mounting bpffs. */
  readonly onNotice?: Notice | undefined;
}

export interface ChangeOptions extends InstanceOptions {
  readonly quirks?: readonly Quirk[] | undefined;
  /** An object built elsewhere, in place of clang. */
  readonly bundle?: Bundle | undefined;
}

export interface StartOptions extends ChangeOptions {
  /** Path of the network namespace that has the devices; default: the caller's own. */
  readonly netns?: string | undefined;
}

const silent: Notice = () => {};

const locate = (options: InstanceOptions) =>
  new InstancePaths(resolvePaths(options.paths), checkInstanceName(options.name ?? 'default'));

function requireState(paths: InstancePaths): InstanceState {
  const state = readState(paths);
  if (state) return state;
  const others = allStates(paths.base).map((s) => s.name);
  throw new StateError(
    'not-running',
    `no instance called ${paths.name} runs here${others.length ? `; running: ${others.join(', ')}` : ''}`,
  );
}

function removeOrThrow(op: Operation, state: InstanceState): void {
  const [first, ...others] = removeInstance(op, state);
  if (!first) return;
  const more = others.length ? ` (and ${others.length} more)` : '';
  throw new StateError(
    'degraded',
    `not all of ${op.paths.name} could be removed: ${first.message}${more}; mend that and stop it again`,
  );
}

/**
 * One running source NAT: its programs, attachments and tables in the kernel. The object is a handle: closing it, or the
 * end of the process, changes nothing of what runs.
 */
export class Snat {
  readonly #paths: InstancePaths;
  readonly #notice: Notice;
  #state: InstanceState;
  readonly #maps = new Map<string, BpfMap>();
  #closed = false;

  /** The NAT table. */
  readonly mappings: Mappings;

  private constructor(paths: InstancePaths, state: InstanceState, notice: Notice) {
    this.#paths = paths;
    this.#state = state;
    this.#notice = notice;
    this.mappings = new Mappings(
      () =>
        ([4, 6] as const).flatMap((family) => {
          const egress = this.#map(mapName(family, 'egress'));
          const ingress = this.#map(mapName(family, 'ingress'));
          return egress && ingress ? [{ family, egress, ingress }] : [];
        }),
      () => native().monotonicNow(),
    );
  }

  /**
   * Compiles, loads, pins and attaches: everything, or nothing is left behind. What an earlier start left that was killed
   * in the middle is removed first.
   *
   * @throws ConfigError, CompileError, VerifierError, UnsupportedError, KernelError, and StateError: `already-running`,
   * `conflict` (another instance has the device and pods), `busy`, `no-device`, `no-address`.
   */
  static async start(config: ConfigInput | Config, options: StartOptions = {}): Promise<Snat> {
    const paths = locate(options);
    const notice = options.onNotice ?? silent;
    const lock = lockInstance(paths);
    try {
      const op: Operation = { paths, netns: options.netns, notice };
      const before = readState(paths);
      if (before && (before.phase === 'running' || before.phase === 'upgrading'))
        throw new StateError('already-running', `instance ${paths.name} runs already: upgrade it, or stop it first`);
      if (before) {
        removeOrThrow({ ...op, netns: before.netns }, before);
        notice(`removed what an interrupted ${before.phase === 'stopping' ? 'stop' : 'start'} had left`);
      }
      const prepared = await prepare(config, { ...options, cache: paths.base.cache });
      refuseConflicts(paths, prepared, native().netnsIdentity({ netns: options.netns }));
      ensureBpffs(paths, notice);
      return new Snat(paths, await startInstance(op, prepared), notice);
    } finally {
      lock.release();
    }
  }

  /** A handle on what runs. @throws StateError `not-running`. */
  static async open(options: InstanceOptions = {}): Promise<Snat> {
    const paths = locate(options);
    return new Snat(paths, requireState(paths), options.onNotice ?? silent);
  }

  /** Names of the instances on this machine. */
  static names(options: Pick<InstanceOptions, 'paths'> = {}): string[] {
    return allStates(resolvePaths(options.paths)).map((s) => s.name);
  }

  get name(): string {
    return this.#paths.name;
  }

  /** The C that runs. */
  get unit(): string {
    this.#live();
    return readUnit(this.#paths);
  }

  /**
   * Swaps the programs without a moment in which a hook is empty, and keeps the NAT table. Also mends: what was removed
   * from a hook is attached again. A failure leaves the old programs.
   */
  async upgrade(config: ConfigInput | Config, options: Pick<ChangeOptions, 'quirks' | 'bundle'> = {}): Promise<void> {
    this.#live();
    const lock = lockInstance(this.#paths);
    try {
      const before = requireState(this.#paths);
      const op: Operation = { paths: this.#paths, netns: before.netns, notice: this.#notice };
      const prepared = await prepare(config, { ...options, netns: before.netns, cache: this.#paths.base.cache });
      ensureBpffs(this.#paths, this.#notice);
      this.#requireSameTable(prepared);
      refuseConflicts(this.#paths, prepared, before.netnsIdentity);
      this.#state = await upgradeInstance(op, before, prepared);
      this.#forgetMaps();
    } finally {
      lock.release();
    }
  }

  /** What runs, as the kernel reports it now. */
  status(): Status {
    this.#live();
    this.#state = requireState(this.#paths);
    return readStatus(this.#paths, this.#state);
  }

  /** Packets and bytes by direction and reason, zeros too. */
  counters(): CounterRow[] {
    const map = this.#map('snat_counters');
    return map ? readCounters(map) : [];
  }

  /** Lets go of the handle; the kernel side goes on. Idempotent. */
  close(): void {
    this.#forgetMaps();
    this.#closed = true;
  }

  /** Removes what snatkit pinned and attached for this instance, and nothing else. */
  async stop(): Promise<void> {
    this.#live();
    const lock = lockInstance(this.#paths);
    try {
      const state = requireState(this.#paths);
      this.#forgetMaps();
      removeOrThrow({ paths: this.#paths, netns: state.netns, notice: this.#notice }, state);
      rmSync(this.#paths.lockFile, { force: true });
    } finally {
      lock.release();
      this.close();
    }
  }

  /** The table's capacity is fixed when it is made. */
  #requireSameTable(prepared: Prepared): void {
    const map = this.#map('snat_v4_egress') ?? this.#map('snat_v6_egress');
    if (!map || prepared.plan.shape.egress === 'off' || map.info.maxEntries === prepared.plan.shape.natEntries) return;
    throw new StateError(
      'incompatible',
      `natTableSize is ${map.info.maxEntries} in the running table and ${prepared.plan.shape.natEntries} in the configuration: ` +
        'a table cannot be resized yet; keep the size, or snatkit down and up (live connections break)',
    );
  }

  #map(name: string): BpfMap | undefined {
    this.#live();
    const known = this.#maps.get(name);
    if (known) return known;
    const map = opened<BpfMap>(this.#paths.map(name), (pin) => native().mapFromPin(pin));
    if (map) this.#maps.set(name, map);
    return map;
  }

  #forgetMaps(): void {
    for (const map of this.#maps.values()) map.close();
    this.#maps.clear();
  }

  #live(): void {
    if (this.#closed) throw new StateError('closed', `this handle on instance ${this.name} was closed: open another`);
  }
}
