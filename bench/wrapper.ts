// SPDX-License-Identifier: Apache-2.0
/** A program under test, fed with the same packet (or flows in turn) any number of times: bpf/bench/wrapper.c. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileUnit } from '../src/compile/compile.js';
import { native } from '../src/native/index.js';
import type { BpfObject, BpfProgram, TestRunResult } from '../src/native/types.js';
import { type Packet, parsePacket } from '../src/net/packet.js';
import { packageRoot } from '../src/package.js';

const WORDS = 16;
const ETHERNET = 14;
const FLOW_BYTES = 8;

/** A BPF source of the benchmark's own, loaded. The caller closes it. */
export async function loadSource(name: 'wrapper' | 'floor', prepare?: (object: BpfObject) => void): Promise<BpfObject> {
  const source = readFileSync(join(packageRoot, 'bpf', 'bench', `${name}.c`), 'utf8');
  const { object: bytes } = await compileUnit(source, { cache: join(packageRoot, 'dist', 'cache') });
  const object = native().openObject(bytes, `bench_${name}`);
  try {
    prepare?.(object);
    await object.load();
    return object;
  } catch (e) {
    object.close();
    throw e;
  }
}

/** Where a frame has what flows in turn differ in: ports and transport checksum. */
export function varyingParts(packet: Packet): { ports: number; check: number } {
  const ports = ETHERNET + (packet.ip?.src.includes(':') ? 40 : 20);
  return { ports, check: ports + (packet.tcp ? 16 : 6) };
}

/** The table of flows as the wrapper reads it. Throws when the frames differ in more than it can restore. */
export function flowTable(frames: readonly Buffer[]): Buffer {
  const first = frames[0] as Buffer;
  const { ports, check } = varyingParts(parsePacket(first));
  const table = Buffer.alloc(frames.length * FLOW_BYTES);
  frames.forEach((frame, i) => {
    frame.copy(table, i * FLOW_BYTES, ports, ports + 4);
    frame.copy(table, i * FLOW_BYTES + 4, check, check + 2);
    const same = Buffer.from(frame);
    first.copy(same, ports, ports, ports + 4);
    first.copy(same, check, check, check + 2);
    if (!same.equals(first)) throw new Error(`packet ${i} differs from the first in more than ports and checksum`);
  });
  return table;
}

const u32 = (...values: number[]) => Buffer.from(new Uint32Array(values).buffer);

/** `fd` of a loaded program: a program array takes nothing else, and the addon hands out no descriptors. */
function descriptorOf(program: BpfProgram): number {
  for (const fd of readdirSync('/proc/self/fd')) {
    let info = '';
    try {
      info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    } catch {} // the one that listed the folder
    if (Number(/^prog_id:\s*(\d+)$/m.exec(info)?.[1]) === program.info.id) return Number(fd);
  }
  throw new Error(`no descriptor of program ${program.info.name} is open`);
}

export interface Timed {
  readonly result: TestRunResult;
  /** Nanoseconds per run, wrapper included. */
  readonly ns: number;
}

export class Wrapper {
  private current: BpfProgram | undefined;
  private constructor(
    private readonly object: BpfObject,
    /** Sent in turn. */
    readonly frames: readonly Buffer[],
  ) {}

  static async load(frames: readonly Buffer[]): Promise<Wrapper> {
    const first = frames[0] as Buffer;
    const words = Math.min(WORDS, Math.floor((first.length - ETHERNET) / 8));
    const { ports, check } = varyingParts(parsePacket(first));
    const flows = frames.length > 1 ? flowTable(frames) : undefined;
    const object = await loadSource('wrapper', (o) => {
      o.setVariable('bench_words', u32(words));
      o.setVariable('bench_flow_count', u32(frames.length));
      o.setVariable('bench_ports_at', u32(ports));
      o.setVariable('bench_check_at', u32(check));
      if (flows) o.setMaxEntries('bench_flows', frames.length);
    });
    const state = Buffer.alloc(WORDS * 8 + 8);
    first.copy(state, 0, ETHERNET, ETHERNET + words * 8);
    object.map('.bss').update(u32(0), state);
    if (flows) object.map('bench_flows').updateBatch(u32(...frames.keys()), flows, frames.length);
    return new Wrapper(object, frames);
  }

  /** The empty program, for what the wrapper itself costs. */
  get nothing(): BpfProgram {
    return this.object.program('bench_nothing');
  }

  /** Runs a program on so many packets, from the first flow on. */
  run(program: BpfProgram, repeat = 1): Timed {
    if (this.current !== program) {
      this.object.map('bench_program').update(u32(0), u32(descriptorOf(program)));
      this.current = program;
    }
    this.rewind();
    const wrapper = this.object.program('bench_wrapper');
    const began = process.hrtime.bigint();
    const result = wrapper.testRun({ packet: this.frames[0] as Buffer, repeat });
    const wall = Number(process.hrtime.bigint() - began) / repeat;
    // The kernel's own clock leaves out other tasks' turns but cuts to whole nanoseconds; ours has the rest.
    return {
      result,
      ns: repeat === 1 ? result.duration : Math.min(Math.max(wall, result.duration), result.duration + 1),
    };
  }

  private rewind(): void {
    if (this.frames.length === 1) return;
    const bss = this.object.map('.bss');
    const state = bss.get(u32(0)) as Buffer;
    state.fill(0, WORDS * 8);
    bss.update(u32(0), state);
  }

  close(): void {
    this.object.close();
  }
}
