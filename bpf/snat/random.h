// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Randomness, from here only, so that a test shape can put its own source in this header's place. */
#pragma once
#include "bpf.h"

static __always_inline __u32 snat_random(void)
{
	return bpf_get_prandom_u32();
}
