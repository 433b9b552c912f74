// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The egress program. The unit that includes this has defined classify_egress. */
#pragma once
#include "finish.h"

SEC("tc") int snat_egress(struct __sk_buff *skb)
{
	return snat_finish(skb, SNAT_EGRESS, classify_egress(skb));
}
