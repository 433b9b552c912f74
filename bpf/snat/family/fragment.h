// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fragments. Only the first has ports; they are noted for the later ones, which then take the same way. A later fragment
 * that overtakes its first has none: what then becomes of it is said where it is used (RFC 4787 REQ-14).
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct F(datagram));
	__type(value, struct snat_fragment);
} F(frags) SEC(".maps");

/* Notes a first fragment's ports, or fills in a later one's; without a note it becomes "portless". */
static __noinline void F(defragment)(struct F(packet) * p)
{
	struct F(datagram) key = {
		.source = p->saddr,
		.destination = p->daddr,
		.id = p->t.fragment_id,
		.protocol = p->t.protocol,
	};
	const struct snat_fragment *noted;
	struct snat_fragment first = {};
	__u64 now = snat_now();

	if (p->t.fragment == SNAT_FIRST_FRAGMENT) {
		first.seen = now;
		first.sport = p->t.sport;
		first.dport = p->t.dport;
		bpf_map_update_elem(&F(frags), &key, &first, BPF_ANY);
		return;
	}
	noted = bpf_map_lookup_elem(&F(frags), &key);
	if (!noted || snat_older_than(noted->seen, now, snat_timeout_fragment)) {
		p->t.portless = true;
		return;
	}
	p->t.sport = noted->sport;
	p->t.dport = noted->dport;
}

/* Everything about the flow that a packet belongs to. */
static __always_inline enum snat_reason F(parse_flow)(struct __sk_buff *skb, struct F(packet) * p)
{
	SNAT_STAGE(F(parse_transport)(skb, p));
	if (unlikely(p->t.fragment == SNAT_LATER_FRAGMENT && p->t.protocol != IPPROTO_TCP &&
		     p->t.protocol != IPPROTO_UDP && p->t.protocol != F_ICMP)) {
		p->t.fixed_port = true;
		SNAT_STAGE(other_protocol());
		if (p->t.protocol != IPPROTO_SCTP)
			return SNAT_CONTINUE; /* no ports in the first one either */
	}
	if (unlikely(p->t.fragment != SNAT_WHOLE)) {
		if (p->t.icmp_error)
			return SNAT_ICMP_OTHER; /* an error in pieces: its quote may be in another one */
		F(defragment)(p);
	}
	return SNAT_CONTINUE;
}
