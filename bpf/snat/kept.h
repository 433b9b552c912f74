// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flows known to be untranslated: opened from outside, or older than the program. A bounded LRU of its own, so that a
 * spoofed scan of the pod CIDR pushes out nothing but other such notes; a live flow's note comes back with the next
 * packet from outside.
 */
#pragma once
#include "nat.h"

SNAT_KNOB(__u8, snat_mid_stream, "connections older than the program: 0 adopt, 1 translate, 2 drop") = 0;
SNAT_KNOB(__u64, snat_mid_stream_until, "monotonic nanoseconds up to which snat_mid_stream holds") = 0;

enum {
	SNAT_MID_STREAM_ADOPT,
	SNAT_MID_STREAM_TRANSLATE,
	SNAT_MID_STREAM_DROP,
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SNAT_KEPT_ENTRIES);
	__type(key, struct snat_v4_tuple);
	__type(value, struct snat_v4_kept);
} snat_v4_kept SEC(".maps");

static __always_inline bool snat_is_opening(const struct snat_packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static __always_inline bool snat_mid_stream_holds(const struct snat_packet *p, __u64 now)
{
	return p->protocol == IPPROTO_TCP && !(p->tcp_flags & (TCP_SYN | TCP_RST)) && now < snat_mid_stream_until;
}

static __always_inline void snat_v4_keep(const struct snat_v4_tuple *key, __u8 origin, __u8 state, __u64 now)
{
	struct snat_v4_kept kept = { .last_seen = now, .origin = origin, .state = state };

	bpf_map_update_elem(&snat_v4_kept, key, &kept, BPF_ANY);
}

/* The note of a live flow, brought up to date; NULL when there is none or it has aged. */
static __always_inline struct snat_v4_kept *snat_v4_kept_flow(const struct snat_v4_tuple *key,
							      const struct snat_packet *p,
							      enum snat_direction direction, __u64 now)
{
	struct snat_v4_kept *kept = bpf_map_lookup_elem(&snat_v4_kept, key);

	if (!kept || snat_older_than(kept->last_seen, now, snat_timeout(key->protocol, kept->state)))
		return NULL;
	if (snat_older_than(kept->last_seen, now, SNAT_SECOND))
		kept->last_seen = now;
	if (p->tcp_flags & (TCP_FIN | TCP_RST))
		kept->state = SNAT_STATE_CLOSING;
	else if (direction == SNAT_EGRESS && kept->state == SNAT_STATE_OPENING)
		kept->state = SNAT_STATE_ESTABLISHED;
	return kept;
}

/* A pod's packet without a mapping: is it part of something that is to stay untranslated? */
static __always_inline enum snat_reason snat_v4_kept_reason(const struct snat_v4_tuple *key, const struct snat_packet *p,
							    __u64 now)
{
	struct snat_v4_kept *kept;

	if (snat_is_opening(p) || p->protocol == IPPROTO_ICMP)
		return SNAT_CONTINUE;
	kept = snat_v4_kept_flow(key, p, SNAT_EGRESS, now);
	if (kept)
		return kept->origin == SNAT_ORIGIN_ADOPTED ? SNAT_MID_STREAM : SNAT_REPLY;
	if (!snat_mid_stream_holds(p, now) || snat_mid_stream == SNAT_MID_STREAM_TRANSLATE)
		return SNAT_CONTINUE;
	if (snat_mid_stream == SNAT_MID_STREAM_DROP)
		return SNAT_MID_STREAM_REFUSED;
	snat_v4_keep(key, SNAT_ORIGIN_ADOPTED, SNAT_STATE_ESTABLISHED, now);
	return SNAT_MID_STREAM;
}

/* A packet from outside straight to a pod: remember the flow, so that the pod's replies stay as they are. */
static __always_inline enum snat_reason snat_v4_to_pod(const struct snat_packet *p)
{
	struct snat_v4_tuple key = snat_v4_inbound(p);
	__u64 now = snat_now();

	if (p->protocol == IPPROTO_ICMP || snat_v4_kept_flow(&key, p, SNAT_INGRESS, now))
		return SNAT_TO_POD;
	if (p->protocol == IPPROTO_UDP || snat_is_opening(p))
		snat_v4_keep(&key, SNAT_ORIGIN_OUTSIDE, SNAT_STATE_OPENING, now);
	else if (snat_mid_stream == SNAT_MID_STREAM_ADOPT && snat_mid_stream_holds(p, now))
		snat_v4_keep(&key, SNAT_ORIGIN_ADOPTED, SNAT_STATE_ESTABLISHED, now);
	return SNAT_TO_POD;
}
