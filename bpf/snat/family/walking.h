// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tries one port after the other by bpf_loop (kernel 5.17). The walk that includes this has defined F(next_port). */
struct F(walking) {
	struct __sk_buff *skb;
	struct F(search) * search;
};

static long F(step)(__u32 i, void *context)
{
	struct F(walking) *w = context;

	F(try)(w->skb, w->search, F(next_port)(w->search, i));
	return w->search->found != SNAT_FOUND_NOTHING;
}

static __always_inline void F(try_ports)(struct __sk_buff *skb, struct F(search) * s, __u32 count)
{
	struct F(walking) w = { skb, s };

	bpf_loop(count, F(step), &w, 0);
}
