// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Random ports, SNAT_WALK_DRAWS of them (RFC 6056 algorithm 1 with a limit). For comparison. */
static __always_inline __u16 F(next_port)(struct F(search) * s, __u32 i)
{
	(void)i;
	return snat_ports.min + (((__u64)snat_random() * s->span) >> 32);
}

#include "walking.h"

static __always_inline bool F(walk)(struct __sk_buff *skb, struct F(search) * s)
{
	F(try_ports)(skb, s, SNAT_WALK_DRAWS);
	return false;
}
