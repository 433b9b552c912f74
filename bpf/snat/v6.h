// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Everything of IPv6: what is particular to it, then the parts that both families share, under its names. */
#pragma once
#include "mark.h"
#include "mid-stream.h"
#include "port-range.h"
#include "random.h"
#include "rewrite.h"
#include "timeouts.h"
#include "transport.h"
#include "v6-packet.h"
#include SNAT_V6_CHECKSUM

SNAT_KNOB(struct snat_v6_device, snat_v6_devices[SNAT_DEVICES], "ifindex and masquerade address of each device");

static __always_inline bool snat_v6_is_set(const volatile snat_v6_address *a)
{
	return a->word[0] || a->word[1] || a->word[2] || a->word[3];
}

static __always_inline bool snat_v6_equal_knob(const volatile snat_v6_address *a, const snat_v6_address *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->word[2] == b->word[2] &&
	       a->word[3] == b->word[3];
}

/* Spreads sources over a pool; the multiplier is 2^32 divided by the golden ratio. */
static __always_inline __u32 snat_v6_hash(const snat_v6_address *a)
{
	return ((a->word[0] ^ a->word[1] ^ a->word[2] ^ a->word[3]) * 0x9e3779b1U) >> 16;
}

static const struct snat_icmp_types snat_v6_icmp = { IPPROTO_ICMPV6, 128, 129 };

#define SNAT_V6_EXTENSIONS 6

/* What the walk over extension headers found, in one scalar. */
#define SNAT_V6_WALKED(protocol, fragment, at) ((__u64)(protocol) | (__u64)(fragment) << 8 | (__u64)(at) << 16)

/*
 * From the header at a byte offset, of the protocol given, over extensions to the transport header (RFC 8200 section 4);
 * 0 when the packet ends before. A global function, and so only of scalars: the verifier looks at it once, by itself.
 * Inlined, each combination of headers multiplies with all that follows ("BPF program is too large. Processed 1000001
 * insn").
 */
__noinline __u64 snat_v6_walk_extensions(struct __sk_buff *skb, __u32 next, __u32 at)
{
	__u8 kind = SNAT_WHOLE;

	next &= 0xff;
	for (int i = 0; i < SNAT_V6_EXTENSIONS; i++) {
		const struct ipv6_fragment *header;

		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_AH && next != IPPROTO_FRAGMENT)
			return SNAT_V6_WALKED(next, kind, at);
		if (at > SNAT_LAST_OFFSET)
			return 0;
		header = snat_header(skb, at, sizeof(*header)); /* every extension is at least as long */
		if (!header)
			return 0;
		at += next == IPPROTO_FRAGMENT ? sizeof(*header)
		      : next == IPPROTO_AH     ? (header->length + 2) * 4
					       : (header->length + 1) * 8;
		if (next == IPPROTO_FRAGMENT) {
			kind = header->offset & bpf_htons(IP6_OFFSET) ? SNAT_LATER_FRAGMENT
			       : header->offset & bpf_htons(IP6_MF)   ? SNAT_FIRST_FRAGMENT
								      : SNAT_WHOLE;
			if (kind == SNAT_LATER_FRAGMENT)
				return SNAT_V6_WALKED(header->nexthdr, kind, at);
		}
		next = header->nexthdr;
	}
	return SNAT_V6_WALKED(next, kind, at);
}

/* Identification of the datagram whose fragment header lies right before the offset, as it nearly always does. */
static __always_inline __be32 snat_v6_fragment_id(struct __sk_buff *skb, __u64 end)
{
	__be32 id = 0;

	bpf_skb_load_bytes(skb, end - sizeof(id), &id, sizeof(id));
	return id;
}

/* Fills in protocol, l4 and what a fragment header says. */
static __always_inline enum snat_reason snat_v6_find_transport(struct __sk_buff *skb, struct snat_transport *t)
{
	__u64 walked;

	t->l4 = t->l3 + sizeof(struct ipv6hdr);
	if (likely(t->protocol == IPPROTO_TCP || t->protocol == IPPROTO_UDP || t->protocol == IPPROTO_ICMPV6))
		return SNAT_CONTINUE;
	walked = snat_v6_walk_extensions(skb, t->protocol, t->l4);
	if (!walked || walked >> 16 > SNAT_LAST_OFFSET)
		return SNAT_TRUNCATED;
	t->protocol = walked & 0xff;
	t->fragment = walked >> 8 & 0xff;
	t->l4 = walked >> 16;
	if (t->fragment != SNAT_WHOLE)
		t->fragment_id = snat_v6_fragment_id(skb, t->l4);
	return SNAT_CONTINUE;
}

