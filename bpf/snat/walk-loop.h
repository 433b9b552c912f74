// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The complete port walk, by bpf_loop (kernel 5.17). */
#pragma once
#include "bpf.h"

struct snat_v4_search;
static long snat_v4_step(__u32 i, void *context);

static __always_inline void snat_walk(struct snat_v4_search *search, __u32 span)
{
	bpf_loop(span, snat_v4_step, search, 0);
}
