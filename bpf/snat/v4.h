// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Everything of IPv4: what is particular to it, then the parts that both families share, under its names. */
#pragma once
#include "mark.h"
#include "mid-stream.h"
#include "port-range.h"
#include "random.h"
#include "rewrite.h"
#include "timeouts.h"
#include "transport.h"
#include "v4-packet.h"

SNAT_KNOB(struct snat_v4_device, snat_v4_devices[SNAT_DEVICES], "ifindex and masquerade address of each device");

static __always_inline bool snat_v4_is_set(const volatile snat_v4_address *a)
{
	return *a != 0;
}

static __always_inline bool snat_v4_equal_knob(const volatile snat_v4_address *a, const snat_v4_address *b)
{
	return *a == *b;
}

/* Spreads sources over a pool; the multiplier is 2^32 divided by the golden ratio. */
static __always_inline __u32 snat_v4_hash(const snat_v4_address *a)
{
	return (*a * 0x9e3779b1U) >> 16;
}

static const struct snat_icmp_types snat_v4_icmp = { IPPROTO_ICMP, 8, 0 };

/* Ports: what a flow is told apart by. Only for packets that snat_v4_parse accepted. */
static __always_inline enum snat_reason snat_v4_parse_transport(struct __sk_buff *skb, struct snat_v4_packet *p)
{
	const struct iphdr *ip = snat_header(skb, p->t.l3, sizeof(*ip));
	__u32 header, total, needed;

	if (!ip)
		return SNAT_TRUNCATED;
	header = (ip->version_ihl & 0x0f) * 4;
	total = bpf_ntohs(ip->tot_len); /* 0 in a GSO packet above 64 KiB */
	needed = p->t.protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
	if (header < sizeof(*ip))
		return SNAT_TRUNCATED;
	p->t.l4 = p->t.l3 + header;
	if (unlikely(ip->frag_off & bpf_htons(IP_MF | IP_OFFSET))) {
		p->t.fragment_id = ip->id;
		if (ip->frag_off & bpf_htons(IP_OFFSET)) {
			p->t.fragment = SNAT_LATER_FRAGMENT;
			return SNAT_CONTINUE;
		}
		p->t.fragment = SNAT_FIRST_FRAGMENT;
	}
	if (total && total < header + needed && snat_has_ports(p->t.protocol))
		return SNAT_TRUNCATED;
	return snat_read_ports(skb, &p->t, snat_v4_icmp);
}

static __always_inline void snat_v4_socket(struct bpf_sock_tuple *tuple, const struct snat_v4_tuple *key)
{
	tuple->ipv4.saddr = key->remote;
	tuple->ipv4.daddr = key->local;
	tuple->ipv4.sport = key->remote_port;
	tuple->ipv4.dport = key->local_port;
}
#define SNAT_V4_SOCKET_SIZE sizeof(((struct bpf_sock_tuple *)0)->ipv4)

/* Brings a checksum that covers the address up to date; pseudo is BPF_F_PSEUDO_HDR where it does so by a pseudo header. */
static __always_inline long snat_v4_csum_address(struct __sk_buff *skb, __u32 check, const snat_v4_address *from,
						 const snat_v4_address *to, __u64 pseudo)
{
	return bpf_l4_csum_replace(skb, check, *from, *to, pseudo | sizeof(*to));
}

/* The same for a checksum held in hand. */
static __always_inline __sum16 snat_v4_csum_of(__sum16 check, const snat_v4_address *from, const snat_v4_address *to)
{
	return snat_csum_update(check, *from, *to);
}

/* Writes an address into the header at l3, and the header's checksum. */
static __always_inline long snat_v4_write_address(struct __sk_buff *skb, __u64 l3, bool source,
						  const snat_v4_address *to)
{
	const struct iphdr *ip = snat_header(skb, l3, sizeof(*ip));
	struct {
		__sum16 unused;
		__sum16 check;
		__be32 saddr;
		__be32 daddr;
	} changed;

	if (!ip)
		return -1;
	changed.saddr = source ? *to : ip->saddr;
	changed.daddr = source ? ip->daddr : *to;
	changed.check = snat_csum_update(ip->check, source ? ip->saddr : ip->daddr, *to);
	return bpf_skb_store_bytes(skb, l3 + offsetof(struct iphdr, check), &changed.check, source ? 6 : 10, 0);
}

/* Where the packet ends by its own account: what follows in the frame is padding. */
static __always_inline __u32 snat_v4_packet_end(struct __sk_buff *skb, const struct snat_v4_packet *p)
{
	const struct iphdr *ip = snat_header(skb, p->t.l3, sizeof(*ip));

	return ip ? p->t.l3 + bpf_ntohs(ip->tot_len) : 0;
}

/* The packet that an ICMP error quotes. The quote's addresses stand in q, its ports in q->t. */
static __always_inline enum snat_reason snat_v4_parse_quote(struct __sk_buff *skb, struct snat_v4_packet *q, __u64 at)
{
	const struct iphdr *ip = snat_header(skb, at, sizeof(*ip));

	if (!ip || ip->version_ihl >> 4 != 4 || ip->version_ihl < 0x45)
		return SNAT_TRUNCATED;
	if (ip->frag_off & bpf_htons(IP_OFFSET))
		return SNAT_ICMP_OTHER; /* quotes a later fragment: nothing tells its flow */
	q->t.l3 = at;
	q->t.l4 = at + (ip->version_ihl & 0x0f) * 4;
	q->t.protocol = ip->protocol;
	q->saddr = ip->saddr;
	q->daddr = ip->daddr;
	return SNAT_CONTINUE;
}

#define F(name) snat_v4_##name
#define F_ICMP IPPROTO_ICMP
#define F_ICMP_PSEUDO 0 /* ICMP has no pseudo header */
/* An IPv4 header's own checksum makes up for a change of its addresses in any sum that covers the header. */
#define F_QUOTED_ADDRESS_SHOWS 0
#define F_SOCKET_SIZE SNAT_V4_SOCKET_SIZE
#include "family/all.h"
#undef F
#undef F_ICMP
#undef F_ICMP_PSEUDO
#undef F_QUOTED_ADDRESS_SHOWS
#undef F_SOCKET_SIZE
