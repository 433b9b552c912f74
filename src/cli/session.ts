// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod';
import type { Context, Sink } from './context.js';
import { paint, type Style } from './text.js';

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Back to the start of the line, and nothing on it: where `progress` wrote. */
const CLEAR_LINE = '\r\u001b[K';

/** One run of one command: where its words go, and in which form. */
export class Session {
  readonly json: boolean;
  /** For text on stdout. */
  readonly style: Style;
  readonly #notices: string[] = [];

  constructor(
    readonly context: Context,
    options: CommonOptions,
  ) {
    this.json = options.json === true;
    this.style = paint(coloured(context.stdout, context.env));
  }

  /** A line, or several, of the answer in text form. */
  print(text: string): void {
    this.context.stdout.write(`${text}\n`);
  }

  /** The answer: by its schema under `--json`, else as text. */
  answer<S extends z.ZodType>(_schema: S, value: z.input<S>, text: () => string): void {
    this.print(this.json ? JSON.stringify(value, null, 2) : text());
  }

  /** Something done beyond what was asked: told at once on stderr, and kept for the answer. */
  readonly notice = (message: string): void => {
    this.#notices.push(message);
    const { stderr } = this.context;
    stderr.write(`${stderr.isTTY ? CLEAR_LINE : ''}snatkit: ${message}\n`);
  };

  get notices(): string[] {
    return [...this.#notices];
  }

  /** Does something slow; a person at a terminal is told what it is while it lasts. */
  async progress<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { stderr } = this.context;
    if (!stderr.isTTY || this.json) return work();
    stderr.write(`${what} …`);
    try {
      return await work();
    } finally {
      stderr.write(CLEAR_LINE);
    }
  }
}

/** Colour only at a terminal that has some, and never against NO_COLOR (https://no-color.org). */
export const coloured = (sink: Sink, env: NodeJS.ProcessEnv): boolean =>
  sink.isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
