// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The last stage of each direction: find or make the mapping, rewrite the packet. */

/* What one side of a flow becomes. */
struct F(endpoint) {
	F(address) address;
	__be16 port;
};

/* Finds the mapping of a live flow. False when there is none, or it no longer translates. */
static __always_inline bool F(find)(const struct F(tuple) * key, const struct F(packet) * p,
				    enum snat_direction direction, struct F(endpoint) * to)
{
	struct F(mapping) *m =
		direction == SNAT_EGRESS ? bpf_map_lookup_elem(&F(egress), key) : bpf_map_lookup_elem(&F(ingress), key);

	if (!m)
		return false;
	to->address = m->address;
	to->port = m->port;
	if (likely(!F(needs_care)(m, p->t.tcp_flags, direction)))
		return true;
	return direction == SNAT_EGRESS ? F(care_egress)(key, m, p->t.tcp_flags)
					: F(care_ingress)(key, m, p->t.tcp_flags);
}

/*
 * Makes the pair for the flow in F(searching), ingress half first: from then on the port is reserved, and an answer finds
 * its way. Leaves what the flow got in key. A global function: the verifier looks at it once, by itself, and not again
 * behind every way that a packet may come here.
 */
__noinline int F(create)(struct __sk_buff *skb)
{
	const __u32 zero = 0;
	struct F(search) *search = bpf_map_lookup_elem(&F(searching), &zero);
	struct F(mapping) * existing, *value;
	__u64 now = snat_now();

	if (!search)
		return SNAT_TABLE_FULL;
	value = F(value_of)(search);
	__builtin_memset(search->mapping, 0, sizeof(search->mapping));
	search->now = now;
	search->own = search->flags & SNAT_FLAG_NODE ? bpf_ntohs(search->inside.local_port) : 0;
	value->address = search->inside.local;
	value->port = search->inside.local_port;
	value->flags = search->flags;
	value->created_s = now / SNAT_SECOND;
	value->last_seen = now;
	value->ticks = snat_ticks();
	F(reserve)(skb, search, bpf_ntohs(search->inside.local_port));
	if (search->found == SNAT_FOUND_TABLE_FULL) {
		F(make_room)(now, true);
		F(reserve)(skb, search, bpf_ntohs(search->inside.local_port));
	}
	if (search->found == SNAT_FOUND_NOTHING)
		return SNAT_NO_PORT;
	if (search->found == SNAT_FOUND_TABLE_FULL)
		return SNAT_TABLE_FULL;

	value->address = search->key.local;
	value->port = search->key.local_port;
	if (!bpf_map_update_elem(&F(egress), &search->inside, value, BPF_NOEXIST)) {
		F(take_slot)(F(make_room)(now, false), &search->key);
		return SNAT_CONTINUE;
	}
	existing = bpf_map_lookup_elem(&F(egress), &search->inside);
	if (existing && F(names)(existing, &search->key))
		return SNAT_CONTINUE;
	bpf_map_delete_elem(&F(ingress), &search->key);
	if (!existing || existing->flags & SNAT_FLAG_CLAIMED)
		return SNAT_TABLE_FULL;
	search->key.local = existing->address; /* another CPU made the same flow's pair meanwhile */
	search->key.local_port = existing->port;
	return SNAT_CONTINUE;
}

/* Asks for a mapping. to: in, the outside address to take; out, address and port that the flow got. */
static __always_inline enum snat_reason F(new_mapping)(struct __sk_buff *skb, const struct F(tuple) * inside,
						       __u8 flags, bool fixed_port, struct F(endpoint) * to)
{
	const __u32 zero = 0;
	struct F(search) *search = bpf_map_lookup_elem(&F(searching), &zero);
	int reason;

	if (!search)
		return SNAT_TABLE_FULL;
	search->inside = *inside;
	search->key = *inside;
	search->key.local = to->address;
	search->flags = flags;
	search->fixed = fixed_port;
	reason = F(create)(skb);
	if (reason == SNAT_CONTINUE) {
		to->address = search->key.local;
		to->port = search->key.local_port;
		return SNAT_CONTINUE;
	}
	return reason == SNAT_NO_PORT ? SNAT_NO_PORT : SNAT_TABLE_FULL;
}

