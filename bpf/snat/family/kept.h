// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flows known to be untranslated: opened from outside, or older than the program. A bounded LRU of its own, so that a
 * spoofed scan of the pod CIDR pushes out nothing but other such notes; a live flow's note comes back with the next
 * packet from outside.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SNAT_KEPT_ENTRIES);
	__type(key, struct F(tuple));
	__type(value, struct F(kept));
} F(kept) SEC(".maps");

static __always_inline void F(keep)(const struct F(tuple) * key, __u8 origin, __u8 state, __u64 now)
{
	struct F(kept) kept = { .last_seen = now, .origin = origin, .state = state };

	bpf_map_update_elem(&F(kept), key, &kept, BPF_ANY);
}

/* The note of a live flow, brought up to date; NULL when there is none or it has aged. */
static __always_inline struct F(kept) *
	F(kept_flow)(const struct F(tuple) * key, const struct F(packet) * p, enum snat_direction direction, __u64 now)
{
	struct F(kept) *kept = bpf_map_lookup_elem(&F(kept), key);

	if (!kept || snat_older_than(kept->last_seen, now, snat_timeout(key->protocol, kept->state)))
		return NULL;
	if (snat_older_than(kept->last_seen, now, SNAT_SECOND))
		kept->last_seen = now;
	if (p->t.tcp_flags & (TCP_FIN | TCP_RST))
		kept->state = SNAT_STATE_CLOSING;
	else if (direction == SNAT_EGRESS && kept->state == SNAT_STATE_OPENING)
		kept->state = SNAT_STATE_ESTABLISHED;
	return kept;
}

/* A pod's packet without a mapping: is it part of something that is to stay untranslated? */
static __always_inline enum snat_reason F(kept_reason)(const struct F(tuple) * key, const struct F(packet) * p)
{
	struct F(kept) * kept;
	__u64 now;

	if (snat_is_opening(p->t.tcp_flags) || p->t.protocol == F_ICMP)
		return SNAT_CONTINUE;
	now = snat_now();
	kept = F(kept_flow)(key, p, SNAT_EGRESS, now);
	if (kept)
		return kept->origin == SNAT_ORIGIN_ADOPTED ? SNAT_MID_STREAM : SNAT_REPLY;
	if (!snat_mid_stream_holds(&p->t, now) || snat_mid_stream == SNAT_MID_STREAM_TRANSLATE)
		return SNAT_CONTINUE;
	if (snat_mid_stream == SNAT_MID_STREAM_DROP)
		return SNAT_MID_STREAM_REFUSED;
	F(keep)(key, SNAT_ORIGIN_ADOPTED, SNAT_STATE_ESTABLISHED, now);
	return SNAT_MID_STREAM;
}

/* A packet from outside straight to a pod: remember the flow, so that the pod's replies stay as they are. */
static __always_inline enum snat_reason F(to_pod)(const struct F(packet) * p)
{
	struct F(tuple) key = F(inbound)(p);
	__u64 now = snat_now();
	bool opened;

	if (p->t.protocol == F_ICMP || p->t.portless || F(kept_flow)(&key, p, SNAT_INGRESS, now))
		return SNAT_TO_POD;
	opened = p->t.protocol == IPPROTO_UDP || p->t.fixed_port || snat_is_opening(p->t.tcp_flags);
	if (!opened && (snat_mid_stream != SNAT_MID_STREAM_ADOPT || !snat_mid_stream_holds(&p->t, now)))
		return SNAT_TO_POD;
	/*
	 * An answer that another of our hooks has translated on its way here (bridge and port) opens nothing: noted, its
	 * flow would leave with the pod's address once its mapping is gone.
	 */
	if (bpf_map_lookup_elem(&F(egress), &key))
		return SNAT_TO_POD;
	if (opened)
		F(keep)(&key, SNAT_ORIGIN_OUTSIDE, SNAT_STATE_OPENING, now);
	else
		F(keep)(&key, SNAT_ORIGIN_ADOPTED, SNAT_STATE_ESTABLISHED, now);
	return SNAT_TO_POD;
}
