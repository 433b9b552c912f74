// SPDX-License-Identifier: Apache-2.0
import { listKernels } from '../vm/index.js';
import { resolvePaths } from './library.js';
import { vmListOutput } from './output/vm.js';
import { table } from './text.js';
import type { Verb } from './verb.js';

export const vmListVerb: Verb = {
  usage: 'list',
  summary: 'List the kernels that can be booted',
  details: 'A kernel is downloaded when it is first booted; remove its folder to get a newer build.',
  examples: [['snatkit vm list', 'names for --kernel, and which are downloaded']],
  run: async (session) => {
    const kernels = listKernels(resolvePaths().cache).map(({ kernel, cached }) => ({
      kernel: kernel.name,
      suite: kernel.suite,
      ...(cached ? { cached: { release: cached.release, version: cached.version, folder: cached.folder } } : {}),
    }));
    session.answer(vmListOutput, { version: 1, kernels }, () =>
      table([
        ['KERNEL', 'DEBIAN SUITE', 'DOWNLOADED'],
        ...kernels.map((k) => [k.kernel, k.suite, k.cached ? `${k.cached.release} in ${k.cached.folder}` : 'no']),
      ]),
    );
  },
};
