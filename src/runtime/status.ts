// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import type { ConfigInput } from '../config/config.js';
import { native } from '../native/index.js';
import type { BpfMap, Hook } from '../native/types.js';
import { ATTACH_ORDER, type HookState, Hooks } from './attach.js';
import { opened } from './instance.js';
import { PINNED_MAPS } from './load.js';
import type { InstancePaths } from './paths.js';
import type { AttachKind, InstanceState } from './state.js';

export interface ProgramStatus {
  readonly id: number;
  readonly name: string;
  readonly tag: string;
  readonly pin: string;
  /** Instructions that the verifier processed; 0 where the kernel does not say. */
  readonly verifiedInstructions: number;
}

export interface DeviceStatus {
  readonly name: string;
  readonly ifindex: number;
  readonly addresses: readonly string[];
  readonly ingress: HookState;
  readonly egress: HookState;
}

/** What runs, as the kernel reports it, held against what was set up. */
export interface Status {
  readonly name: string;
  /** `degraded`: something of ours was removed or is half done; `problems` says what. */
  readonly state: 'running' | 'degraded';
  readonly problems: readonly string[];
  readonly attachKind: AttachKind;
  readonly netns?: string;
  readonly devices: readonly DeviceStatus[];
  readonly programs: Readonly<Partial<Record<Hook, ProgramStatus>>>;
  readonly maps: readonly { name: string; id: number; maxEntries: number; pin: string }[];
  /** What is done in a lesser way because the kernel lacks something. */
  readonly fallbacks: readonly string[];
  readonly shape: string;
  readonly objectHash: string;
  readonly startedAt: string;
  readonly config: ConfigInput;
}

const CUT_OFF = { starting: 'start', upgrading: 'upgrade', stopping: 'stop' } as const;
const MEND = 'snatkit up mends it';

export function readStatus(paths: InstancePaths, state: InstanceState): Status {
  const problems: string[] = [];
  const netnsGone = state.netns !== undefined && !existsSync(state.netns);
  if (state.phase !== 'running') problems.push(`an earlier ${CUT_OFF[state.phase]} was cut off: ${MEND}`);
  if (netnsGone) problems.push(`the network namespace ${state.netns} is gone: snatkit down removes what is left`);

  const programs: Partial<Record<Hook, ProgramStatus>> = {};
  for (const hook of ATTACH_ORDER) {
    const program = opened(paths.program(hook), (pin) => native().programFromPin(pin));
    if (!program) {
      problems.push(`${paths.program(hook)} is gone: ${MEND}`);
      continue;
    }
    const { id, name, tag, verifiedInstructions } = program.info;
    programs[hook] = { id, name, tag, verifiedInstructions, pin: paths.program(hook) };
    program.close();
  }
  const maps = PINNED_MAPS.flatMap((name) => {
    const map = opened<BpfMap>(paths.map(name), (pin) => native().mapFromPin(pin));
    if (!map) return [];
    const { id, maxEntries } = map.info;
    map.close();
    return [{ name, id, maxEntries, pin: paths.map(name) }];
  });

  const hooks = new Hooks(paths, state.attach, { netns: state.netns });
  const interfaces = netnsGone ? [] : native().interfaces({ netns: state.netns });
  const devices = state.devices.map((device): DeviceStatus => {
    const present = interfaces.find((i) => i.index === device.ifindex);
    const read = (hook: Hook): HookState => {
      const found = hooks.state(device, hook);
      const wanted = programs[hook]?.id;
      if (present && !found.attached) problems.push(`nothing of ours on ${device.name} ${hook}: ${MEND}`);
      else if (found.attached && wanted !== undefined && found.programId !== wanted)
        problems.push(`${device.name} ${hook} runs program ${found.programId}, pinned is ${wanted}: ${MEND}`);
      return found;
    };
    if (!present && !netnsGone)
      problems.push(`device ${device.name} (ifindex ${device.ifindex}) is gone: ${MEND} once it is back`);
    else if (present && present.name !== device.name)
      problems.push(`device ${device.name} is called ${present.name} now: ${MEND}`);
    const lost = device.auto ? device.addresses.filter((a) => !present?.addresses.some((p) => p.address === a)) : [];
    if (present && lost.length > 0)
      problems.push(`${device.name} no longer has ${lost.join(', ')}, which pods leave with: ${MEND}`);
    const { name, ifindex, addresses } = device;
    return { name, ifindex, addresses, ingress: read('ingress'), egress: read('egress') };
  });

  return {
    name: state.name,
    state: problems.length ? 'degraded' : 'running',
    problems,
    attachKind: state.attach,
    ...(state.netns === undefined ? {} : { netns: state.netns }),
    devices,
    programs,
    maps,
    fallbacks: state.fallbacks,
    shape: state.shape,
    objectHash: state.objectHash,
    startedAt: state.startedAt,
    config: state.config,
  };
}
