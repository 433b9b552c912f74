// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which family's stages a packet goes through: IPv6. */
#pragma once
#include "link.h"

static __always_inline enum snat_reason classify_egress(struct __sk_buff *skb)
{
	__u64 l3 = SNAT_LINK_HEADER(skb);

	switch (snat_skip_tags(skb, &l3)) {
	case bpf_htons(ETH_P_IPV6):
		return egress_v6(skb, l3);
	default:
		return SNAT_NOT_IP;
	}
}

static __always_inline enum snat_reason classify_ingress(struct __sk_buff *skb)
{
	__u64 l3 = SNAT_LINK_HEADER(skb);

	switch (snat_skip_tags(skb, &l3)) {
	case bpf_htons(ETH_P_IPV6):
		return ingress_v6(skb, l3);
	default:
		return SNAT_NOT_IP;
	}
}
