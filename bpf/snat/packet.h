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

/*
 * skb->data and skb->data_end are 32-bit fields that the kernel turns into pointers. Read in C, clang keeps them in a
 * 32-bit register and widens later ("w2 = w2"), after which the verifier reports "invalid access to packet".
 */
#define snat_packet_pointer(skb, field)                                                                                \
	({                                                                                                             \
		void *pointer;                                                                                         \
                                                                                                                       \
		asm volatile("%0 = *(u32 *)(%1 + %2)"                                                                  \
			     : "=r"(pointer)                                                                           \
			     : "r"(skb), "i"(offsetof(struct __sk_buff, field)));                                      \
		pointer;                                                                                               \
	})

/*
 * The len bytes at offset, or NULL. Headers may lie outside the linear part (seen with GRO'd and fragment-backed
 * packets); pulling them in invalidates every packet pointer, so callers take theirs from here.
 */
static __always_inline void *snat_header(struct __sk_buff *skb, __u32 offset, __u32 len)
{
	void *header = snat_packet_pointer(skb, data) + offset;

	if (likely(header + len <= snat_packet_pointer(skb, data_end)))
		return header;
	if (bpf_skb_pull_data(skb, offset + len))
		return NULL;
	header = snat_packet_pointer(skb, data) + offset;
	if (header + len > snat_packet_pointer(skb, data_end))
		return NULL;
	return header;
}

/* One branch a protocol, each with its own bounds check: the verifier does not follow a length that depends on one. */
static __always_inline enum snat_reason snat_read_ports(struct __sk_buff *skb, struct snat_packet *p)
{
	const struct tcphdr *tcp;
	const struct udphdr *udp;
	const struct icmphdr *icmp;

	switch (p->protocol) {
	case IPPROTO_TCP:
		tcp = snat_header(skb, p->l4, sizeof(*tcp));
		if (!tcp)
			return SNAT_TRUNCATED;
		p->sport = tcp->source;
		p->dport = tcp->dest;
		p->tcp_flags = tcp->flags;
		return SNAT_CONTINUE;
	case IPPROTO_UDP:
		udp = snat_header(skb, p->l4, sizeof(*udp));
		if (!udp)
			return SNAT_TRUNCATED;
		p->sport = udp->source;
		p->dport = udp->dest;
		return SNAT_CONTINUE;
	default:
		icmp = snat_header(skb, p->l4, sizeof(*icmp));
		if (!icmp)
			return SNAT_TRUNCATED;
		if (icmp->code || (icmp->type != ICMP_ECHO && icmp->type != ICMP_ECHOREPLY))
			return SNAT_ICMP_OTHER;
		p->sport = icmp->type == ICMP_ECHO ? icmp->id : 0;
		p->dport = icmp->type == ICMP_ECHO ? 0 : icmp->id;
		return SNAT_CONTINUE;
	}
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

	if (!ip)
		return SNAT_TRUNCATED;
	if (p->protocol != IPPROTO_TCP && p->protocol != IPPROTO_UDP && p->protocol != IPPROTO_ICMP)
		return SNAT_OTHER_PROTOCOL;
	if (ip->frag_off & bpf_htons(IP_MF | IP_OFFSET))
		return SNAT_FRAGMENT;
	header = (ip->version_ihl & 0x0f) * 4;
	total = bpf_ntohs(ip->tot_len); /* 0 in a GSO packet above 64 KiB */
	needed = p->protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
	if (header < sizeof(*ip) || (total && total < header + needed))
		return SNAT_TRUNCATED;
	p->l4 = p->l3 + header;
	return snat_read_ports(skb, p);
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
