// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The complete port walk, by bpf_loop (kernel 5.17), from a random start. */
struct F(walking) {
	struct __sk_buff *skb;
	struct F(search) * search;
};

static long F(step)(__u32 i, void *context)
{
	struct F(walking) *w = context;
	struct F(search) *s = w->search;
	__u32 offset = s->start + i;

	F(try)(w->skb, s, snat_ports.min + (offset >= s->span ? offset - s->span : offset));
	return s->found != SNAT_FOUND_NOTHING;
}

static __always_inline void F(walk)(struct __sk_buff *skb, struct F(search) * s)
{
	struct F(walking) w = { skb, s };

	s->start = ((__u64)snat_random() * s->span) >> 32;
	bpf_loop(s->span, F(step), &w, 0);
}
