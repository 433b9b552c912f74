// SPDX-License-Identifier: Apache-2.0
import { existsSync, renameSync, rmSync } from 'node:fs';
import { KernelError } from '../errors.js';
import { native } from '../native/index.js';
import type { BpfLink, BpfProgram, Hook, NetnsOption } from '../native/types.js';
import type { InstancePaths } from './paths.js';
import type { AttachKind, DeviceState } from './state.js';

/** Ingress first: an answer must find its way back before the first packet is translated. Removal goes the other way. */
export const ATTACH_ORDER: readonly Hook[] = ['ingress', 'egress'];
export const DETACH_ORDER: readonly Hook[] = ['egress', 'ingress'];

/** What a hook of one device holds of ours. */
export interface HookState {
  readonly attached: boolean;
  readonly programId?: number;
  readonly linkId?: number;
  readonly pin?: string;
}

/** The hooks of one instance, in its namespace: attaching twice is attaching once, detaching what is gone is done. */
export class Hooks {
  constructor(
    private readonly paths: InstancePaths,
    readonly kind: AttachKind,
    private readonly ns: NetnsOption,
  ) {}

  /** True when the kernel has tcx (6.6). Asked of the loopback device, which every namespace has. */
  static hasTcx(ns: NetnsOption): boolean {
    try {
      native().queryTcx({ ...ns, ifindex: 1, hook: 'ingress' });
      return true;
    } catch (e) {
      if (e instanceof KernelError && (e.errno === 'EINVAL' || e.errno === 'EOPNOTSUPP')) return false;
      throw e;
    }
  }

  /** The device's state to remember, with what will be needed to find our filter again. Adds the clsact qdisc for tc. */
  prepare(device: DeviceState, before?: DeviceState): DeviceState {
    const { name, ifindex, addresses, auto } = device;
    const base = { name, ifindex, addresses, auto };
    if (this.kind === 'tcx') return base;
    const added = native().addClsact({ ...this.ns, ifindex });
    return { ...base, tc: before?.tc ?? this.freeSlot(ifindex), clsactAdded: added || (before?.clsactAdded ?? false) };
  }

  /** Lowest priority at which neither hook has a filter: nobody else's is ever replaced. */
  private freeSlot(ifindex: number): { priority: number; handle: number } {
    const taken = new Set(
      ATTACH_ORDER.flatMap((hook) => native().listTc({ ...this.ns, ifindex, hook })).map((f) => f.priority),
    );
    let priority = 1;
    while (taken.has(priority)) priority++;
    return { priority, handle: 1 };
  }

  /** Puts the program on the hook, atomically in place of the one that is there. */
  attach(device: DeviceState, hook: Hook, program: BpfProgram): void {
    if (this.kind === 'tc') {
      const { priority, handle } = device.tc as NonNullable<DeviceState['tc']>;
      const name = `snatkit-${this.paths.name}:[${hook}]`;
      native().attachTc(program, { ...this.ns, ifindex: device.ifindex, hook, priority, handle, name });
      return;
    }
    const pin = this.paths.link(device.name, hook);
    const live = this.liveLink(device, hook);
    if (live) {
      try {
        live.update(program);
      } finally {
        live.close();
      }
      return;
    }
    rmSync(pin, { recursive: true, force: true }); // of a link whose device is gone
    const link = native().attachTcx(program, { ...this.ns, ifindex: device.ifindex, hook });
    try {
      link.pin(pin);
    } finally {
      link.close(); // without its pin the kernel detaches it
    }
  }

  /** Idempotent, and indifferent to devices and namespaces that have vanished. */
  detach(device: DeviceState, hook: Hook): void {
    if (this.kind === 'tcx') {
      const pin = this.paths.link(device.name, hook);
      if (!existsSync(pin)) return;
      let link: BpfLink | undefined;
      try {
        link = native().linkFromPin(pin);
        link.detach(); // now, not when the kernel gets round to the last reference
      } catch (e) {
        if (!(e instanceof KernelError)) throw e; // no link of ours: what lies in its place goes all the same
      } finally {
        link?.close();
        rmSync(pin, { recursive: true, force: true });
      }
      return;
    }
    if (!device.tc || !this.reachable(device)) return;
    const ours = this.tcFilter(device, hook);
    if (ours) native().detachTc({ ...this.ns, ifindex: device.ifindex, hook, ...device.tc });
  }

  /** The clsact qdisc goes when we added it and nobody else uses it. */
  release(device: DeviceState): void {
    if (device.clsactAdded && this.reachable(device))
      native().removeClsactIfEmpty({ ...this.ns, ifindex: device.ifindex });
  }

  state(device: DeviceState, hook: Hook): HookState {
    if (this.kind === 'tcx') {
      const pin = this.paths.link(device.name, hook);
      const link = this.liveLink(device, hook);
      if (!link) return { attached: false };
      const { id, programId } = link.info;
      link.close();
      return { attached: true, programId, linkId: id, pin };
    }
    const filter = this.reachable(device) ? this.tcFilter(device, hook) : undefined;
    return filter?.programId === undefined ? { attached: false } : { attached: true, programId: filter.programId };
  }

  private liveLink(device: DeviceState, hook: Hook): BpfLink | undefined {
    const pin = this.paths.link(device.name, hook);
    if (!existsSync(pin)) return undefined;
    let link: BpfLink;
    try {
      link = native().linkFromPin(pin);
    } catch (e) {
      if (e instanceof KernelError) return undefined; // no link: something else took its place
      throw e;
    }
    if (link.info.ifindex === device.ifindex) return link;
    link.close();
    return undefined;
  }

  /** Ours by place and by name: a foreign filter that took the place since is left alone. */
  private tcFilter(device: DeviceState, hook: Hook) {
    return native()
      .listTc({ ...this.ns, ifindex: device.ifindex, hook })
      .find(
        (f) =>
          f.priority === device.tc?.priority &&
          f.handle === device.tc.handle &&
          f.name === `snatkit-${this.paths.name}:[${hook}]`,
      );
  }

  private reachable(device: DeviceState): boolean {
    if (this.ns.netns !== undefined && !existsSync(this.ns.netns)) return false;
    return native()
      .interfaces(this.ns)
      .some((i) => i.index === device.ifindex);
  }
}

/** Pins under a name that may be taken, without a moment in which nothing is there. */
export function repin(what: { pin(path: string): void }, path: string): void {
  const fresh = `${path}+new`;
  rmSync(fresh, { force: true });
  what.pin(fresh);
  renameSync(fresh, path);
}
