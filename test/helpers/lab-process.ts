// SPDX-License-Identifier: Apache-2.0
// node lab-process.js [keep]: replays the incident and prints what it does, then "done" or why it ended.
import { InterruptedError, runScenario } from '../../src/lab/index.js';

try {
  const result = await runScenario('mysql-incident', {
    keep: process.argv.includes('keep'),
    onProgress: (message) => console.log(message),
  });
  console.log(`done ${result.kept?.id ?? ''}`);
} catch (error) {
  console.log(`failed: ${(error as Error).message}`);
  process.exitCode = error instanceof InterruptedError ? error.exitCode : 1;
}
