// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The retries of Cilium 1.18: one random port, then one up each time, through a clamp that scales instead of wrapping, so
 * that every retry halves the distance to a few fixed ports. For comparison.
 */
static __always_inline __u16 F(next_port)(struct F(search) * s, __u32 i)
{
	__u16 port = snat_ports.min + (((__u64)(__u16)s->start * s->span) >> 16);

	(void)i;
	s->start = port + 1;
	return port;
}

#include "walking.h"

static __always_inline bool F(walk)(struct __sk_buff *skb, struct F(search) * s)
{
	s->start = snat_random();
	F(try_ports)(skb, s, 31 /* of 32 tries, the first was the source port */);
	return false;
}
