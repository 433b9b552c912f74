// SPDX-License-Identifier: Apache-2.0
/** Verifies each scenario, then times all of them in interleaved rounds. */

import { encodeTuple } from '../src/maps/tuple.js';
import type { BpfObject, BpfProgram } from '../src/native/types.js';
import { parsePacket, verifyChecksums } from '../src/net/packet.js';
import { frame, Node, POD, REMOTE, risen } from './node.js';
import type { Measured } from './results.js';
import { FIRST_PORT, MANY_FLOWS, type Scenario, shuffled } from './scenarios.js';
import { loadSource, Wrapper } from './wrapper.js';

/** How long a batch is to take, and how many times it goes over its flows: fewer would measure how caches fill. */
const BATCH_NS = 5e6;
const PASSES = 20;

interface Subject {
  readonly scenario: Scenario;
  readonly node: Node;
  readonly wrapper: Wrapper;
  readonly samples: number[];
  repeat: number;
}

export interface MeasureOptions {
  readonly rounds: number;
  readonly headers?: string;
  readonly onProgress?: (message: string) => void;
}

export interface Measurement {
  /** Net nanoseconds of the unit, one a round. */
  readonly floor: number[];
  readonly measured: Measured[];
}

/** Runs one packet and says what is wrong with the outcome; nothing when it is as the scenario states. */
function fault({ scenario, node, wrapper }: Subject): string | undefined {
  const { becomes, direction, port, reason } = scenario;
  const before = node.counts(direction);
  const sent = wrapper.frames[0] as Buffer;
  const { returnValue, packet } = wrapper.run(node.program(direction)).result;
  const counted = risen(before, node.counts(direction));
  if (counted !== `1 ${reason}`) return `counted ${counted || 'nothing'}, expected 1 ${reason}`;
  if (returnValue !== (becomes === 'dropped' ? 2 : -1)) return `verdict ${returnValue}`;
  if (becomes === 'dropped') return undefined;
  if (becomes === 'itself') return packet.equals(sent) ? undefined : 'the packet was changed';
  const was = parsePacket(sent);
  const is = parsePacket(packet);
  const side = 'source' in becomes ? 'src' : 'dst';
  const address = 'source' in becomes ? becomes.source : becomes.destination;
  if (is.ip?.[side] !== address) return `${side} became ${is.ip?.[side]}, expected ${address}`;
  const key = side === 'src' ? 'sport' : 'dport';
  const kept = (is.tcp ?? is.udp)?.[key] === (was.tcp ?? was.udp)?.[key];
  if (port && kept !== (port === 'kept')) return `the port was ${kept ? 'kept' : 'rewritten'}`;
  const wrong = verifyChecksums(packet);
  return wrong.length ? `wrong checksums: ${wrong.join(', ')}` : undefined;
}

async function verify(subject: Subject): Promise<void> {
  await subject.scenario.before?.(subject.node);
  const wrong = fault(subject);
  if (wrong) throw new Error(`${subject.scenario.name}: ${wrong}`);
}

/** Nanoseconds per run with the wrapper's part; the counters must account for every run. */
async function batch(subject: Subject): Promise<number> {
  const { scenario, node, wrapper } = subject;
  const program = node.program(scenario.direction);
  if (scenario.before) await scenario.before(node);
  else wrapper.run(program, wrapper.frames.length);
  const before = node.counts(scenario.direction);
  const { ns } = wrapper.run(program, subject.repeat);
  const counted = risen(before, node.counts(scenario.direction));
  if (counted !== `${subject.repeat} ${scenario.reason}`)
    throw new Error(`${scenario.name}: counted ${counted}, expected ${subject.repeat} ${scenario.reason}`);
  return ns;
}

/** How often to run so that a batch takes its time: whole passes over the flows, no more than one where each is new. */
async function calibrate(subject: Subject): Promise<void> {
  const flows = subject.wrapper.frames.length;
  subject.repeat = flows;
  if (subject.scenario.before) return;
  subject.repeat = Math.max(flows, 2000);
  const ns = await batch(subject);
  subject.repeat = flows === 1 ? Math.ceil(BATCH_NS / ns) : Math.max(PASSES, Math.ceil(BATCH_NS / ns / flows)) * flows;
}

