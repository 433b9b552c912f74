// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The egress program. The unit that includes this has defined classify_egress. */
#pragma once
#include "finish.h"

SEC("tc") int snat_egress(struct __sk_buff *skb)
{
	struct snat_packet p = {};
	enum snat_reason reason = snat_v4_parse(skb, &p);

	if (reason == SNAT_CONTINUE)
		reason = classify_egress(skb, &p);
	return snat_finish(skb, SNAT_EGRESS, reason);
}
