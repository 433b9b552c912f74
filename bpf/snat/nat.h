// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The NAT table: a pair of halves a flow. The egress half turns inside into outside, the ingress half back. Each half's
 * value names the other half's local side, so either finds (and can rebuild) the other.
 *
 * Preallocated hashes, never LRU: under a flood an LRU evicts the reverse half of flows that are live on egress only.
 */
#pragma once
#include "clock.h"
#include "devices.h"
#include "packet.h"

SNAT_KNOB(__u64, snat_timeout_tcp_established, "nanoseconds without a packet (RFC 5382 REQ-5)") = 7440 * SNAT_SECOND;
SNAT_KNOB(__u64, snat_timeout_tcp_transitory, "nanoseconds without a packet (RFC 5382 REQ-5)") = 240 * SNAT_SECOND;
SNAT_KNOB(__u64, snat_timeout_udp, "nanoseconds without a packet (RFC 4787 REQ-5)") = 300 * SNAT_SECOND;
SNAT_KNOB(__u64, snat_timeout_icmp, "nanoseconds without a packet (RFC 5508 REQ-1)") = 60 * SNAT_SECOND;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SNAT_NAT_ENTRIES);
	__type(key, struct snat_v4_tuple);
	__type(value, struct snat_v4_mapping);
} snat_v4_egress SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SNAT_NAT_ENTRIES);
	__type(key, struct snat_v4_tuple);
	__type(value, struct snat_v4_mapping);
} snat_v4_ingress SEC(".maps");

static __always_inline void *snat_v4_half(enum snat_direction direction)
{
	return direction == SNAT_EGRESS ? (void *)&snat_v4_egress : (void *)&snat_v4_ingress;
}

static __always_inline enum snat_direction snat_opposite(enum snat_direction direction)
{
	return direction == SNAT_EGRESS ? SNAT_INGRESS : SNAT_EGRESS;
}

static __always_inline __u64 snat_timeout(__u8 protocol, __u8 state)
{
	if (protocol == IPPROTO_TCP)
		return state == SNAT_STATE_ESTABLISHED ? snat_timeout_tcp_established : snat_timeout_tcp_transitory;
	return protocol == IPPROTO_UDP ? snat_timeout_udp : snat_timeout_icmp;
}

/* Signed, because another CPU's stamp may be a little ahead of now. */
static __always_inline bool snat_older_than(__u64 seen, __u64 now, __u64 age)
{
	return (__s64)(now - seen) > (__s64)age;
}

static __always_inline bool snat_v4_expired(const struct snat_v4_mapping *m, __u8 protocol, __u64 now)
{
	return snat_older_than(m->last_seen, now, snat_timeout(protocol, m->state));
}

static __always_inline struct snat_v4_tuple snat_v4_partner_key(const struct snat_v4_tuple *key,
								 __be32 address, __be16 port)
{
	struct snat_v4_tuple partner = *key;

	partner.local = address;
	partner.local_port = port;
	return partner;
}

static __always_inline bool snat_v4_names(const struct snat_v4_mapping *m, const struct snat_v4_tuple *key)
{
	return m->address == key->local && m->port == key->local_port;
}

/*
 * The TCP life of a flow as far as its timeouts need it (RFC 5382 section 5); for UDP and ICMP only whether it was ever
 * answered. Called with the entry's lock held.
 */
