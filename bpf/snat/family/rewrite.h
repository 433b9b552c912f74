// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Address and port of a packet, and every checksum over them. */

/* SNAT_CONTINUE, or SNAT_REWRITE_FAILED: then the packet may be half written and must not go on. */
static __always_inline enum snat_reason F(rewrite)(struct __sk_buff *skb, const struct F(packet) * p,
						   enum snat_direction direction, const F(address) * to, __be16 to_port)
{
	const bool source = direction == SNAT_EGRESS;
	const F(address) *from = source ? &p->saddr : &p->daddr;
	const __be16 from_port = source ? p->t.sport : p->t.dport;
	__u32 check = p->t.l4 + snat_check_offset(p->t.protocol);
	__u32 port = p->t.l4;
	/* UDP over IPv4: 0 means "no checksum" and stays 0. */
	__u64 flags = p->t.protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;

	if (p->t.protocol == F_ICMP)
		port += offsetof(struct icmphdr, id);
	else if (!source)
		port += offsetof(struct udphdr, dest);
	if (likely(p->t.fragment != SNAT_LATER_FRAGMENT && !p->t.fixed_port)) {
		if ((p->t.protocol != F_ICMP || F_ICMP_PSEUDO) &&
		    F(csum_address)(skb, check, from, to, flags | BPF_F_PSEUDO_HDR))
			return SNAT_REWRITE_FAILED;
		if (to_port != from_port &&
		    (bpf_l4_csum_replace(skb, check, from_port, to_port, flags | sizeof(to_port)) ||
		     bpf_skb_store_bytes(skb, port, &to_port, sizeof(to_port), 0)))
			return SNAT_REWRITE_FAILED;
	}
	if (F(write_address)(skb, p->t.l3, source, to))
		return SNAT_REWRITE_FAILED;
	if (source)
		snat_set_mark(skb);
	return SNAT_CONTINUE;
}
