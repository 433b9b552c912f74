// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For kernels without BPF_F_IPV6: see v6-csum-flag.h. */
#pragma once
#define SNAT_V6_CSUM_FLAGS 0
