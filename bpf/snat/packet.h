// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the stages need to know of a packet, read once. Everything here is a scalar that the verifier has bounded. */
#pragma once
#include "abi.h"
#include "inet.h"

struct snat_packet {
	__be32 saddr;
	__be32 daddr;
	__be16 sport; /* ICMP echo request: the identifier; echo reply: 0 */
	__be16 dport; /* ICMP echo reply: the identifier; echo request: 0 */
	__u8 protocol;
	__u8 tcp_flags; /* 0 for everything else */
	__u32 l3;       /* byte offsets from skb->data */
	__u32 l4;
};

/* A stage that decides returns its reason; one that does not returns SNAT_CONTINUE. */
#define SNAT_CONTINUE SNAT_REASONS
#define SNAT_STAGE(call)                                                                                               \
	do {                                                                                                           \
		enum snat_reason decided = (call);                                                                     \
                                                                                                                       \
		if (decided != SNAT_CONTINUE)                                                                          \
			return decided;                                                                                \
	} while (0)

/* Bytes of L4 header that are read or written. */
static __always_inline __u32 snat_l4_needed(__u8 protocol)
{
	if (protocol == IPPROTO_TCP)
		return sizeof(struct tcphdr);
	return sizeof(struct udphdr); /* the ICMP echo header is as long */
}

/*
 * The first len bytes of the packet, or NULL. Headers may lie outside the linear part (seen with GRO'd and
 * fragment-backed packets); pulling them in invalidates every packet pointer, so callers take theirs from here.
 */
static __always_inline void *snat_header(struct __sk_buff *skb, __u32 offset, __u32 len)
{
	void *data = (void *)(long)skb->data;

	if (likely(data + offset + len <= (void *)(long)skb->data_end))
		return data + offset;
	if (bpf_skb_pull_data(skb, offset + len))
		return NULL;
	data = (void *)(long)skb->data;
	if (data + offset + len > (void *)(long)skb->data_end)
		return NULL;
	return data + offset;
}

static __always_inline void snat_read_ports(struct snat_packet *p, const void *l4)
{
	if (p->protocol == IPPROTO_ICMP) {
		const struct icmphdr *icmp = l4;

		p->tcp_flags = 0;
		p->sport = icmp->type == ICMP_ECHO ? icmp->id : 0;
		p->dport = icmp->type == ICMP_ECHO ? 0 : icmp->id;
		return;
	}

	const struct udphdr *ports = l4; /* TCP begins with the same four bytes */

	p->sport = ports->source;
	p->dport = ports->dest;
	p->tcp_flags = p->protocol == IPPROTO_TCP ? ((const struct tcphdr *)l4)->flags : 0;
}

/* Addresses: enough to tell whose packet it is. */
static __always_inline enum snat_reason snat_v4_parse(struct __sk_buff *skb, struct snat_packet *p)
{
	const struct iphdr *ip;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return SNAT_NOT_IP;
	p->l3 = ETH_HLEN;
	ip = snat_header(skb, p->l3, sizeof(*ip));
	if (!ip || ip->version_ihl >> 4 != 4)
		return SNAT_TRUNCATED;
	p->saddr = ip->saddr;
	p->daddr = ip->daddr;
	p->protocol = ip->protocol;
	return SNAT_CONTINUE;
}

/* Ports: what a flow is told apart by. Only for packets that snat_v4_parse accepted. */
static __always_inline enum snat_reason snat_v4_parse_ports(struct __sk_buff *skb, struct snat_packet *p)
{
	const struct iphdr *ip = snat_header(skb, p->l3, sizeof(*ip));
	__u32 header, total, needed;
	const void *l4;

	if (!ip)
		return SNAT_TRUNCATED;
	if (p->protocol != IPPROTO_TCP && p->protocol != IPPROTO_UDP && p->protocol != IPPROTO_ICMP)
		return SNAT_OTHER_PROTOCOL;
	if (ip->frag_off & bpf_htons(IP_MF | IP_OFFSET))
		return SNAT_FRAGMENT;
	header = (ip->version_ihl & 0x0f) * 4;
	total = bpf_ntohs(ip->tot_len); /* 0 in a GSO packet above 64 KiB */
	needed = snat_l4_needed(p->protocol);
	if (header < sizeof(*ip) || (total && total < header + needed))
		return SNAT_TRUNCATED;
	p->l4 = p->l3 + header;
	l4 = snat_header(skb, p->l4, needed);
	if (!l4)
		return SNAT_TRUNCATED;
	if (p->protocol == IPPROTO_ICMP) {
		const struct icmphdr *icmp = l4;

		if (icmp->code || (icmp->type != ICMP_ECHO && icmp->type != ICMP_ECHOREPLY))
			return SNAT_ICMP_OTHER;
	}
	snat_read_ports(p, l4);
	return SNAT_CONTINUE;
}

/* A flow as the egress side sees it. */
static __always_inline struct snat_v4_tuple snat_v4_outbound(const struct snat_packet *p)
{
	return (struct snat_v4_tuple){
		.remote = p->daddr,
		.local = p->saddr,
		.remote_port = p->dport,
		.local_port = p->sport,
		.protocol = p->protocol,
	};
}

static __always_inline struct snat_v4_tuple snat_v4_inbound(const struct snat_packet *p)
{
	return (struct snat_v4_tuple){
		.remote = p->saddr,
		.local = p->daddr,
		.remote_port = p->sport,
		.local_port = p->dport,
		.protocol = p->protocol,
	};
}
