// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { formatConfig } from '../config/format.js';
import { StateError, UnsupportedError } from '../errors.js';
import { native } from '../native/index.js';
import type { BpfMap, BpfObject, BpfProgram, Hook } from '../native/types.js';
import { ATTACH_ORDER, DETACH_ORDER, Hooks, repin } from './attach.js';
import { parseConntrack } from './conntrack.js';
import type { Notice } from './guards.js';
import { loadObject, PINNED_MAPS } from './load.js';
import type { InstancePaths } from './paths.js';
import type { Prepared } from './prepare.js';
import { seeds } from './seed.js';
import { type DeviceState, type InstanceState, removeState, stateFilesIn, stateHeader, writeState } from './state.js';

/** How long after `up` the mid-stream policy holds: as long as an established connection may be silent. */
const midStreamWindow = (prepared: Prepared) => BigInt(prepared.plan.knobs.timeouts.tcpEstablished) * 1_000_000n;

export interface Operation {
  readonly paths: InstancePaths;
  readonly netns: string | undefined;
  readonly notice: Notice;
}

const hooksOf = (op: Operation, kind: InstanceState['attach']) => new Hooks(op.paths, kind, { netns: op.netns });

/** Pins, attaches and writes state; on any failure everything made here is undone. The lock is held by the caller. */
export async function startInstance(op: Operation, prepared: Prepared): Promise<InstanceState> {
  const { paths } = op;
  const now = native().monotonicNow();
  const kind = chooseKind(op, prepared);
  const midStreamUntil = now + midStreamWindow(prepared);
  const object = await loadObject({
    object: prepared.object,
    plan: prepared.plan,
    devices: prepared.devices,
    midStreamUntil,
  });
  const hooks = hooksOf(op, kind.kind);
  let state = describe(op, prepared, {
    phase: 'starting',
    attach: kind.kind,
    devices: deviceStates(prepared),
    fallbacks: [...kind.fallbacks, ...prepared.plan.fallbacks],
    startedAt: new Date().toISOString(),
    midStreamUntil,
  });
  try {
    writeState(paths, state);
    keepArtifacts(paths, prepared);
    pinAll(paths, object);
    seed(op, prepared, object, now);
    for (const device of state.devices) {
      state = replaceDevice(state, hooks.prepare(device));
      writeState(paths, state);
    }
    for (const hook of ATTACH_ORDER)
      for (const device of state.devices) hooks.attach(device, hook, object.program(`snat_${hook}`));
    state = { ...state, phase: 'running' };
    writeState(paths, state);
    return state;
  } catch (e) {
    for (const failure of removeInstance(op, state)) op.notice(`could not undo all of it: ${failure.message}`);
    throw e;
  } finally {
    object.close();
  }
}

/**
 * Swaps the programs of a running instance: ingress hooks first, then egress. Old and new share the table, so that any
 * mixture translates and reverses; a failure puts the old programs back.
 */
export async function upgradeInstance(
  op: Operation,
  before: InstanceState,
  prepared: Prepared,
): Promise<InstanceState> {
  const { paths } = op;
  const kind = chooseKind(op, prepared, before.attach);
  const hooks = hooksOf(op, kind.kind);
  const policyChanged = before.shape !== prepared.shape;
  const midStreamUntil = policyChanged
    ? native().monotonicNow() + midStreamWindow(prepared)
    : BigInt(before.midStreamUntil);
  const object = await loadObject({
    object: prepared.object,
    plan: prepared.plan,
    devices: prepared.devices,
    midStreamUntil,
    reuse: paths,
  });
  try {
    writeState(paths, { ...before, phase: 'upgrading' });
    const known = (name: string) => before.devices.find((d) => d.name === name);
    const devices = deviceStates(prepared).map((d) => {
      const old = known(d.name);
      return hooks.prepare(d, old?.ifindex === d.ifindex ? old : undefined);
    });
    // A device of the same name has taken over the pins of its predecessor.
    const gone = before.devices.filter((d) => !devices.some((n) => n.ifindex === d.ifindex || n.name === d.name));
    const next = describe(op, prepared, {
      phase: 'upgrading',
      attach: kind.kind,
      devices: [...devices, ...gone],
      fallbacks: [...kind.fallbacks, ...prepared.plan.fallbacks],
      startedAt: before.startedAt,
      midStreamUntil,
    });
    writeState(paths, next);
    pinMaps(paths, object);
    swap(op, hooks, before.devices, devices, object);
    for (const hook of ATTACH_ORDER) repin(object.program(`snat_${hook}`), paths.program(hook));
    for (const device of gone) detachDevice(hooks, device);
    keepArtifacts(paths, prepared);
    const done: InstanceState = { ...next, phase: 'running', devices };
    writeState(paths, done);
    return done;
  } catch (e) {
    writeState(paths, before); // the hooks are back at the old programs
    throw e;
  } finally {
    object.close();
  }
}

/** All hooks to the new programs, or all back to how they were: the pinned old program, or nothing on a new device. */
function swap(
  op: Operation,
  hooks: Hooks,
  before: readonly DeviceState[],
  devices: readonly DeviceState[],
  object: BpfObject,
): void {
  const done: { device: DeviceState; hook: Hook }[] = [];
  try {
    for (const hook of ATTACH_ORDER)
      for (const device of devices) {
        hooks.attach(device, hook, object.program(`snat_${hook}`));
        done.push({ device, hook });
      }
  } catch (e) {
    for (const { device, hook } of done.reverse()) {
      const old = opened(op.paths.program(hook), (pin) => native().programFromPin(pin));
      if (old && before.some((d) => d.ifindex === device.ifindex)) hooks.attach(device, hook, old);
      else hooks.detach(device, hook);
      old?.close();
    }
    for (const device of devices) if (!before.some((d) => d.ifindex === device.ifindex)) hooks.release(device);
    throw e;
  }
}

