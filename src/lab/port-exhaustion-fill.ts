// SPDX-License-Identifier: Apache-2.0
// Runs as a process of its own in an empty network namespace, where no socket holds a port: node port-exhaustion-fill.js
// ALLOCATOR. Prints one line of JSON, an AllocatorResult. Every packet is a test run's: none is sent.
import { compileUnit, emitUnit, parseConfig, plan } from '../index.js';
import { readCounters } from '../maps/counters.js';
import type { BpfObject } from '../native/types.js';
import { addressBytes, parseAddress } from '../net/address.js';
import { kernelFeatures } from '../runtime/features.js';
import { loadObject } from '../runtime/load.js';
import { resolvePaths } from '../runtime/paths.js';
import { NODE, newConnections, PODS, SOURCE_ADDRESS, SOURCE_PORT } from './port-exhaustion-flows.js';
import { ALLOCATORS, type Allocator, type AllocatorResult, Tally } from './port-exhaustion-result.js';

const DROP = 2;

async function fill(allocator: Allocator): Promise<AllocatorResult> {
  // Room for every port, so that it is the ports that run out.
  const config = parseConfig({ devices: ['lo'], podCIDRs: [PODS], natTableSize: 40960, allocator });
  const planned = plan(config, { features: kernelFeatures() });
  const { object: bytes } = await compileUnit(emitUnit(planned.shape), { cache: resolvePaths().cache });
  // A test run happens on the loopback device, which is 1 in every namespace.
  const devices = [{ name: 'lo', ifindex: 1, addresses: [NODE], headerless: false }];
  const object = await loadObject({ object: bytes, plan: planned, devices, midStreamUntil: 0n });
  try {
    return ask(object, allocator, planned.knobs.portRange);
  } finally {
    object.close();
  }
}

function ask(object: BpfObject, allocator: Allocator, range: { min: number; max: number }): AllocatorResult {
  const egress = object.program('snat_egress');
  const tally = new Tally(allocator, range.max - range.min + 1);
  const node = Buffer.from(addressBytes(parseAddress(NODE) as NonNullable<ReturnType<typeof parseAddress>>));
  for (const bytes of newConnections(range)) {
    const { returnValue, packet } = egress.testRun({ packet: bytes });
    if (returnValue === DROP) tally.refused();
    else if (packet.subarray(SOURCE_ADDRESS, SOURCE_ADDRESS + 4).equals(node))
      tally.granted(packet.readUInt16BE(SOURCE_PORT));
    else throw new Error('a connection left without translation');
  }
  const result = tally.result();
  const counted = readCounters(object.map('snat_counters')).find(
    (row) => row.direction === 'egress' && row.reason === 'no-port',
  );
  if (Number(counted?.packets) !== result.ports - result.granted)
    throw new Error(`${result.ports - result.granted} failures, of which ${counted?.packets} for want of a port`);
  return result;
}

const allocator = ALLOCATORS.find((name) => name === process.argv[2]);
try {
  if (!allocator) throw new Error(`no allocator ${process.argv[2]}`);
  process.stdout.write(`${JSON.stringify(await fill(allocator))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
