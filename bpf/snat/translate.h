// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The last stage of each direction: find or make the mapping, rewrite the packet. */
#pragma once
#include "kept.h"
#include "ports.h"
#include "rewrite.h"

/* Finds the mapping of a live flow. False when there is none, or it no longer translates. */
static __always_inline bool snat_v4_find(const struct snat_v4_tuple *key, const struct snat_packet *p,
					 enum snat_direction direction, __u64 now, __be32 *address, __be16 *port)
{
	struct snat_v4_mapping *m = direction == SNAT_EGRESS ? bpf_map_lookup_elem(&snat_v4_egress, key)
							     : bpf_map_lookup_elem(&snat_v4_ingress, key);

	if (!m)
		return false;
	*address = m->address;
	*port = m->port;
	if (likely(!snat_v4_needs_care(m, p->tcp_flags, direction, now)))
		return true;
	return direction == SNAT_EGRESS ? snat_v4_care_egress(key, m, p->tcp_flags, now)
					: snat_v4_care_ingress(key, m, p->tcp_flags, now);
}

/*
 * Makes the pair for a new flow, ingress half first: from then on the port is reserved, and an answer finds its way.
 * outside: the address to take; result: address and port that the flow got.
 */
static __noinline int snat_v4_create(struct __sk_buff *skb, const struct snat_v4_tuple *key, __be32 outside,
				     __u8 flags, struct snat_v4_mapping *result)
{
	struct snat_v4_search search = {};
	struct snat_v4_mapping *existing;
	long error;

	search.skb = skb;
	search.now = snat_now();
	search.own = flags & SNAT_FLAG_NODE ? bpf_ntohs(key->local_port) : 0;
	search.key = *key;
	search.key.local = outside;
	search.value.address = key->local;
	search.value.port = key->local_port;
	search.value.flags = flags;
	search.value.created_s = search.now / SNAT_SECOND;
	search.value.last_seen = search.now;
	snat_v4_reserve(&search, bpf_ntohs(key->local_port));
	if (search.found == SNAT_FOUND_NOTHING)
		return SNAT_NO_PORT;
	if (search.found == SNAT_FOUND_TABLE_FULL)
		return SNAT_TABLE_FULL;

	*result = search.value;
	result->address = outside;
	result->port = search.key.local_port;
	error = bpf_map_update_elem(&snat_v4_egress, key, result, BPF_NOEXIST);
	if (!error)
		return SNAT_CONTINUE;
	existing = bpf_map_lookup_elem(&snat_v4_egress, key);
	if (existing && existing->address == result->address && existing->port == result->port)
		return SNAT_CONTINUE;
	bpf_map_delete_elem(&snat_v4_ingress, &search.key);
	if (!existing || existing->flags & SNAT_FLAG_CLAIMED)
		return SNAT_TABLE_FULL;
	result->address = existing->address; /* another CPU made the same flow's pair meanwhile */
	result->port = existing->port;
	return SNAT_CONTINUE;
}

/* A pod's packet that no earlier stage decided. */
static __always_inline enum snat_reason snat_v4_translate(struct __sk_buff *skb, const struct snat_packet *p)
{
	struct snat_v4_tuple key = snat_v4_outbound(p);
	struct snat_v4_mapping made;
	__u64 now = snat_now();
	__be32 address;
	__be16 port;

	if (likely(snat_v4_find(&key, p, SNAT_EGRESS, now, &address, &port))) {
		SNAT_STAGE(snat_v4_rewrite(skb, p, SNAT_EGRESS, address, port));
		return SNAT_ESTABLISHED;
	}
	if (p->protocol == IPPROTO_ICMP && !p->sport)
		return SNAT_REPLY; /* an echo reply answers a ping to the pod's own address */
	SNAT_STAGE(snat_v4_kept_reason(&key, p, now));
	address = snat_device_address(skb->ifindex);
	if (!address)
		return SNAT_NO_ADDRESS;
	SNAT_STAGE(snat_v4_create(skb, &key, address, 0, &made));
	SNAT_STAGE(snat_v4_rewrite(skb, p, SNAT_EGRESS, made.address, made.port));
	return SNAT_NEW;
}

/*
 * The node's own packet from a masquerade address. Its port is entered in the table, so that no pod gets it; when a pod
 * has it already, the node's flow is the one that moves. Only what opens a flow is entered: the port of a connection
 * that is older has a socket, and allocation asks for that.
 */
static __always_inline enum snat_reason snat_v4_node(struct __sk_buff *skb, struct snat_packet *p)
{
	struct snat_v4_tuple key;
	struct snat_v4_mapping made;
	enum snat_reason reason;
	__be32 address;
	__be16 port;

	if (snat_v4_parse_ports(skb, p) != SNAT_CONTINUE || !snat_in_range(bpf_ntohs(p->sport)))
		return SNAT_NODE;
	key = snat_v4_outbound(p);
	if (snat_v4_find(&key, p, SNAT_EGRESS, snat_now(), &address, &port)) {
		reason = SNAT_ESTABLISHED;
	} else {
		if (p->protocol == IPPROTO_TCP && !snat_is_opening(p))
			return SNAT_NODE;
		reason = snat_v4_create(skb, &key, p->saddr, SNAT_FLAG_NODE, &made);
		if (reason == SNAT_TABLE_FULL)
			return SNAT_NODE;
		if (reason != SNAT_CONTINUE)
			return reason;
		reason = SNAT_NEW;
		address = made.address;
		port = made.port;
	}
	if (address == p->saddr && port == p->sport)
		return SNAT_NODE;
	SNAT_STAGE(snat_v4_rewrite(skb, p, SNAT_EGRESS, address, port));
	return reason;
}

/* A packet to a masquerade address: an answer to something that was translated, or the node's own. */
static __always_inline enum snat_reason snat_v4_reverse(struct __sk_buff *skb, const struct snat_packet *p)
{
	struct snat_v4_tuple key = snat_v4_inbound(p);
	__be32 address;
	__be16 port;

	if (!snat_v4_find(&key, p, SNAT_INGRESS, snat_now(), &address, &port))
		return SNAT_NO_MAPPING;
	if (address == p->daddr && port == p->dport)
		return SNAT_NODE;
	SNAT_STAGE(snat_v4_rewrite(skb, p, SNAT_INGRESS, address, port));
	return SNAT_REVERSE;
}
