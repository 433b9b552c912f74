// SPDX-License-Identifier: Apache-2.0
/** What the command line needs beyond the public interface; no other file here reaches past `index.ts`. */
export { type Clang, findClang, OLDEST_CLANG } from '../compile/clang.js';
export { type LabDirectory, listLabs } from '../lab/registry.js';
export { native } from '../native/index.js';
export type { Native } from '../native/types.js';
export { compareAddresses, parseAddress } from '../net/address.js';
export { formatCidr } from '../net/cidr.js';
export { formatDuration, parseDuration } from '../net/duration.js';
export { formatPortRange } from '../net/ports.js';
export { packageRoot, packageVersion } from '../package.js';
export { type KernelFeatures, NEWEST_FEATURES } from '../plan/plan.js';
export { Hooks } from '../runtime/attach.js';
export { type ResolvedDevice, resolveDevices } from '../runtime/devices.js';
export { kernelFeatures } from '../runtime/features.js';
export { checkInstanceName, InstancePaths, resolvePaths } from '../runtime/paths.js';
