// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Addresses and ports of a packet, and every checksum over them. L4 checksums change through bpf_l4_csum_replace only:
 * a direct write corrupts packets whose checksum the device still has to finish (CHECKSUM_PARTIAL). Headers are written
 * by bpf_skb_store_bytes, because a single direct write makes the kernel unshare every cloned packet on entry, also
 * those that are left alone.
 */
#pragma once
#include "packet.h"

static long (*const bpf_skb_store_bytes)(struct __sk_buff *skb, __u32 offset, const void *from, __u32 len,
					 __u64 flags) = (void *)9;

/* RFC 1624 equation 3. */
static __always_inline __sum16 snat_csum_update(__sum16 check, __be32 from, __be32 to)
{
	__u32 sum = (__u16)~check;

	sum += (__u16)~from + (__u16)(~from >> 16);
	sum += (__u16)to + (__u16)(to >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline long snat_v4_rewrite_address(struct __sk_buff *skb, const struct snat_packet *p,
						    enum snat_direction direction, __be32 to)
{
	const struct iphdr *ip = snat_header(skb, p->l3, sizeof(*ip));
	struct {
		__sum16 unused;
		__sum16 check;
		__be32 saddr;
		__be32 daddr;
	} changed;

	if (!ip)
		return -1;
	changed.saddr = direction == SNAT_EGRESS ? to : ip->saddr;
	changed.daddr = direction == SNAT_EGRESS ? ip->daddr : to;
	changed.check = snat_csum_update(ip->check, direction == SNAT_EGRESS ? ip->saddr : ip->daddr, to);
	return bpf_skb_store_bytes(skb, p->l3 + offsetof(struct iphdr, check), &changed.check,
				   direction == SNAT_EGRESS ? 6 : 10, 0);
}

/* SNAT_CONTINUE, or SNAT_REWRITE_FAILED: then the packet may be half written and must not go on. */
static __always_inline enum snat_reason snat_v4_rewrite(struct __sk_buff *skb, const struct snat_packet *p,
							enum snat_direction direction, __be32 to, __be16 to_port)
{
	const __be32 from = direction == SNAT_EGRESS ? p->saddr : p->daddr;
	const __be16 from_port = direction == SNAT_EGRESS ? p->sport : p->dport;
	__u32 check, port = p->l4;
	__u64 flags = 0;

	switch (p->protocol) {
	case IPPROTO_TCP:
		check = p->l4 + offsetof(struct tcphdr, check);
		break;
	case IPPROTO_UDP:
		check = p->l4 + offsetof(struct udphdr, check);
		flags = BPF_F_MARK_MANGLED_0; /* 0 means "no checksum" and stays 0 */
		break;
	default:
		check = p->l4 + offsetof(struct icmphdr, checksum);
		port = p->l4 + offsetof(struct icmphdr, id);
	}
	if (p->protocol != IPPROTO_ICMP) { /* ICMP has no pseudo header */
		if (direction == SNAT_INGRESS)
			port += offsetof(struct udphdr, dest);
		if (bpf_l4_csum_replace(skb, check, from, to, flags | BPF_F_PSEUDO_HDR | sizeof(to)))
			return SNAT_REWRITE_FAILED;
	}
	if (to_port != from_port) {
		if (bpf_l4_csum_replace(skb, check, from_port, to_port, flags | sizeof(to_port)) ||
		    bpf_skb_store_bytes(skb, port, &to_port, sizeof(to_port), 0))
			return SNAT_REWRITE_FAILED;
	}
	if (snat_v4_rewrite_address(skb, p, direction, to))
		return SNAT_REWRITE_FAILED;
	return SNAT_CONTINUE;
}