static __always_inline void snat_v4_advance(struct snat_v4_mapping *m, __u8 tcp_flags, enum snat_direction direction)
{
	const __u8 fins = SNAT_FLAG_FIN_INSIDE | SNAT_FLAG_FIN_OUTSIDE;

	if (tcp_flags & TCP_RST) {
		m->state = SNAT_STATE_CLOSING;
		return;
	}
	if (m->state == SNAT_STATE_CLOSING && direction == SNAT_EGRESS && (tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
		m->flags &= ~fins; /* the inside opens the same connection again */
		m->state = SNAT_STATE_OPENING;
		return;
	}
	if (tcp_flags & TCP_FIN)
		m->flags |= direction == SNAT_EGRESS ? SNAT_FLAG_FIN_INSIDE : SNAT_FLAG_FIN_OUTSIDE;
	if ((m->flags & fins) == fins)
		m->state = SNAT_STATE_CLOSING;
	else if (m->state == SNAT_STATE_CLOSING || direction == SNAT_INGRESS)
		m->state = SNAT_STATE_ESTABLISHED; /* an answer; or traffic after a reset, which was then forged */
}

/* Whether a packet of an existing flow needs more than the address: a change of state, or the once-a-second check. */
static __always_inline bool snat_v4_needs_care(const struct snat_v4_mapping *m, __u8 tcp_flags,
					       enum snat_direction direction, __u64 now)
{
	return (tcp_flags & (TCP_FIN | TCP_SYN | TCP_RST)) || snat_older_than(m->last_seen, now, SNAT_SECOND) ||
	       (m->state != SNAT_STATE_ESTABLISHED && direction == SNAT_INGRESS);
}

/*
 * Brings an entry and its partner up to date. A missing partner is rebuilt. False when the entry translates no longer:
 * it is being reclaimed, its partner now belongs to another flow, or its address is not ours any more.
 */
static __always_inline bool snat_v4_care(const struct snat_v4_tuple *key, struct snat_v4_mapping *m, __u8 tcp_flags,
					 enum snat_direction direction, __u64 now)
{
	struct snat_v4_mapping fresh = {};
	struct snat_v4_mapping *partner;
	struct snat_v4_tuple partner_key;
	bool claimed;

	bpf_spin_lock(&m->lock);
	claimed = m->flags & SNAT_FLAG_CLAIMED;
	if (!claimed) {
		snat_v4_advance(m, tcp_flags, direction);
		m->last_seen = now;
	}
	fresh.state = m->state;
	fresh.flags = m->flags;
	partner_key.local = m->address;
	partner_key.local_port = m->port;
	bpf_spin_unlock(&m->lock);
	if (claimed)
		return false;

	partner_key = snat_v4_partner_key(key, partner_key.local, partner_key.local_port);
	if (!snat_is_masquerade_address(direction == SNAT_EGRESS ? partner_key.local : key->local)) {
		bpf_map_delete_elem(snat_v4_half(direction), key);
		bpf_map_delete_elem(snat_v4_half(snat_opposite(direction)), &partner_key);
		return false;
	}
	fresh.address = key->local;
	fresh.port = key->local_port;
	fresh.created_s = m->created_s;
	fresh.last_seen = now;
	partner = bpf_map_lookup_elem(snat_v4_half(snat_opposite(direction)), &partner_key);
	if (!partner) {
		bpf_map_update_elem(snat_v4_half(snat_opposite(direction)), &partner_key, &fresh, BPF_NOEXIST);
		partner = bpf_map_lookup_elem(snat_v4_half(snat_opposite(direction)), &partner_key);
		if (!partner)
			return true; /* no room to rebuild it now; the next check tries again */
	}
	if (!snat_v4_names(partner, key)) {
		bpf_map_delete_elem(snat_v4_half(direction), key);
		return false;
	}
	bpf_spin_lock(&partner->lock);
	partner->state = fresh.state;
	partner->flags = fresh.flags;
	partner->last_seen = now;
	bpf_spin_unlock(&partner->lock);
	return true;
}

/* Out of line, once a direction: the hot path stays short, and each call knows its maps. */
static __noinline bool snat_v4_care_egress(const struct snat_v4_tuple *key, struct snat_v4_mapping *m, __u8 tcp_flags,
					   __u64 now)
{
	return snat_v4_care(key, m, tcp_flags, SNAT_EGRESS, now);
}

static __noinline bool snat_v4_care_ingress(const struct snat_v4_tuple *key, struct snat_v4_mapping *m,
					    __u8 tcp_flags, __u64 now)
{
	return snat_v4_care(key, m, tcp_flags, SNAT_INGRESS, now);
}

/*
 * Takes an expired pair out of the table, starting from its ingress half. Only the CPU that sets the claim may delete,
 * else two that saw the same expired entry would delete each other's new one. False: not expired after all, or somebody
 * else's to take.
 */
static __always_inline bool snat_v4_reclaim(const struct snat_v4_tuple *key, struct snat_v4_mapping *m, __u64 now)
{
	struct snat_v4_tuple partner_key;
	struct snat_v4_mapping *partner;
	__u64 seen = m->last_seen;
	bool won;

	if (!snat_v4_expired(m, key->protocol, now))
		return false;
	partner_key = snat_v4_partner_key(key, m->address, m->port);
	partner = bpf_map_lookup_elem(&snat_v4_egress, &partner_key);
	if (partner && !snat_v4_names(partner, key))
		partner = NULL;
	if (partner && !snat_v4_expired(partner, key->protocol, now)) {
		m->last_seen = partner->last_seen;
		return false;
	}
	bpf_spin_lock(&m->lock);
	won = m->last_seen == seen && !(m->flags & SNAT_FLAG_CLAIMED);
	if (won)
		m->flags |= SNAT_FLAG_CLAIMED;
	bpf_spin_unlock(&m->lock);
	if (!won)
		return false;
	if (partner) {
		bpf_spin_lock(&partner->lock);
		partner->flags |= SNAT_FLAG_CLAIMED;
		bpf_spin_unlock(&partner->lock);
		bpf_map_delete_elem(&snat_v4_egress, &partner_key);
	}
	bpf_map_delete_elem(&snat_v4_ingress, key);
	return true;
}
