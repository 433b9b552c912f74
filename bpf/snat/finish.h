// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How a program ends: counted, and dropped or handed to whatever comes next. */
#pragma once
#include "count.h"
#include "packet.h"

static __always_inline int snat_finish(struct __sk_buff *skb, enum snat_direction direction, enum snat_reason reason)
{
	snat_count(skb, direction, reason);
	return snat_is_drop(reason) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char snat_license[] SEC("license") = "Dual BSD/GPL";
