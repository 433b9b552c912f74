// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The port walk for kernels without bpf_loop (before 5.17): it gives up after SNAT_WALK_BOUND ports, so that an endpoint
 * may be called full while some are free. Only the look-ups are looped over, because the verifier follows every step.
 */
#pragma once
#include "ports.h"

#define SNAT_WALK_BOUND 256
#define SNAT_WALK_TRIES 4

/* How many steps on is the first port that looks free; SNAT_WALK_BOUND when none is. */
static __always_inline __u32 snat_v4_scan(struct snat_v4_search *s)
{
	struct snat_v4_tuple key = s->key;
	const struct snat_v4_mapping *taken;
	__u32 i;

	for (i = 0; i < SNAT_WALK_BOUND && i < s->span; i++) {
		key.local_port = bpf_htons(snat_port_at(s, i));
		taken = bpf_map_lookup_elem(&snat_v4_ingress, &key);
		if (!taken || snat_v4_expired(taken, key.protocol, s->now))
			return i;
	}
	return SNAT_WALK_BOUND;
}

static __always_inline void snat_v4_walk(struct snat_v4_search *s)
{
	for (int i = 0; i < SNAT_WALK_TRIES; i++) {
		__u32 step = snat_v4_scan(s);

		if (step >= SNAT_WALK_BOUND)
			return;
		snat_v4_try(s, snat_port_at(s, step));
		if (s->found != SNAT_FOUND_NOTHING)
			return;
		s->start = snat_port_at(s, step + 1) - snat_ports.min;
	}
}
