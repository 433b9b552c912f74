#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { processContext } from './context.js';
import { run } from './program.js';

process.exitCode = await run(process.argv.slice(2), processContext());
