// SPDX-License-Identifier: Apache-2.0
import { native } from '../native/index.js';
import type { KernelFeatures } from '../plan/plan.js';

const BPF_LOOP = 181;

/** What the running kernel can do, asked of the kernel itself. */
export function kernelFeatures(): KernelFeatures {
  return { bpfLoop: native().hasHelper(BPF_LOOP), csumIpv6: native().hasEnumerator('BPF_F_IPV6') };
}