/* A pod's packet that no earlier stage decided. */
static __always_inline enum snat_reason F(translate)(struct __sk_buff *skb, const struct F(packet) * p)
{
	struct F(tuple) key = F(outbound)(p);
	struct F(endpoint) to = {};

	if (likely(!p->t.icmp_error && F(find)(&key, p, SNAT_EGRESS, &to))) {
		SNAT_STAGE(F(rewrite)(skb, p, SNAT_EGRESS, &to.address, to.port));
		return SNAT_ESTABLISHED;
	}
	if (p->t.icmp_error) {
		SNAT_STAGE(F(error_outbound)(skb, p, true));
		return SNAT_REPLY; /* about something that came to the pod's own address */
	}
	if (p->t.protocol == F_ICMP && !p->t.sport && !p->t.portless)
		return SNAT_REPLY; /* an echo reply answers a ping to the pod's own address */
	if (!F(device_address)(skb->ifindex, &p->saddr, &to.address))
		return SNAT_NO_ADDRESS;
	if (unlikely(p->t.portless)) {
		/* Whichever port its flow has, this much is true of it: it must not leave with the pod's address. */
		SNAT_STAGE(F(rewrite)(skb, p, SNAT_EGRESS, &to.address, 0));
		return SNAT_FRAGMENT_EARLY;
	}
	SNAT_STAGE(F(kept_reason)(&key, p));
	SNAT_STAGE(F(new_mapping)(skb, &key, 0, p->t.fixed_port, &to));
	SNAT_STAGE(F(rewrite)(skb, p, SNAT_EGRESS, &to.address, to.port));
	return SNAT_NEW;
}

/*
 * The node's own packet from a masquerade address. Its port is entered in the table, so that no pod gets it; when a pod
 * has it already, the node's flow is the one that moves. Only what opens a flow is entered: the port of a connection
 * that is older has a socket, and allocation asks for that.
 */
static __always_inline enum snat_reason F(node)(struct __sk_buff *skb, struct F(packet) * p)
{
	struct F(endpoint) to = {};
	struct F(tuple) key;
	enum snat_reason reason;

	if (snat_is_marked(skb))
		return SNAT_ALREADY_TRANSLATED;
	if (F(parse_flow)(skb, p) != SNAT_CONTINUE || p->t.portless || p->t.fixed_port)
		return SNAT_NODE;
	if (p->t.icmp_error) {
		reason = F(error_outbound)(skb, p, false);
		return reason == SNAT_CONTINUE ? SNAT_NODE : reason;
	}
	if (!snat_in_range(bpf_ntohs(p->t.sport)))
		return SNAT_NODE;
	key = F(outbound)(p);
	if (F(find)(&key, p, SNAT_EGRESS, &to)) {
		reason = SNAT_ESTABLISHED;
	} else {
		if (p->t.protocol == IPPROTO_TCP && !snat_is_opening(p->t.tcp_flags))
			return SNAT_NODE;
		to.address = p->saddr;
		reason = F(new_mapping)(skb, &key, SNAT_FLAG_NODE, false, &to);
		if (reason == SNAT_TABLE_FULL)
			return SNAT_NODE;
		if (reason != SNAT_CONTINUE)
			return reason;
		reason = SNAT_NEW;
	}
	if (F(equal)(&to.address, &p->saddr) && to.port == p->t.sport)
		return SNAT_NODE;
	SNAT_STAGE(F(rewrite)(skb, p, SNAT_EGRESS, &to.address, to.port));
	return reason;
}

/* A packet to a masquerade address: an answer to something that was translated, or the node's own. */
static __always_inline enum snat_reason F(reverse)(struct __sk_buff *skb, const struct F(packet) * p)
{
	struct F(tuple) key = F(inbound)(p);
	struct F(endpoint) to;

	if (unlikely(p->t.icmp_error))
		return F(error_inbound)(skb, p);
	if (unlikely(p->t.portless))
		return SNAT_FRAGMENT; /* nothing tells whose it is: perhaps the node's own */
	if (!F(find)(&key, p, SNAT_INGRESS, &to))
		return SNAT_NO_MAPPING;
	if (F(equal)(&to.address, &p->daddr) && to.port == p->t.dport)
		return SNAT_NODE;
	SNAT_STAGE(F(rewrite)(skb, p, SNAT_INGRESS, &to.address, to.port));
	return SNAT_REVERSE;
}
