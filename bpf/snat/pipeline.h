// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The two programs. The unit that includes this has defined classify_egress and classify_ingress. */
#pragma once
#include "count.h"
#include "packet.h"

static __always_inline int snat_finish(struct __sk_buff *skb, enum snat_direction direction, enum snat_reason reason)
{
	snat_count(skb, direction, reason);
	return snat_is_drop(reason) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

SEC("tc") int snat_egress(struct __sk_buff *skb)
{
	struct snat_packet p = {};
	enum snat_reason reason = snat_v4_parse(skb, &p);

	if (reason == SNAT_CONTINUE)
		reason = classify_egress(skb, &p);
	return snat_finish(skb, SNAT_EGRESS, reason);
}

SEC("tc") int snat_ingress(struct __sk_buff *skb)
{
	struct snat_packet p = {};
	enum snat_reason reason = snat_v4_parse(skb, &p);

	if (reason == SNAT_CONTINUE)
		reason = classify_ingress(skb, &p);
	return snat_finish(skb, SNAT_INGRESS, reason);
}

char snat_license[] SEC("license") = "Dual BSD/GPL";
