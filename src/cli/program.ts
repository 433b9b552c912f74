// SPDX-License-Identifier: Apache-2.0
import { Command, CommanderError } from 'commander';
import { ExitCode } from '../index.js';
import { buildVerb } from './build.js';
import type { Context } from './context.js';
import { doctorVerb } from './doctor.js';
import { downVerb } from './down.js';
import { labCleanVerb } from './lab-clean.js';
import { labListVerb } from './lab-list.js';
import { labRunVerb } from './lab-run.js';
import { packageVersion } from './library.js';
import { natFlushVerb } from './nat-flush.js';
import { natListVerb } from './nat-list.js';
import { planVerb } from './plan.js';
import { report } from './report.js';
import { sourceVerb } from './source.js';
import { statusVerb } from './status.js';
import { upVerb } from './up.js';
import { UsageError } from './usage-error.js';
import { addVerb, exampleLines, type Outcome, type Verb } from './verb.js';
import { vmListVerb } from './vm-list.js';
import { vmRunVerb } from './vm-run.js';

const VERBS: readonly Verb<never>[] = [upVerb, downVerb, statusVerb, planVerb, sourceVerb, buildVerb, doctorVerb];
const GROUPS: readonly { name: string; summary: string; verbs: readonly Verb<never>[] }[] = [
  { name: 'nat', summary: 'Look at the NAT table, or empty it', verbs: [natListVerb, natFlushVerb] },
  {
    name: 'lab',
    summary: 'Play scenarios in network namespaces',
    verbs: [labRunVerb, labListVerb, labCleanVerb],
  },
  { name: 'vm', summary: 'Try other kernels', verbs: [vmRunVerb, vmListVerb] },
];

/** Runs one command line (without `node` and the script); returns the exit code and never throws. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  const outcome: Outcome = { code: ExitCode.done };
  try {
    await program(context, outcome).parseAsync([...argv], { from: 'user' });
    return outcome.code;
  } catch (error) {
    const given = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
    const options = { json: given.includes('--json'), verbose: given.includes('--verbose') };
    if (!(error instanceof CommanderError)) return report(context, options, error);
    if (error.exitCode === 0) return ExitCode.done;
    // help in place of an answer was printed already; everything else commander complains about is the user's
    if (error.code === 'commander.help') return ExitCode.usage;
    return report(context, options, new UsageError(error.message.replace(/^error: /, '')));
  }
}

function program(context: Context, outcome: Outcome): Command {
  const root = new Command('snatkit')
    .description('Source NAT for pods by generated eBPF programs: start it, look at it, test it.')
    .version(packageVersion, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: () => {}, // report() tells of it
      getOutHelpWidth: () => 120,
      getErrHelpWidth: () => 120,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const verb of VERBS) addVerb(root, context, outcome, verb);
  for (const group of GROUPS) {
    const command = root.command(group.name).summary(group.summary).description(group.summary);
    for (const verb of group.verbs) addVerb(command, context, outcome, verb);
    command.addHelpText('after', `\nExamples:\n${exampleLines(examplesOf(group.verbs))}`);
  }
  return root.addHelpText('after', epilogue());
}

const examplesOf = (verbs: readonly Verb<never>[]) => verbs.flatMap((verb) => verb.examples.slice(0, 1));

const epilogue = () => `
Examples:
${exampleLines([...examplesOf(VERBS), ...GROUPS.flatMap((group) => examplesOf(group.verbs))])}

Every command takes --json; its answer follows the schema of that name in schema/cli. A failure is then one object on
stdout too: { "error": { "name", "message", "exitCode", … } }. Every command that writes takes --dry-run.

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 privilege or kernel feature missing, 4 not running,
5 running but degraded; 128 + n when signal n ended it.

Environment: SNATKIT_BPFFS, SNATKIT_STATE, SNATKIT_RUN and SNATKIT_CACHE move what lies in /sys/fs/bpf,
/var/lib/snatkit, /run/snatkit and /var/cache/snatkit; SNATKIT_CLANG names the compiler; NO_COLOR switches colour off.`;
