// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Random ports, SNAT_WALK_DRAWS of them (RFC 6056 algorithm 1 with a limit). For comparison. */
struct F(walking) {
	struct __sk_buff *skb;
	struct F(search) * search;
};

static long F(step)(__u32 i, void *context)
{
	struct F(walking) *w = context;
	struct F(search) *s = w->search;

	(void)i;
	F(try)(w->skb, s, snat_ports.min + (((__u64)snat_random() * s->span) >> 32));
	return s->found != SNAT_FOUND_NOTHING;
}

static __always_inline void F(walk)(struct __sk_buff *skb, struct F(search) * s)
{
	struct F(walking) w = { skb, s };

	bpf_loop(SNAT_WALK_DRAWS, F(step), &w, 0);
	if (s->found == SNAT_FOUND_NOTHING)
		s->now = 0; /* other ports may be free: the endpoint is not noted as full lately */
}
