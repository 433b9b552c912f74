// SPDX-License-Identifier: Apache-2.0
// Writes what is generated and committed: the shared structs' header and the default unit.
import { writeFileSync } from 'node:fs';
import { abiHeader } from '../dist/src/abi/header.js';
import { parseConfig } from '../dist/src/config/parse.js';
import { emitUnit } from '../dist/src/emit/unit.js';
import { plan } from '../dist/src/plan/plan.js';

const write = (path, text) => writeFileSync(new URL(`../${path}`, import.meta.url), text);
write('bpf/snat/abi.h', abiHeader());
const config = parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], nativeRoutingCIDRs: ['10.20.0.0/16'] });
write('bpf/unit/default.c', emitUnit(plan(config).shape));
