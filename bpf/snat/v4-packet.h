// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* IPv4 packets (RFC 791). */
#pragma once
#include "link.h"
#include "packet.h"

typedef __be32 snat_v4_address;

struct snat_v4_packet {
	snat_v4_address saddr;
	snat_v4_address daddr;
	struct snat_transport t;
};

static __always_inline bool snat_v4_equal(const snat_v4_address *a, const snat_v4_address *b)
{
	return *a == *b;
}

/* Addresses: enough to tell whose packet it is. */
static __always_inline enum snat_reason snat_v4_parse(struct __sk_buff *skb, struct snat_v4_packet *p, __u64 l3)
{
	const struct iphdr *ip = snat_header(skb, l3, sizeof(*ip));

	if (!ip || ip->version_ihl >> 4 != 4)
		return SNAT_TRUNCATED;
	p->t.l3 = l3;
	p->t.protocol = ip->protocol;
	p->saddr = ip->saddr;
	p->daddr = ip->daddr;
	return SNAT_CONTINUE;
}
