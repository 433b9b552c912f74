// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import type { Context } from './context.js';
import { type CommonOptions, Session } from './session.js';

/** One command: everything about it in one value. */
export interface Verb<Options = object> {
  /** Name and arguments, as commander reads them: `up <config>`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More than that, for its own help. */
  readonly details?: string;
  /** Command line and what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  options?(command: Command): void;
  /** Resolves to the exit code; nothing means done. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most verbs end with nothing to say
  run(session: Session, options: Options & CommonOptions, ...args: string[]): Promise<number | void>;
}

/** Where the exit code of the command that ran is put. */
export interface Outcome {
  code: number;
}

export function addVerb<Options>(parent: Command, context: Context, outcome: Outcome, verb: Verb<Options>): void {
  const command = parent.command(verb.usage).summary(verb.summary);
  command.description(verb.details ? `${verb.summary}\n\n${verb.details}` : verb.summary);
  verb.options?.(command);
  command
    .option('--json', 'answer in JSON, errors too')
    .option('--verbose', 'on failure, print all there is (verifier log, stack)')
    .addHelpText('after', `\nExamples:\n${exampleLines(verb.examples)}`)
    .action(async (...received: unknown[]) => {
      // commander gives the arguments, then the options, then the command
      const args = received
        .slice(0, -2)
        .flat()
        .filter((arg): arg is string => typeof arg === 'string');
      const options = received.at(-2) as Options & CommonOptions;
      outcome.code = (await verb.run(new Session(context, options), options, ...args)) ?? 0;
    });
}

export function exampleLines(examples: Verb['examples']): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return examples.map(([line, does]) => `  ${line.padEnd(width)}  # ${does}`).join('\n');
}
