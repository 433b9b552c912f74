// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* IPv6 packets (RFC 8200). */
#pragma once
#include "link.h"
#include "packet.h"

typedef struct snat_v6_address snat_v6_address;

struct snat_v6_packet {
	snat_v6_address saddr;
	snat_v6_address daddr;
	struct snat_transport t;
};

static __always_inline bool snat_v6_equal(const snat_v6_address *a, const snat_v6_address *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->word[2] == b->word[2] &&
	       a->word[3] == b->word[3];
}

/* Addresses: enough to tell whose packet it is. */
static __always_inline enum snat_reason snat_v6_parse(struct __sk_buff *skb, struct snat_v6_packet *p, __u64 l3)
{
	const struct ipv6hdr *ip = snat_header(skb, l3, sizeof(*ip));

	if (!ip || ip->version_class >> 4 != 6)
		return SNAT_TRUNCATED;
	p->t.l3 = l3;
	p->t.protocol = ip->nexthdr;
	p->saddr = ip->saddr;
	p->daddr = ip->daddr;
	return SNAT_CONTINUE;
}

/* Neighbour discovery, router advertisements and everything else that ends on the link (RFC 4291 sections 2.5.6, 2.7). */
static __always_inline bool snat_v6_stays_on_link(const snat_v6_address *a)
{
	const __u32 first = bpf_ntohl(a->word[0]);

	return (first & 0xffc00000) == 0xfe800000 || (first & 0xff0f0000) == 0xff010000 ||
	       (first & 0xff0f0000) == 0xff020000;
}
