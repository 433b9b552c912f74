// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The port walk for kernels without bpf_loop (before 5.17): it gives up after SNAT_WALK_BOUND ports, so that an endpoint
 * may be called full while some are free.
 */

/*
 * Steps on from a place in the range to one whose port looks free; SNAT_WALK_NOTHING when it finds none. A global
 * function: the verifier looks at it once, by itself. Seen from its caller, each of the steps would be a state of its own
 * and multiply with all that follows ("BPF program is too large. Processed 1000001 insn" on 6.18; 5.10 took minutes to
 * say so).
 */
__noinline __u64 F(scan)(__u32 place)
{
	const __u32 span = snat_ports.max - snat_ports.min + 1;
	const __u32 zero = 0;
	struct F(search) *search = bpf_map_lookup_elem(&F(searching), &zero);
	struct F(tuple) key;
	const struct F(mapping) * taken;
	__u64 now = snat_now();

	if (!search)
		return SNAT_WALK_NOTHING;
	key = search->key;
	for (int i = 0; i < SNAT_WALK_BOUND; i++) {
		const __u16 port = snat_ports.min + ++place % span;

		key.local_port = bpf_htons(port);
		taken = bpf_map_lookup_elem(&F(ingress), &key);
		if (!port_is_reserved(port) && (!taken || F(expired)(taken, key.protocol, now)))
			return place;
	}
	return SNAT_WALK_NOTHING;
}

static __always_inline bool F(walk)(struct __sk_buff *skb, struct F(search) * s)
{
	__u64 place = snat_random();

	for (int i = 0; i < SNAT_WALK_TRIES && s->found == SNAT_FOUND_NOTHING; i++) {
		place = F(scan)(place);
		if (place == SNAT_WALK_NOTHING)
			break;
		F(try)(skb, s, snat_ports.min + (__u32)place % s->span);
	}
	return true;
}
