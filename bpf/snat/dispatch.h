// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which family's stages a packet goes through. The unit that includes this names its families in SNAT_FAMILIES. */
#pragma once
#include "link.h"

#define SNAT_V4(direction)                                                                                             \
	case bpf_htons(ETH_P_IP):                                                                                      \
		return direction##_v4(skb, l3);
#define SNAT_V6(direction)                                                                                             \
	case bpf_htons(ETH_P_IPV6):                                                                                    \
		return direction##_v6(skb, l3);

static __always_inline enum snat_reason classify_egress(struct __sk_buff *skb)
{
	__u64 l3 = SNAT_LINK_HEADER(skb);

	switch (snat_skip_tags(skb, &l3)) {
		SNAT_FAMILIES(egress)
	default:
		return SNAT_NOT_IP;
	}
}

static __always_inline enum snat_reason classify_ingress(struct __sk_buff *skb)
{
	__u64 l3 = SNAT_LINK_HEADER(skb);

	switch (snat_skip_tags(skb, &l3)) {
		SNAT_FAMILIES(ingress)
	default:
		return SNAT_NOT_IP;
	}
}
