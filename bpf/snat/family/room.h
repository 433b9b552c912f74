// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Room for new flows, made by the flows themselves: every new one looks at a few slots of a ring of keys, takes a free one
 * and clears away what has expired on the way. No sweeper is needed, and a flow that is alive is never touched.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SNAT_RING_SLOTS);
	__type(key, __u32);
	__type(value, struct F(tuple)); /* of the ingress half; protocol 0 is a free slot */
} F(ring) SEC(".maps");

/*
 * The index of a free slot, or SNAT_RING_SLOTS when none was met. With all it reclaims over the whole stretch. A global
 * function, so that the verifier looks at the loop once, by itself: seen from its callers it took a million instructions.
 */
__noinline __u32 F(make_room)(__u64 now, bool all)
{
	__u32 start = snat_random();
	__u32 free = SNAT_RING_SLOTS;
	struct F(mapping) * m;
	struct F(tuple) * slot, key;

	for (__u32 i = 0; i < SNAT_RING_LOOKS; i++) {
		__u32 index = (start + i) % SNAT_RING_SLOTS;

		slot = bpf_map_lookup_elem(&F(ring), &index);
		if (!slot)
			break;
		key = *slot;
		if (key.protocol) {
			m = bpf_map_lookup_elem(&F(ingress), &key);
			if (m && !F(reclaim)(&key, m, now))
				continue;
			slot->protocol = 0;
		}
		free = index;
		if (!all)
			break;
	}
	return free;
}

static __always_inline void F(take_slot)(__u32 index, const struct F(tuple) * key)
{
	struct F(tuple) *slot = bpf_map_lookup_elem(&F(ring), &index);

	if (slot)
		*slot = *key;
}
