// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where the network header begins. The unit says by SNAT_LINK_HEADER how long its devices' headers are. */
#pragma once
#include "packet.h"

/* Up to two tags that are still in the frame; those that the kernel has taken out never show. */
static __always_inline __be16 snat_skip_tags(struct __sk_buff *skb, __u64 *l3)
{
	__be16 protocol = skb->protocol;

	for (int i = 0; i < 2; i++) {
		const __be16 *tag;

		if (likely(protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD)))
			break;
		tag = snat_header(skb, *l3, 4);
		if (!tag)
			return 0;
		protocol = tag[1];
		*l3 += 4;
	}
	return protocol;
}
