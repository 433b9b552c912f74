// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Outside ports. Inserting the ingress half with BPF_NOEXIST is the reservation: two CPUs cannot hand out the same one.
 * The source port is kept when it is in range and free; otherwise a walk from a random start over the whole range
 * (RFC 6056 algorithm 1 without its limit).
 */
#pragma once
#include "nat.h"
#include "random.h"

SNAT_KNOB(struct snat_port_range, snat_ports, "inclusive, host byte order") = { 32768, 65535 };

/* Remote endpoints towards which no port was free lately: a walk over a full range costs milliseconds. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct snat_v4_tuple);
	__type(value, __u64);
} snat_v4_full SEC(".maps");

#define SNAT_FULL_FOR SNAT_SECOND

enum snat_found {
	SNAT_FOUND_NOTHING,
	SNAT_FOUND_PORT,
	SNAT_FOUND_TABLE_FULL,
};

struct snat_v4_search {
	struct __sk_buff *skb;
	struct snat_v4_tuple key;      /* of the ingress half; local_port is the candidate */
	struct snat_v4_mapping value;  /* of the ingress half */
	__u64 now;
	__u32 start;                   /* of a complete walk: how far into the range */
	__u32 span;                    /* ports in the range */
	__u16 own;                     /* the node's own source port, which its socket may hold; 0 for a pod */
	__u8 found;                    /* enum snat_found */
};

static __always_inline bool snat_in_range(__u16 port)
{
	return port >= snat_ports.min && port <= snat_ports.max;
}

/* Listening and connected sockets alike; the reservation is already visible, so a socket made later sees it in turn. */
static __always_inline bool snat_v4_node_uses(struct __sk_buff *skb, const struct snat_v4_tuple *key)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sock = NULL;

	tuple.ipv4.saddr = key->remote;
	tuple.ipv4.daddr = key->local;
	tuple.ipv4.sport = key->remote_port;
	tuple.ipv4.dport = key->local_port;
	if (key->protocol == IPPROTO_TCP)
		sock = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	else if (key->protocol == IPPROTO_UDP)
		sock = bpf_sk_lookup_udp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sock)
		return false;
	bpf_sk_release(sock);
	return true;
}

static __noinline void snat_v4_try(struct snat_v4_search *s, __u16 port)
{
	struct snat_v4_mapping *taken;
	long error;

	if (port_is_reserved(port))
		return;
	s->key.local_port = bpf_htons(port);
	taken = bpf_map_lookup_elem(&snat_v4_ingress, &s->key);
	if (taken && taken->address == s->value.address && taken->port == s->value.port &&
	    !(taken->flags & SNAT_FLAG_CLAIMED)) {
		s->found = SNAT_FOUND_PORT; /* the flow's own, whose egress half was lost */
		return;
	}
	if (taken && !snat_v4_reclaim(&s->key, taken, s->now))
		return;
	error = bpf_map_update_elem(&snat_v4_ingress, &s->key, &s->value, BPF_NOEXIST);
	if (error) {
		if (error != -17 /* EEXIST: another CPU was faster */)
			s->found = SNAT_FOUND_TABLE_FULL;
		return;
	}
	if (port != s->own && snat_v4_node_uses(s->skb, &s->key)) {
		bpf_map_delete_elem(&snat_v4_ingress, &s->key);
		return;
	}
	s->found = SNAT_FOUND_PORT;
}

static __always_inline void snat_v4_walk(struct snat_v4_search *s);

/* Reserves a port in s->key; preferred is in host byte order. */
static __always_inline void snat_v4_reserve(struct snat_v4_search *s, __u16 preferred)
{
	struct snat_v4_tuple endpoint;
	__u64 *full;

	s->found = SNAT_FOUND_NOTHING;
	if (snat_in_range(preferred))
		snat_v4_try(s, preferred);
	if (s->found != SNAT_FOUND_NOTHING)
		return;

	endpoint = s->key;
	endpoint.local_port = 0;
	full = bpf_map_lookup_elem(&snat_v4_full, &endpoint);
	if (full && !snat_older_than(*full, s->now, SNAT_FULL_FOR))
		return;
	s->span = snat_ports.max - snat_ports.min + 1;
	snat_v4_walk(s);
	if (s->found == SNAT_FOUND_NOTHING)
		bpf_map_update_elem(&snat_v4_full, &endpoint, &s->now, BPF_ANY);
}
