// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { KernelError } from '../../index.js';
import { Hooks, kernelFeatures, type Native } from '../library.js';
import { missingCapabilities } from '../privileges.js';
import { type Check, kernelAtLeast } from './check.js';

type Fact = Omit<Check, 'state' | 'found'> & { readonly lesser: string; readonly since?: readonly [number, number] };

const TCX: Fact = {
  name: 'tcx',
  needed: 'Linux 6.6',
  essential: false,
  lesser: 'clsact filters are used in its place',
  since: [6, 6],
};
const CLSACT: Fact = {
  name: 'clsact',
  needed: 'the clsact queueing discipline and BPF filters, where there is no tcx',
  essential: false,
  lesser: 'attach: tc cannot be used',
};
const BPF_LOOP: Fact = {
  name: 'bpf_loop',
  needed: 'Linux 5.17',
  essential: false,
  lesser: 'port search is bounded',
  since: [5, 17],
};
const ATTACHING: Omit<Check, 'state' | 'found'> = {
  name: 'attaching',
  needed: 'tcx or clsact',
  essential: true,
};

/** Asked of the kernel, in a network namespace made for it; where that may not be done, guessed from the version. */
export async function checkKernelFeatures(native: Native | undefined, capabilities: bigint): Promise<Check[]> {
  const why = !native ? 'the addon is missing' : 'that takes privileges';
  if (!native || missingCapabilities(capabilities, true).length > 0)
    return [TCX, CLSACT, BPF_LOOP].map((fact) => guess(fact, why));
  const scratch = await scratchNamespace();
  if (!scratch)
    return [
      guess(TCX, 'unshare(1) is missing'),
      guess(CLSACT, 'unshare(1) is missing'),
      asked(BPF_LOOP, kernelFeatures().bpfLoop),
    ];
  try {
    const { netns } = scratch;
    const tcx = Hooks.hasTcx({ netns });
    const clsact = hasClsact(native, netns);
    const attaching: Check =
      tcx || clsact
        ? { ...ATTACHING, state: 'ok', found: tcx ? 'tcx' : 'clsact' }
        : {
            ...ATTACHING,
            state: 'missing',
            found: 'neither',
            fix: 'use a kernel with CONFIG_NET_CLS_BPF and CONFIG_NET_SCH_INGRESS',
          };
    return [asked(TCX, tcx), asked(CLSACT, clsact), attaching, asked(BPF_LOOP, kernelFeatures().bpfLoop)];
  } finally {
    await scratch.end();
  }
}

function hasClsact(native: Native, netns: string): boolean {
  try {
    return native.addClsact({ netns, ifindex: 1 }) || native.hasClsact({ netns, ifindex: 1 });
  } catch (error) {
    if (error instanceof KernelError) return false;
    throw error;
  }
}

function asked({ lesser, since: _, ...fact }: Fact, there: boolean): Check {
  return there ? { ...fact, state: 'ok', found: 'yes' } : { ...fact, state: 'limited', found: `no: ${lesser}` };
}

function guess({ lesser: _, since, ...fact }: Fact, why: string): Check {
  const words = since === undefined ? '' : `; by its version ${kernelAtLeast(...since) ? 'yes' : 'no'}`;
  return { ...fact, state: 'unknown', found: `not asked (${why})${words}` };
}

/** A network namespace that lives as long as a process of ours; undefined where unshare(1) cannot be run. */
async function scratchNamespace(): Promise<{ netns: string; end(): Promise<void> } | undefined> {
  const child: ChildProcess = spawn('unshare', ['--net', 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const ready = child.stdout ? once(child.stdout, 'data').then(() => true) : Promise.resolve(false);
  if (!(await Promise.race([ready, ended.then(() => false)]))) return undefined;
  return {
    netns: `/proc/${child.pid}/ns/net`,
    end: () => {
      child.stdin?.end();
      return ended;
    },
  };
}
