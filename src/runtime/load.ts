// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { PORT_RANGE, STRUCTS } from '../abi/structs.js';
import { UnsupportedError } from '../errors.js';
import { addressField, requireAddress, structsOf } from '../maps/tuple.js';
import { native } from '../native/index.js';
import type { BpfMap, BpfObject } from '../native/types.js';
import type { Family } from '../net/address.js';
import type { Plan } from '../plan/plan.js';
import { ofFamily, type ResolvedDevice } from './devices.js';
import type { InstancePaths } from './paths.js';

/** Maps that are pinned: an upgrade goes on with them. Those of a shape that has none are simply absent. */
export const PINNED_MAPS: readonly string[] = [
  ...[4, 6].flatMap((f) =>
    ['egress', 'ingress', 'ring', 'kept', 'full', 'frags'].map((name) => mapName(f as Family, name)),
  ),
  'snat_counters',
];

/** The kernel keeps 15 bytes of a name. */
export function mapName(family: Family, name: string): string {
  return `snat_v${family}_${name}`.slice(0, 15);
}

export interface LoadInput {
  readonly object: Buffer;
  readonly plan: Plan;
  readonly devices: readonly ResolvedDevice[];
  /** Monotonic nanoseconds up to which the mid-stream policy holds. */
  readonly midStreamUntil: bigint;
  /** Pinned maps of this instance are used where they have the same layout. */
  readonly reuse?: InstancePaths;
}

/** Opens an object, checks it against this side's structs, sets its knobs and loads it. The caller closes it. */
export async function loadObject(input: LoadInput): Promise<BpfObject> {
  const object = native().openObject(input.object, 'snatkit');
  try {
    checkLayouts(object);
    setKnobs(object, input);
    if (input.reuse) reuseMaps(object, input.reuse);
    await object.load();
    return object;
  } catch (e) {
    object.close();
    throw e;
  }
}

/** The object's own BTF must describe the structs as src/abi does, else the bytes would be read wrongly. */
function checkLayouts(object: BpfObject): void {
  for (const layout of STRUCTS) {
    const found = object.struct(layout.name);
    if (!found) continue; // a shape without it
    const differs = layout.members.find((m) => {
      const other = found.members.find((o) => o.name === m.name);
      return !other || other.offset !== m.offset || other.size !== m.size;
    });
    if (differs || found.size !== layout.size)
      throw new UnsupportedError(
        `this object (struct ${layout.name})`,
        `the layout of this snatkit (${layout.size} bytes)`,
        differs ? `${differs.name} in another place` : `${found.size} bytes`,
        'it was built by another version: build it again',
      );
  }
}

const MID_STREAM = { adopt: 0, translate: 1, drop: 2 } as const;

function integer(value: number | bigint, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  if (size === 8) new BigUint64Array(bytes.buffer, bytes.byteOffset, 1)[0] = BigInt(value);
  else bytes[0] = Number(value);
  return bytes;
}

function setKnobs(object: BpfObject, { plan, devices, midStreamUntil }: LoadInput): void {
  const { knobs } = plan;
  const ns = (ms: number) => integer(BigInt(ms) * 1_000_000n, 8);
  const values: Record<string, Buffer> = {
    snat_timeout_tcp_established: ns(knobs.timeouts.tcpEstablished),
    snat_timeout_tcp_transitory: ns(knobs.timeouts.tcpTransitory),
    snat_timeout_udp: ns(knobs.timeouts.udp),
    snat_timeout_icmp: ns(knobs.timeouts.icmp),
    snat_mid_stream: integer(MID_STREAM[knobs.midStream], 1),
    snat_mid_stream_until: integer(midStreamUntil, 8),
    snat_timeout_fragment: ns(knobs.timeouts.fragment),
    snat_ports: PORT_RANGE.encode(knobs.portRange),
    snat_v4_devices: deviceTable(4, devices, plan.shape.devices),
    snat_v6_devices: deviceTable(6, devices, plan.shape.devices),
    snat_headerless: headerlessTable(devices, plan.shape.devices),
  };
  const known = new Set(object.variables.map((v) => v.name));
  for (const [name, bytes] of Object.entries(values)) if (known.has(name)) object.setVariable(name, bytes);
}

function deviceTable(family: Family, devices: readonly ResolvedDevice[], slots: number): Buffer {
  const { DEVICE } = structsOf(family);
  const rows = devices.flatMap(({ ifindex, addresses }) =>
    ofFamily(addresses, family).map((a) => DEVICE.encode({ ifindex, address: addressField(requireAddress(a)) })),
  );
  return Buffer.concat(rows, slots * DEVICE.size);
}

function headerlessTable(devices: readonly ResolvedDevice[], slots: number): Buffer {
  const table = new Uint32Array(slots);
  table.set(devices.filter((d) => d.headerless).map((d) => d.ifindex));
  return Buffer.from(table.buffer);
}

function reuseMaps(object: BpfObject, paths: InstancePaths): void {
  for (const name of PINNED_MAPS) {
    const pin = paths.map(name);
    if (!object.mapNames.includes(name) || !existsSync(pin)) continue;
    const map: BpfMap = native().mapFromPin(pin);
    try {
      object.reuseMap(name, map);
    } finally {
      map.close();
    }
  }
}
