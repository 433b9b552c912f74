// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tells bpf_l4_csum_replace that no header checksum makes up for a changed IPv6 address (kernel 6.16 and stable
 * backports): without it packets that came with CHECKSUM_COMPLETE are logged as "hw csum failure" and summed again.
 */
#pragma once
#define SNAT_V6_CSUM_FLAGS (1 << 7) /* BPF_F_IPV6 */
