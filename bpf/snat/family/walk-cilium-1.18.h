// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The retries of Cilium 1.18: one random port, then one up each time, through a clamp that scales instead of wrapping, so
 * that every retry halves the distance to a few fixed ports. For comparison.
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
	s->start = snat_ports.min + (((__u64)(__u16)s->start * s->span) >> 16);
	F(try)(w->skb, s, s->start);
	s->start++;
	return s->found != SNAT_FOUND_NOTHING;
}

static __always_inline void F(walk)(struct __sk_buff *skb, struct F(search) * s)
{
	struct F(walking) w = { skb, s };

	s->start = snat_random();
	bpf_loop(31, F(step), &w, 0); /* of 32 tries, the first was the source port */
	if (s->found == SNAT_FOUND_NOTHING)
		s->now = 0; /* other ports may be free: the endpoint is not noted as full lately */
}
