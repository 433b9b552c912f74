// SPDX-License-Identifier: Apache-2.0
export { type CatalogueKernel, KERNELS } from './catalogue.js';
export { type CachedKernel, listKernels } from './kernel.js';
export { runInVm, type VmOptions, type VmResult } from './run.js';
