#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Plays the oracle's flows through this kernel's own nftables masquerade and writes what came out.
import { writeFileSync } from 'node:fs';
import { Oracle } from '../dist/test/helpers/oracle.js';
import { flowsOf } from '../dist/test/helpers/oracle-flows.js';

const oracle = await Oracle.make();
try {
  await oracle.masquerade();
  for (const family of [4, 6]) {
    const file = new URL(`../test/fixtures/oracle/ipv${family}.json`, import.meta.url);
    const recording = await oracle.play(flowsOf(family));
    writeFileSync(file, `${JSON.stringify(recording, null, 1)}\n`);
    console.error(`ipv${family}: ${Object.keys(recording).length} flows`);
  }
} finally {
  await oracle.destroy();
}
