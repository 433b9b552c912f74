// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The port walk for kernels without bpf_loop (before 5.17): it gives up after SNAT_WALK_BOUND ports, so that an endpoint
 * may be called full while some are free. Only the look-ups are looped over, because the verifier follows every step.
 */
#pragma once
#include "ports.h"

#define SNAT_WALK_BOUND 256
#define SNAT_WALK_TRIES 4
#define SNAT_WALK_NOTHING (1ULL << 32)

/*
 * Steps on from a place in the range to one whose port looks free; SNAT_WALK_NOTHING when it finds none. A global
 * function, and so only of scalars: the verifier looks at it once, by itself. Seen from its caller, each of the steps
 * would be a state of its own and multiply with all that follows ("BPF program is too large. Processed 1000001 insn"
 * on 6.18; 5.10 took minutes to say so).
 */
__noinline __u64 snat_v4_scan(__be32 remote, __be32 local, __u32 remote_port, __u32 protocol, __u32 place)
{
	const __u32 span = snat_ports.max - snat_ports.min + 1;
	struct snat_v4_tuple key = {};
	const struct snat_v4_mapping *taken;
	__u64 now = snat_now();

	key.remote = remote;
	key.local = local;
	key.remote_port = remote_port;
	key.protocol = protocol;
	for (int i = 0; i < SNAT_WALK_BOUND; i++) {
		const __u16 port = snat_ports.min + ++place % span;

		key.local_port = bpf_htons(port);
		taken = bpf_map_lookup_elem(&snat_v4_ingress, &key);
		if (!port_is_reserved(port) && (!taken || snat_v4_expired(taken, key.protocol, now)))
			return place;
	}
	return SNAT_WALK_NOTHING;
}

static __always_inline void snat_v4_walk(struct snat_v4_search *s)
{
	__u64 place = snat_random();

	for (int i = 0; i < SNAT_WALK_TRIES && s->found == SNAT_FOUND_NOTHING; i++) {
		place = snat_v4_scan(s->key.remote, s->key.local, s->key.remote_port, s->key.protocol, place);
		if (place == SNAT_WALK_NOTHING)
			return;
		snat_v4_try(s, snat_ports.min + (__u32)place % s->span);
	}
}
