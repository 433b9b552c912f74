// SPDX-License-Identifier: Apache-2.0
/** Every shape loads on this kernel; how many instructions its verifier went through is in the test's name. */
import { join } from 'node:path';
import t from 'tap';
import { compileUnit } from '../../src/compile/compile.js';
import { emitUnit } from '../../src/emit/unit.js';
import { packageRoot } from '../../src/package.js';
import { kernelFeatures } from '../../src/runtime/features.js';
import { loadShape, SHAPES } from '../helpers/shapes.js';

const features = kernelFeatures();

for (const [name, make] of Object.entries(SHAPES))
  t.test(name, async (t) => {
    const made = make({ features });
    const { object } = await compileUnit(emitUnit(made.shape), { cache: join(packageRoot, 'dist', 'cache') });
    const loaded = await loadShape(made, object);
    const [egress, ingress] = ['egress', 'ingress'].map((d) => loaded.program(`snat_${d}`).info.verifiedInstructions);
    loaded.close();
    t.pass(`egress ${egress}, ingress ${ingress} instructions`);
  });
