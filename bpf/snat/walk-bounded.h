// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A bounded port walk for kernels without bpf_loop (before 5.17): a full range may be reported full too early. */
#pragma once
#include "bpf.h"

#define SNAT_WALK_BOUND 256

struct snat_v4_search;
static long snat_v4_step(__u32 i, void *context);

static __always_inline void snat_walk(struct snat_v4_search *search, __u32 span)
{
	for (__u32 i = 0; i < SNAT_WALK_BOUND && i < span; i++)
		if (snat_v4_step(i, search))
			return;
}
