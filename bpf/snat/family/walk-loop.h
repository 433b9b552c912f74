// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The complete port walk, from a random start. */
static __always_inline __u16 F(next_port)(struct F(search) * s, __u32 i)
{
	__u32 offset = s->start + i;

	return snat_ports.min + (offset >= s->span ? offset - s->span : offset);
}

#include "walking.h"

static __always_inline bool F(walk)(struct __sk_buff *skb, struct F(search) * s)
{
	s->start = ((__u64)snat_random() * s->span) >> 32;
	F(try_ports)(skb, s, s->span);
	return true;
}
