// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The retries of Cilium 1.8 and 1.11 (snat_v4_new_mapping): one random port, then one up each time, through a clamp that
 * is a remainder by one too few, so that it never yields the last port. For comparison.
 */
static __always_inline __u16 F(next_port)(struct F(search) * s, __u32 i)
{
	__u16 port = (__u16)s->start % (s->span - 1) + snat_ports.min;

	(void)i;
	s->start = port + 1;
	return port;
}

#include "walking.h"

static __always_inline bool F(walk)(struct __sk_buff *skb, struct F(search) * s)
{
	s->start = snat_random();
	F(try_ports)(skb, s, 127 /* of 128 tries, the first was the source port */);
	return false;
}
