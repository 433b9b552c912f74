// SPDX-License-Identifier: Apache-2.0
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseConfig, UnsupportedError } from '../index.js';
import { kernelFeatures } from '../runtime/features.js';
import { ALLOCATORS, type AllocatorResult, asExpected, type ExhaustionResult } from './port-exhaustion-result.js';
import { type LabOptions, withLab } from './session.js';
import { createTopology } from './topology.js';

const FILL = fileURLToPath(new URL('./port-exhaustion-fill.js', import.meta.url));

/**
 * Asks every allocator for as many ports as there are, towards one remote endpoint, by test runs of emitted programs.
 * @throws UnsupportedError without bpf_loop: there is one way to search for a port then, and nothing to compare.
 */
export function runPortExhaustion(options: LabOptions = {}): Promise<ExhaustionResult> {
  const began = performance.now();
  return withLab('port-exhaustion', options, async ({ lab, signal, progress }) => {
    if (!kernelFeatures().bpfLoop)
      throw new UnsupportedError(
        'scenario port-exhaustion',
        'bpf_loop (Linux 5.17)',
        `Linux ${release()}`,
        'try a newer kernel: snatkit vm run',
      );
    const topology = await createTopology({ hosts: { empty: {} }, links: [] }, { lab, signal });
    progress(`asking for every port, a process each: ${ALLOCATORS.join(', ')}`);
    const allocators = await Promise.all(
      ALLOCATORS.map(async (allocator) => {
        const { stdout } = await topology.run('empty', [process.execPath, FILL, allocator], { signal });
        progress(`${allocator} is done`);
        return JSON.parse(stdout) as AllocatorResult;
      }),
    );
    return {
      scenario: 'port-exhaustion',
      asExpected: asExpected(allocators),
      portRange: parseConfig({ devices: ['lo'], podCIDRs: ['10.20.0.0/16'] }).portRange,
      allocators,
      kernel: release(),
      milliseconds: Math.round(performance.now() - began),
    };
  });
}
