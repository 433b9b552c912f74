// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod';
import { type Config, type Plan, plan, shapeId, stages } from '../index.js';
import { netnsPath, readInput } from './input.js';
import {
  formatCidr,
  formatDuration,
  formatPortRange,
  type KernelFeatures,
  native,
  type ResolvedDevice,
  resolveDevices,
} from './library.js';
import { featuresOf, type ShapeOptions, shapeOptions } from './options.js';
import { planOutput } from './output/plan.js';
import { requirePrivileges } from './privileges.js';
import type { Session } from './session.js';
import { grouped, plural, type Style, table } from './text.js';
import type { Verb } from './verb.js';

interface PlanCommandOptions extends ShapeOptions {
  readonly netns?: string;
}

type PlanOutput = z.infer<typeof planOutput>;

export const planVerb: Verb<PlanCommandOptions> = {
  usage: 'plan <config>',
  summary: 'Show what a configuration leads to; needs neither root nor clang',
  details: 'Stages in the order in which a packet meets them, CIDR sets, knobs and warnings.',
  examples: [
    ['snatkit plan snat.yaml', 'what would be built'],
    ['snatkit plan snat.yaml --json | jq .warnings', 'only the warnings'],
    ['snatkit plan snat.yaml --netns blue', 'with the devices of that namespace'],
    ['snatkit plan - < snat.yaml', 'from stdin'],
  ],
  options: (command) =>
    shapeOptions(command).option('--netns <name|path>', 'look the devices up in this network namespace (needs root)'),
  run: async (session, options, path) => {
    const { config } = readInput(session.context, path as string);
    const devices = options.netns === undefined ? undefined : lookUp(session, config, netnsPath(options.netns));
    const features = featuresOf(options);
    const deviceCount = options.devices ?? devices?.length ?? config.devices.length;
    const output = describePlan(plan(config, { features, deviceCount }), features, devices);
    session.answer(planOutput, output, () => planText(output, session.style));
  },
};

function lookUp(session: Session, config: Config, netns: string): ResolvedDevice[] {
  requirePrivileges(session.context, 'looking into another network namespace', netns);
  return resolveDevices(config, native().interfaces({ netns }));
}

function describePlan(made: Plan, features: KernelFeatures, devices: ResolvedDevice[] | undefined): PlanOutput {
  const { shape, knobs } = made;
  return {
    version: 1,
    shape: {
      ...shape,
      id: shapeId(shape),
      stages: stages(shape),
      families: shape.families.map((f) => ({
        family: f.family,
        pods: f.pods.map(formatCidr),
        exclusions: f.exclusions.map((e) => ({ reason: e.reason, cidrs: e.cidrs.map(formatCidr) })),
      })),
      reservedPorts: shape.reservedPorts.map(formatPortRange),
    },
    knobs: {
      portRange: formatPortRange(knobs.portRange),
      midStream: knobs.midStream,
      timeouts: Object.fromEntries(Object.entries(knobs.timeouts).map(([name, ms]) => [name, formatDuration(ms)])),
    },
    attach: made.attach,
    devices: [...made.devices],
    ...(devices
      ? { resolvedDevices: devices.map(({ addresses, ...d }) => ({ ...d, addresses: [...addresses] })) }
      : {}),
    features: { ...features },
    warnings: [...made.warnings],
    fallbacks: [...made.fallbacks],
  };
}

function planText(output: PlanOutput, style: Style): string {
  const { shape, knobs } = output;
  const list = (cidrs: readonly string[]) => cidrs.join(', ') || 'none';
  const devices = output.resolvedDevices?.map(
    (d) => `${[`${d.name} (ifindex ${d.ifindex}`, ...d.addresses].join(', ')})`,
  );
  const rows = [
    ['egress', shape.stages.egress.join(' → ')],
    ['ingress', shape.stages.ingress.join(' → ')],
    ['pods', list(shape.families.flatMap((f) => f.pods))],
    ...shape.families.flatMap((f) => f.exclusions.map((e) => [e.reason, list(e.cidrs)])),
    ['other L4', shape.otherProtocols],
    ['devices', `${(devices ?? output.devices).join(', ')}, ${plural(shape.devices, 'slot')}, attach ${output.attach}`],
    ['ports', `${knobs.portRange}${shape.reservedPorts.length ? ` without ${list(shape.reservedPorts)}` : ''}`],
    ['port search', shape.walk],
    ['table', `${grouped(shape.natEntries)} flows`],
    ['mid-stream', knobs.midStream],
    [
      'timeouts',
      Object.entries(knobs.timeouts)
        .map(([name, time]) => `${name} ${time}`)
        .join(', '),
    ],
  ];
  return [
    style.bold(`shape ${shape.id}`),
    table(rows, '  '),
    ...output.warnings.map((w) => `${style.yellow('warning:')} ${w}`),
    ...output.fallbacks.map((f) => `${style.yellow('fallback:')} ${f}`),
  ].join('\n');
}
