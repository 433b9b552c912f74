// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ICMP errors. An error quotes the beginning of the packet that caused it, and whoever gets it finds its connection by
 * that quote: so the quote is translated as the packet was, the other way round. The quote may end eight bytes into the
 * transport header (RFC 792), before a TCP checksum. Errors neither make nor refresh a mapping (RFC 5508 REQ-6, REQ-10).
 */

/* Replaces two bytes of the quote and keeps the error's own checksum right. */
static __always_inline long F(quote_write)(struct __sk_buff *skb, __u32 outer, __u64 at, __be16 from, __be16 to)
{
	return bpf_l4_csum_replace(skb, outer, from, to, sizeof(to)) ||
	       bpf_skb_store_bytes(skb, at, &to, sizeof(to), 0);
}

/*
 * Inside the quote: address and port of one side, and the checksum over them where the quote holds it. The error sits at
 * outer_l4; end is where the packet ends by its own account.
 */
static __always_inline enum snat_reason F(rewrite_quote)(struct __sk_buff *skb, const struct F(packet) * q, bool source,
							 __u64 outer_l4, __u32 end, const F(address) * to,
							 __be16 to_port)
{
	const __u32 outer = outer_l4 + offsetof(struct icmphdr, checksum);
	const F(address) *from = source ? &q->saddr : &q->daddr;
	const __be16 from_port = source ? q->t.sport : q->t.dport;
	const __u32 check_at = q->t.l4 + snat_check_offset(q->t.protocol);
	const bool known = q->t.protocol == IPPROTO_TCP || q->t.protocol == IPPROTO_UDP || q->t.protocol == F_ICMP;
	__u32 port_at = q->t.l4;
	__sum16 check, changed;
	__sum16 *held;

	if (q->t.protocol == F_ICMP)
		port_at += offsetof(struct icmphdr, id);
	else if (!source)
		port_at += offsetof(struct udphdr, dest);
	held = known && check_at + sizeof(check) <= end ? snat_header(skb, check_at, sizeof(check)) : NULL;
	if (held && (*held || q->t.protocol != IPPROTO_UDP)) {
		check = *held;
		changed = check;
		if (q->t.protocol != F_ICMP || F_ICMP_PSEUDO)
			changed = F(csum_of)(changed, from, to);
		changed = snat_csum_update(changed, from_port, to_port);
		if (!changed && q->t.protocol == IPPROTO_UDP)
			changed = 0xffff;
		if (F(quote_write)(skb, outer, check_at, check, changed))
			return SNAT_REWRITE_FAILED;
	}
	if (known && to_port != from_port && F(quote_write)(skb, outer, port_at, from_port, to_port))
		return SNAT_REWRITE_FAILED;
	if (F_QUOTED_ADDRESS_SHOWS && F(csum_address)(skb, outer, from, to, 0))
		return SNAT_REWRITE_FAILED;
	if (F(write_address)(skb, q->t.l3, source, to))
		return SNAT_REWRITE_FAILED;
	return SNAT_CONTINUE;
}

/* The error's own source or destination. */
static __always_inline enum snat_reason F(rewrite_outer)(struct __sk_buff *skb, const struct F(packet) * p, bool source,
							 const F(address) * to)
{
	if (F_ICMP_PSEUDO && F(csum_address)(skb, p->t.l4 + offsetof(struct icmphdr, checksum),
					     source ? &p->saddr : &p->daddr, to, BPF_F_PSEUDO_HDR))
		return SNAT_REWRITE_FAILED;
	return F(write_address)(skb, p->t.l3, source, to) ? SNAT_REWRITE_FAILED : SNAT_CONTINUE;
}

/* Reads the quote. */
static __always_inline enum snat_reason F(read_quote)(struct __sk_buff *skb, const struct F(packet) * p,
						      struct F(packet) * q)
{
	const struct icmphdr *icmp;
	const struct udphdr *ports;

	SNAT_STAGE(F(parse_quote)(skb, q, p->t.l4 + sizeof(struct icmphdr)));
	if (!snat_has_ports(q->t.protocol) && q->t.protocol != F_ICMP)
		return SNAT_CONTINUE;
	if (q->t.protocol == F_ICMP) {
		icmp = snat_header(skb, q->t.l4, sizeof(*icmp));
		if (!icmp)
			return SNAT_TRUNCATED;
		if (icmp->type != F(icmp).echo_request && icmp->type != F(icmp).echo_reply)
			return SNAT_ICMP_OTHER;
		q->t.sport = icmp->type == F(icmp).echo_request ? icmp->id : 0;
		q->t.dport = icmp->type == F(icmp).echo_request ? 0 : icmp->id;
		return SNAT_CONTINUE;
	}
	ports = snat_header(skb, q->t.l4, 8);
	if (!ports)
		return SNAT_TRUNCATED;
	q->t.sport = ports->source;
	q->t.dport = ports->dest;
	return SNAT_CONTINUE;
}

/* An error about a packet that left translated: it goes on to the inside that sent it. */
static __noinline int F(error_inbound)(struct __sk_buff *skb, const struct F(packet) * p)
{
	struct F(packet) q = {};
	struct F(mapping) * m;
	struct F(tuple) key;
	F(address) inside;
	__be16 port;

	SNAT_STAGE(F(read_quote)(skb, p, &q));
	key = F(outbound)(&q);
	m = bpf_map_lookup_elem(&F(ingress), &key);
	if (!m || !F(equal)(&key.local, &p->daddr))
		return SNAT_NO_MAPPING;
	inside = m->address;
	port = m->port;
	SNAT_STAGE(F(rewrite_quote)(skb, &q, true, p->t.l4, F(packet_end)(skb, p), &inside, port));
	SNAT_STAGE(F(rewrite_outer)(skb, p, false, &inside));
	return SNAT_ICMP_ERROR;
}

/*
 * An error about a packet that came in translated, from the pod that got it or from the node that could not deliver it.
 * SNAT_CONTINUE when it quotes nothing that was translated.
 */
static __noinline int F(error_outbound)(struct __sk_buff *skb, const struct F(packet) * p, bool from_pod)
{
	struct F(packet) q = {};
	struct F(mapping) * m;
	struct F(tuple) key;
	F(address) outside;
	__be16 port;

	if (F(read_quote)(skb, p, &q) != SNAT_CONTINUE)
		return SNAT_CONTINUE;
	key = F(inbound)(&q);
	m = bpf_map_lookup_elem(&F(egress), &key);
	if (!m)
		return SNAT_CONTINUE;
	outside = m->address;
	port = m->port;
	SNAT_STAGE(F(rewrite_quote)(skb, &q, false, p->t.l4, F(packet_end)(skb, p), &outside, port));
	if (from_pod)
		SNAT_STAGE(F(rewrite_outer)(skb, p, true, &outside));
	snat_set_mark(skb);
	return SNAT_ICMP_ERROR;
}
