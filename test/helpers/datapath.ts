// SPDX-License-Identifier: Apache-2.0
/** Runs emitted programs on packets by BPF_PROG_TEST_RUN, which happens on the loopback device (ifindex 1). */
import { join } from 'node:path';
import { type Direction, REASONS, type ReasonName } from '../../src/abi/reasons.js';
import { compileUnit } from '../../src/compile/compile.js';
import type { ConfigInput } from '../../src/config/config.js';
import { parseConfig } from '../../src/config/parse.js';
import { emitUnit } from '../../src/emit/unit.js';
import { readCounters } from '../../src/maps/counters.js';
import { type Mapping, Mappings } from '../../src/maps/mappings.js';
import { type Endpoint, encodeTuple, type Protocol, structsOf } from '../../src/maps/tuple.js';
import { native } from '../../src/native/index.js';
import type { BpfMap } from '../../src/native/types.js';
import { buildPacket, type Packet, type PacketSpec, parsePacket, verifyChecksums } from '../../src/net/packet.js';
import { packageRoot } from '../../src/package.js';
import { type Plan, plan, type Shape } from '../../src/plan/plan.js';
import type { ResolvedDevice } from '../../src/runtime/devices.js';
import { kernelFeatures } from '../../src/runtime/features.js';
import { loadObject, mapName } from '../../src/runtime/load.js';

export const POD = '10.20.30.11';
export const POD2 = '10.20.30.12';
export const NODE = '192.168.10.2';
export const REMOTE = '192.0.2.9';
export const POD6 = 'fd00:10:20::11';
export const NODE6 = '2001:db8:10::2';
export const REMOTE6 = '2001:db8:20::9';
export const ETH = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' } as const;

/** What a program made of a packet. */
export interface Outcome {
  readonly verdict: 'next' | 'drop' | number;
  /** The one reason whose counter rose; `several` or `none` would be a fault of the program. */
  readonly reason: ReasonName | 'several' | 'none';
  readonly bytes: Buffer;
  readonly packet: Packet;
  /** Names of checksums that are wrong. */
  readonly wrong: readonly string[];
}

export interface DatapathOptions {
  readonly shape?: Partial<Shape>;
  /** Nanoseconds from now for which the mid-stream policy holds; default 0: over already. */
  readonly midStreamFor?: bigint;
  /** Default: the loopback device with NODE. */
  readonly devices?: readonly ResolvedDevice[];
}

interface Teardown {
  teardown(fn: () => void): unknown;
}

export class Datapath {
  private constructor(
    readonly plan: Plan,
    readonly map: (name: string) => BpfMap,
    private readonly programs: Record<Direction, (packet: Uint8Array) => { returnValue: number; packet: Buffer }>,
  ) {}

  static async load(t: Teardown, config: Partial<ConfigInput> = {}, options: DatapathOptions = {}): Promise<Datapath> {
    const parsed = parseConfig({ devices: ['lo'], podCIDRs: ['10.20.30.0/24'], natTableSize: 1024, ...config });
    const made = plan(parsed, { features: kernelFeatures() });
    const planned: Plan = { ...made, shape: { ...made.shape, ...options.shape } };
    const { object: bytes } = await compileUnit(emitUnit(planned.shape), { cache: join(packageRoot, 'dist', 'cache') });
    const object = await loadObject({
      object: bytes,
      plan: planned,
      devices: options.devices ?? [{ name: 'lo', ifindex: 1, addresses: [NODE, NODE6], headerless: false }],
      midStreamUntil: native().monotonicNow() + (options.midStreamFor ?? 0n),
    });
    t.teardown(() => object.close());
    const runner = (direction: Direction) => (packet: Uint8Array) =>
      object.program(`snat_${direction}`).testRun({ packet });
    return new Datapath(planned, (name) => object.map(name), { egress: runner('egress'), ingress: runner('ingress') });
  }

  egress(spec: PacketSpec | Uint8Array): Outcome {
    return this.run('egress', spec);
  }

  ingress(spec: PacketSpec | Uint8Array): Outcome {
    return this.run('ingress', spec);
  }

  /** Runs without looking at counters: for tests of many packets. */
  quick(direction: Direction, bytes: Uint8Array): { dropped: boolean; bytes: Buffer } {
    const { returnValue, packet } = this.programs[direction](bytes);
    return { dropped: returnValue === 2, bytes: packet };
  }