const nothing = (wrapper: Wrapper, repeat: number): number => {
  const runs = Math.max(repeat, wrapper.frames.length > 1 ? repeat : 100000);
  wrapper.run(wrapper.nothing, wrapper.frames.length);
  return wrapper.run(wrapper.nothing, runs).ns;
};

interface Floor {
  readonly object: BpfObject;
  readonly wrapper: Wrapper;
  readonly program: BpfProgram;
}

/** The floor's program with a table of its own, in which every flow is found. */
async function loadFloor(flows: number): Promise<Floor> {
  const object = await loadSource('floor');
  const remote = { address: REMOTE, port: 443 };
  const ports = shuffled(flows).map((i) => FIRST_PORT + i);
  // Entered in the order of the ports, met in another: neighbours in time are none in memory.
  const keys = ports.toSorted((a, b) => a - b).map((port) => encodeTuple('tcp', remote, { address: POD, port }));
  object.map('bench_floor_table').updateBatch(Buffer.concat(keys), Buffer.alloc(24 * flows), flows);
  const packets = ports.map((sport) => ({ ip: { src: POD, dst: REMOTE }, tcp: { sport, dport: 443 } }));
  return { object, wrapper: await Wrapper.load(packets.map(frame)), program: object.program('bench_floor') };
}

function floorBatch({ wrapper, program }: Floor): number {
  const flows = wrapper.frames.length;
  const repeat = flows === 1 ? 150000 : PASSES * flows;
  wrapper.run(program, Math.max(flows, 1000));
  const { result, ns } = wrapper.run(program, repeat);
  if (result.returnValue !== -1) throw new Error('the floor did not hit its table');
  return ns - nothing(wrapper, repeat);
}

/** @throws Error when a scenario's work is not what it states; nothing is measured then. */
export async function measure(scenarios: readonly Scenario[], options: MeasureOptions): Promise<Measurement> {
  const nodes = new Map<string, Node>();
  const subjects: Subject[] = [];
  const floor = await loadFloor(1);
  const manyFlows = await loadFloor(MANY_FLOWS);
  const floors: number[] = [];
  const overMany: number[] = [];
  try {
    for (const scenario of scenarios) {
      options.onProgress?.(`preparing ${scenario.name}`);
      const node = nodes.get(scenario.table) ?? (await Node.load(scenario.config ?? {}, options.headers));
      nodes.set(scenario.table, node);
      const wrapper = await Wrapper.load(scenario.packets(node).map(frame));
      subjects.push({ scenario, node, wrapper, samples: [], repeat: 1 });
    }
    for (const subject of subjects) {
      await verify(subject);
      await calibrate(subject);
    }
    for (let round = 0; round < options.rounds; round++) {
      options.onProgress?.(`round ${round + 1} of ${options.rounds}`);
      floors.push(floorBatch(floor));
      overMany.push(floorBatch(manyFlows));
      // Another order each round, so that no scenario always follows the same one.
      const turn = round % Math.max(1, subjects.length);
      for (const subject of [...subjects.slice(turn), ...subjects.slice(0, turn)])
        subject.samples.push((await batch(subject)) - nothing(subject.wrapper, subject.repeat));
    }
    for (const subject of subjects) await verify(subject);
  } finally {
    for (const { wrapper } of [...subjects, floor, manyFlows]) wrapper.close();
    for (const node of nodes.values()) node.close();
    for (const { object } of [floor, manyFlows]) object.close();
  }
  const rows = subjects.map(
    ({ scenario: { name, title, target, cilium }, samples }): Measured => ({
      name,
      title,
      samples,
      ...(target ? { target } : {}),
      ...(cilium === undefined ? {} : { cilium }),
    }),
  );
  return {
    floor: floors,
    measured: [{ name: 'floor-many', title: 'the same over 10,000 flows in turn', samples: overMany }, ...rows],
  };
}
