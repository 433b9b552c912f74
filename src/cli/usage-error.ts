// SPDX-License-Identifier: Apache-2.0
import { ExitCode, SnatError } from '../index.js';

/** The command line asks for something that makes no sense. */
export class UsageError extends SnatError {
  readonly exitCode = ExitCode.usage;
}
