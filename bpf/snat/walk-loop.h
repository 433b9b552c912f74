// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The complete port walk, by bpf_loop (kernel 5.17). */
#pragma once
#include "ports.h"

static __always_inline __u16 snat_port_at(const struct snat_v4_search *s, __u32 step)
{
	__u32 offset = s->start + step;

	return snat_ports.min + (offset >= s->span ? offset - s->span : offset);
}

static long snat_v4_step(__u32 i, void *context)
{
	struct snat_v4_search *s = context;

	snat_v4_try(s, snat_port_at(s, i));
	return s->found != SNAT_FOUND_NOTHING;
}

static __always_inline void snat_v4_walk(struct snat_v4_search *s)
{
	s->start = ((__u64)snat_random() * s->span) >> 32;
	bpf_loop(s->span, snat_v4_step, s, 0);
}
