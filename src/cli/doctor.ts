// SPDX-License-Identifier: Apache-2.0
import { ExitCode } from '../index.js';
import type { Check } from './doctor/check.js';
import { checkKernelFeatures } from './doctor/kernel-features.js';
import { checkAddon, checkBpffs, checkCapabilities, checkClang, checkKernel } from './doctor/machine.js';
import { doctorOutput } from './output/doctor.js';
import { type Style, table } from './text.js';
import type { Verb } from './verb.js';

export const doctorVerb: Verb = {
  usage: 'doctor',
  summary: 'Check what snatkit needs on this machine: found, needed, how to get it; changes nothing',
  details: 'Works without root, and then says what it could not ask. Exits 3 when something essential is missing.',
  examples: [
    ['snatkit doctor', 'as root: everything is asked of the kernel itself'],
    ['snatkit doctor --json | jq -r ".checks[].fix // empty"', 'only what to do'],
  ],
  run: async (session) => {
    const { context } = session;
    const capabilities = context.capabilities();
    const addon = checkAddon();
    const checks: Check[] = [
      checkKernel(),
      checkBpffs(),
      checkCapabilities(capabilities),
      await checkClang(context.env),
      addon.check,
      ...(await checkKernelFeatures(addon.native, capabilities)),
    ];
    const ready = !checks.some((c) => c.essential && c.state === 'missing');
    session.answer(doctorOutput, { version: 1, state: ready ? 'ready' : 'not-ready', checks }, () =>
      [checksText(checks, session.style), '', ready ? 'ready' : 'not ready: something essential is missing'].join('\n'),
    );
    return ready ? ExitCode.done : ExitCode.unsupported;
  },
};

const MARKS = { ok: 'green', limited: 'yellow', unknown: 'yellow', missing: 'red' } as const;

export function checksText(checks: readonly Check[], style: Style): string {
  const rows = checks.map((c) => [style[MARKS[c.state]](c.state), c.name, c.found, `needed: ${c.needed}`]);
  const fixes = checks.flatMap((c) => (c.fix === undefined ? [] : [`${c.name}: ${c.fix}`]));
  return [table(rows), ...(fixes.length ? ['', ...fixes] : [])].join('\n');
}
