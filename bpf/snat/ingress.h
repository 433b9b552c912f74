// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ingress program. The unit that includes this has defined classify_ingress. */
#pragma once
#include "finish.h"

SEC("tc") int snat_ingress(struct __sk_buff *skb)
{
	return snat_finish(skb, SNAT_INGRESS, classify_ingress(skb));
}
