// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The complete port walk, by bpf_loop (kernel 5.17). */
#pragma once
#include "ports.h"

static long snat_v4_step(__u32 i, void *context)
{
	struct snat_v4_search *s = context;

	snat_v4_try(s, snat_port_at(s, i));
	return s->found != SNAT_FOUND_NOTHING;
}

static __always_inline void snat_v4_walk(struct snat_v4_search *s)
{
	bpf_loop(s->span, snat_v4_step, s, 0);
}