/* Ports: what a flow is told apart by. Only for packets that snat_v6_parse accepted. */
static __always_inline enum snat_reason snat_v6_parse_transport(struct __sk_buff *skb, struct snat_v6_packet *p)
{
	SNAT_STAGE(snat_v6_find_transport(skb, &p->t));
	if (p->t.fragment == SNAT_LATER_FRAGMENT)
		return SNAT_CONTINUE;
	return snat_read_ports(skb, &p->t, snat_v6_icmp);
}

static __always_inline void snat_v6_socket(struct bpf_sock_tuple *tuple, const struct snat_v6_tuple *key)
{
	__builtin_memcpy(tuple->ipv6.saddr, &key->remote, sizeof(key->remote));
	__builtin_memcpy(tuple->ipv6.daddr, &key->local, sizeof(key->local));
	tuple->ipv6.sport = key->remote_port;
	tuple->ipv6.dport = key->local_port;
}
#define SNAT_V6_SOCKET_SIZE sizeof(((struct bpf_sock_tuple *)0)->ipv6)

/* Brings a checksum that covers the address up to date; pseudo is BPF_F_PSEUDO_HDR where it does so by a pseudo header. */
static __always_inline long snat_v6_csum_address(struct __sk_buff *skb, __u32 check, const snat_v6_address *from,
						 const snat_v6_address *to, __u64 pseudo)
{
	__s64 diff = bpf_csum_diff(from->word, sizeof(*from), to->word, sizeof(*to), 0);

	if (diff < 0)
		return diff;
	return bpf_l4_csum_replace(skb, check, 0, diff,
				   pseudo & BPF_F_PSEUDO_HDR ? pseudo | SNAT_V6_CSUM_FLAGS : pseudo);
}

/* The same for a checksum held in hand. */
static __always_inline __sum16 snat_v6_csum_of(__sum16 check, const snat_v6_address *from, const snat_v6_address *to)
{
	for (int i = 0; i < 4; i++)
		check = snat_csum_update(check, from->word[i], to->word[i]);
	return check;
}

/* Writes an address into the header at l3. */
static __always_inline long snat_v6_write_address(struct __sk_buff *skb, __u64 l3, bool source,
						  const snat_v6_address *to)
{
	const __u64 at = source ? offsetof(struct ipv6hdr, saddr) : offsetof(struct ipv6hdr, daddr);

	return bpf_skb_store_bytes(skb, l3 + at, to, sizeof(*to), 0);
}

/* Where the packet ends by its own account: what follows in the frame is padding. */
static __always_inline __u32 snat_v6_packet_end(struct __sk_buff *skb, const struct snat_v6_packet *p)
{
	const struct ipv6hdr *ip = snat_header(skb, p->t.l3, sizeof(*ip));

	return ip ? p->t.l3 + sizeof(*ip) + bpf_ntohs(ip->payload_len) : 0;
}

/* The packet that an ICMP error quotes. The quote's addresses stand in q, its ports in q->t. */
static __always_inline enum snat_reason snat_v6_parse_quote(struct __sk_buff *skb, struct snat_v6_packet *q, __u64 at)
{
	SNAT_STAGE(snat_v6_parse(skb, q, at));
	SNAT_STAGE(snat_v6_find_transport(skb, &q->t));
	return q->t.fragment == SNAT_LATER_FRAGMENT ? SNAT_ICMP_OTHER : SNAT_CONTINUE;
}

#define F(name) snat_v6_##name
#define F_ICMP IPPROTO_ICMPV6
#define F_ICMP_PSEUDO 1
#define F_QUOTED_ADDRESS_SHOWS 1
#define F_SOCKET_SIZE SNAT_V6_SOCKET_SIZE
#include "family/all.h"
#undef F
#undef F_ICMP
#undef F_ICMP_PSEUDO
#undef F_QUOTED_ADDRESS_SHOWS
#undef F_SOCKET_SIZE