  private run(direction: Direction, spec: PacketSpec | Uint8Array): Outcome {
    const before = this.packets(direction);
    const result = this.programs[direction](spec instanceof Uint8Array ? spec : frame(spec));
    const after = this.packets(direction);
    const risen = REASONS.flatMap((r, i) =>
      Array<ReasonName>(Number((after[i] ?? 0n) - (before[i] ?? 0n))).fill(r.name),
    );
    return {
      verdict: result.returnValue === -1 ? 'next' : result.returnValue === 2 ? 'drop' : result.returnValue,
      reason: risen.length > 1 ? 'several' : (risen[0] ?? 'none'),
      bytes: result.packet,
      packet: parsePacket(result.packet),
      wrong: verifyChecksums(result.packet),
    };
  }

  private packets(direction: Direction): bigint[] {
    const rows = readCounters(this.map('snat_counters')).filter((r) => r.direction === direction);
    return rows.map((r) => r.packets);
  }

  /** Packets counted so far. */
  count(direction: Direction, reason: ReasonName): number {
    const rows = readCounters(this.map('snat_counters'));
    return Number(rows.find((r) => r.direction === direction && r.reason === reason)?.packets);
  }

  mappings(): Promise<Mapping[]> {
    const maps = this.plan.shape.families.map(({ family }) => ({
      family,
      egress: this.map(mapName(family, 'egress')),
      ingress: this.map(mapName(family, 'ingress')),
    }));
    return new Mappings(
      () => maps,
      () => native().monotonicNow(),
    ).all();
  }

  /** Makes a half look as if its last packet was so many seconds ago; true when it is there. */
  age(half: 'egress' | 'ingress', protocol: Protocol, remote: Endpoint, local: Endpoint, seconds: number): boolean {
    const family = remote.address.includes(':') ? 6 : 4;
    const { MAPPING } = structsOf(family);
    const map = this.map(mapName(family, half));
    const key = encodeTuple(protocol, remote, local);
    const bytes = map.get(key);
    if (!bytes) return false;
    const value = MAPPING.decode(bytes);
    const last_seen = value.last_seen - BigInt(seconds) * 1_000_000_000n;
    const ticks = (value.ticks - seconds * 1000) >>> 0;
    return map.update(key, MAPPING.encode({ ...value, last_seen, ticks }), 2);
  }

  has(half: 'egress' | 'ingress' | 'kept', protocol: Protocol, remote: Endpoint, local: Endpoint): boolean {
    return (
      this.map(mapName(remote.address.includes(':') ? 6 : 4, half)).get(encodeTuple(protocol, remote, local)) !==
      undefined
    );
  }
}

/** An Ethernet frame of the spec. */
export const frame = (spec: PacketSpec): Buffer => Buffer.from(buildPacket({ eth: ETH, ...spec }));

export const at = (address: string, port: number): Endpoint => ({ address, port });

type Tcp = Partial<NonNullable<PacketSpec['tcp']>>;
export const tcp = (
  src: Endpoint,
  dst: Endpoint,
  more: Tcp = {},
  ip: Partial<NonNullable<PacketSpec['ip']>> = {},
): PacketSpec => ({
  ip: { src: src.address, dst: dst.address, ...ip },
  tcp: { sport: src.port, dport: dst.port, flags: ['SYN'], ...more },
});
type Udp = Partial<NonNullable<PacketSpec['udp']>>;
export const udp = (
  src: Endpoint,
  dst: Endpoint,
  more: Udp = {},
  ip: Partial<NonNullable<PacketSpec['ip']>> = {},
): PacketSpec => ({
  ip: { src: src.address, dst: dst.address, ...ip },
  udp: { sport: src.port, dport: dst.port, payload: 'question', ...more },
});
export const ping = (src: string, dst: string, id: number, reply = false): PacketSpec => ({
  ip: { src, dst },
  icmp: { type: reply ? 0 : 8, code: 0, id, seq: 1, payload: 'abcdefgh' },
});

/** Source or destination port (ICMP: identifier) of a packet that has one. */
export const sportOf = (p: Packet): number => p.tcp?.sport ?? p.udp?.sport ?? p.icmp?.id ?? -1;
