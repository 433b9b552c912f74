// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The retries of Cilium 1.8 and 1.11 (snat_v4_new_mapping): one random port, then one up each time, through a clamp that
 * is a remainder by one too few, so that it never yields the last port. For comparison.
 */
struct F(walking) {
	struct __sk_buff *skb;
	struct F(search) * search;
};

static long F(step)(__u32 i, void *context)
{
	struct F(walking) *w = context;
	struct F(search) *s = w->search;

	(void)i;
	s->start = (__u16)s->start % (s->span - 1) + snat_ports.min;
	F(try)(w->skb, s, s->start);
	s->start++;
	return s->found != SNAT_FOUND_NOTHING;
}

static __always_inline void F(walk)(struct __sk_buff *skb, struct F(search) * s)
{
	struct F(walking) w = { skb, s };

	s->start = snat_random();
	bpf_loop(127, F(step), &w, 0); /* of 128 tries, the first was the source port */
	if (s->found == SNAT_FOUND_NOTHING)
		s->now = 0; /* other ports may be free: the endpoint is not noted as full lately */
}