/**
 * Takes away what an instance made, and only that; finds half-made ones too. Missing things count as removed. A step that
 * fails does not keep the others from being done; returns what failed, and then keeps the state for another try.
 */
export function removeInstance(op: Operation, state: InstanceState): Error[] {
  const { paths } = op;
  const hooks = hooksOf(op, state.attach);
  const failed: Error[] = [];
  const attempt = (step: () => void) => {
    try {
      step();
    } catch (e) {
      failed.push(e as Error);
    }
  };
  for (const hook of DETACH_ORDER) for (const device of state.devices) attempt(() => hooks.detach(device, hook));
  for (const device of state.devices) attempt(() => hooks.release(device));
  attempt(() => rmSync(paths.pins, { recursive: true, force: true }));
  removeIfEmpty(dirname(paths.pins));
  if (failed.length === 0) removeState(paths);
  else writeState(paths, { ...state, phase: 'stopping' });
  removeIfEmpty(paths.base.state);
  return failed;
}

function detachDevice(hooks: Hooks, device: DeviceState): void {
  for (const hook of DETACH_ORDER) hooks.detach(device, hook);
  hooks.release(device);
}

function chooseKind(op: Operation, prepared: Prepared, before?: InstanceState['attach']) {
  const wanted = prepared.plan.attach;
  if (before && wanted !== 'auto' && wanted !== before)
    throw new StateError(
      'incompatible',
      `the instance is attached with ${before}, the configuration asks for ${wanted}: snatkit down, then up`,
    );
  if (wanted === 'tc') return { kind: 'tc' as const, fallbacks: [] };
  const tcx = Hooks.hasTcx({ netns: op.netns });
  if (wanted === 'tcx' && !tcx)
    throw new UnsupportedError('attach: tcx', 'kernel 6.6', release(), 'use attach: auto or tc');
  const kind = before ?? (tcx ? 'tcx' : 'tc');
  return { kind, fallbacks: tcx ? [] : ['clsact filter in place of tcx (tcx needs kernel 6.6)'] };
}

type Described = Pick<InstanceState, 'phase' | 'attach' | 'devices' | 'fallbacks' | 'startedAt'> & {
  midStreamUntil: bigint;
};

function describe(op: Operation, prepared: Prepared, rest: Described): InstanceState {
  return {
    ...stateHeader(),
    name: op.paths.name,
    ...(op.netns === undefined ? {} : { netns: op.netns }),
    netnsIdentity: native().netnsIdentity({ netns: op.netns }),
    config: formatConfig(prepared.config),
    quirks: prepared.quirks,
    shape: prepared.shape,
    objectHash: prepared.objectHash,
    ...rest,
    midStreamUntil: rest.midStreamUntil.toString(),
  };
}

const deviceStates = (prepared: Prepared): DeviceState[] =>
  prepared.devices.map(({ name, ifindex, addresses }) => {
    const m = prepared.config.masqueradeAddress;
    const auto = m.kind === 'auto' || (m.kind === 'per-device' && (m.devices[name] ?? 'auto') === 'auto');
    return { name, ifindex, addresses, auto };
  });

const replaceDevice = (state: InstanceState, device: DeviceState): InstanceState => ({
  ...state,
  devices: state.devices.map((d) => (d.ifindex === device.ifindex ? device : d)),
});

function keepArtifacts(paths: InstancePaths, prepared: Prepared): void {
  const files = stateFilesIn(paths);
  writeFileSync(files.unit, prepared.unit);
  writeFileSync(files.object, prepared.object);
}

function pinAll(paths: InstancePaths, object: BpfObject): void {
  pinMaps(paths, object);
  for (const hook of ATTACH_ORDER) object.program(`snat_${hook}`).pin(paths.program(hook));
}

/** Makes the folders of pins, and pins the maps that the object has and the instance has not yet. */
function pinMaps(paths: InstancePaths, object: BpfObject): void {
  for (const folder of ['programs', 'maps', 'links'])
    mkdirSync(join(paths.pins, folder), { recursive: true, mode: 0o700 });
  for (const name of PINNED_MAPS)
    if (object.mapNames.includes(name) && !existsSync(paths.map(name))) object.map(name).pin(paths.map(name));
}

function seed(op: Operation, prepared: Prepared, object: BpfObject, now: bigint): void {
  if (prepared.config.midStream !== 'adopt' || !object.mapNames.some((name) => name.endsWith('_kept'))) return;
  const text = native().readProcNet('nf_conntrack', { netns: op.netns });
  if (text === undefined) return;
  const addresses = prepared.devices.flatMap((d) => d.addresses);
  const found = seeds(parseConntrack(text), prepared.plan, addresses, now);
  for (const s of found) if (object.mapNames.includes(s.map)) object.map(s.map).update(s.key, s.value);
  if (found.length)
    op.notice(`${found.length} entries taken over from connection tracking, so that live connections go on`);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {}
}

export const readUnit = (paths: InstancePaths): string => readFileSync(stateFilesIn(paths).unit, 'utf8');

/** Undefined when there is no such pin. */
export function opened<T extends BpfProgram | BpfMap>(pin: string, open: (pin: string) => T): T | undefined {
  return existsSync(pin) ? open(pin) : undefined;
}
