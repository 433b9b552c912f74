// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod';
import { ExitCode, Snat, StateError, type Status, shapeId } from '../index.js';
import { isBpffs } from './bpffs.js';
import { type Input, requireSameNamespace } from './input.js';
import { findClang, InstancePaths, native, resolveDevices, resolvePaths } from './library.js';
import { upOutput } from './output/instance.js';
import { planFor } from './plan-for.js';
import type { Session } from './session.js';
import { grouped } from './text.js';

/** What `up` would do here, with the same refusals as far as they can be seen without doing it. */
export async function dryRunUp(
  session: Session,
  { config, bundle }: Input,
  where: { name: string; netns: string | undefined },
): Promise<ExitCode> {
  const running = await runningStatus(where.name);
  if (running) requireSameNamespace(running, where.netns);
  const netns = running?.netns ?? where.netns;
  const devices = resolveDevices(config, native().interfaces({ netns }));
  const { shape, warnings } = planFor(config, devices.length);
  const paths = new InstancePaths(resolvePaths(), where.name);
  const id = shapeId(shape);
  const action: 'start' | 'upgrade' | 'mend' = !running ? 'start' : running.state === 'degraded' ? 'mend' : 'upgrade';
  const object = bundle
    ? `take the bundle's object (shape ${bundle.manifest.shape}${bundle.manifest.shape === id ? '' : `; refused, since ${id} is needed`})`
    : `compile shape ${id} with ${(await findClang()).version}, unless it is in the cache`;
  const kind =
    running?.attachKind ?? (config.attach === 'auto' ? 'tcx, or tc where the kernel lacks it' : config.attach);
  const steps = [
    ...(isBpffs(paths.base.bpffs) ? [] : [`mount a BPF file system on ${paths.base.bpffs}`]),
    object,
    running ? `keep the NAT table` : `make a NAT table for ${grouped(shape.natEntries)} flows`,
    `pin programs${running ? '' : ' and maps'} under ${paths.pins}`,
    ...(['ingress', 'egress'] as const).flatMap((hook) =>
      devices.map((d) => {
        const leaving = d.addresses.length ? `, pods leave with ${d.addresses.join(', ')}` : '';
        return `${running ? 'swap' : 'attach'} ${hook} on ${d.name} (ifindex ${d.ifindex}${leaving}) by ${kind}`;
      }),
    ),
    `write state to ${paths.stateDir}`,
  ];
  const output = {
    version: 1,
    dryRun: true,
    action,
    name: where.name,
    warnings: [...warnings],
    steps,
  } satisfies z.infer<typeof upOutput>;
  session.answer(upOutput, output, () =>
    [`would ${action} ${where.name}:`, ...steps.map((s) => `  ${s}`), ...warnings.map((w) => `warning: ${w}`)].join(
      '\n',
    ),
  );
  return ExitCode.done;
}

async function runningStatus(name: string): Promise<Status | undefined> {
  try {
    const snat = await Snat.open({ name });
    try {
      return snat.status();
    } finally {
      snat.close();
    }
  } catch (error) {
    if (error instanceof StateError && error.reason === 'not-running') return undefined;
    throw error;
  }
}
