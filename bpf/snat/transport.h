// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Transport headers. The unit that includes this has defined other_protocol, which says what becomes of a packet that is
 * neither TCP, UDP nor ICMP.
 */
#pragma once
#include "packet.h"

/* What a family calls its ICMP messages. */
struct snat_icmp_types {
	__u8 protocol;
	__u8 echo_request;
	__u8 echo_reply;
};

/* Errors quote the packet they are about (RFC 792: unreachable, source quench, time exceeded, parameter problem). */
static __always_inline bool snat_icmp_is_error(__u8 protocol, __u8 type)
{
	if (protocol == IPPROTO_ICMP)
		return type == 3 || type == 4 || type == 11 || type == 12;
	return type >= 1 && type <= 4; /* RFC 4443: unreachable, too big, time exceeded, parameter problem */
}

/* What pods may not send may still come to them, or to the node. */
static __always_inline enum snat_reason snat_not_dropped(enum snat_reason reason)
{
	return reason == SNAT_OTHER_PROTOCOL_REFUSED ? SNAT_OTHER_PROTOCOL : reason;
}

/* One branch a protocol, each with its own bounds check: the verifier does not follow a length that depends on one. */
static __always_inline enum snat_reason snat_read_ports(struct __sk_buff *skb, struct snat_transport *t,
							const struct snat_icmp_types types)
{
	const struct tcphdr *tcp;
	const struct udphdr *udp;
	const struct icmphdr *icmp;

	if (t->protocol == IPPROTO_TCP) {
		tcp = snat_header(skb, t->l4, sizeof(*tcp));
		if (!tcp)
			return SNAT_TRUNCATED;
		t->sport = tcp->source;
		t->dport = tcp->dest;
		t->tcp_flags = tcp->flags;
		return SNAT_CONTINUE;
	}
	if (t->protocol == IPPROTO_UDP) {
		udp = snat_header(skb, t->l4, sizeof(*udp));
		if (!udp)
			return SNAT_TRUNCATED;
		t->sport = udp->source;
		t->dport = udp->dest;
		return SNAT_CONTINUE;
	}
	if (t->protocol == types.protocol) {
		icmp = snat_header(skb, t->l4, sizeof(*icmp));
		if (!icmp)
			return SNAT_TRUNCATED;
		if (icmp->type == types.echo_request || icmp->type == types.echo_reply) {
			const bool request = icmp->type == types.echo_request;

			t->sport = request ? icmp->id : 0;
			t->dport = request ? 0 : icmp->id;
			return SNAT_CONTINUE;
		}
		t->icmp_error = snat_icmp_is_error(types.protocol, icmp->type);
		return t->icmp_error ? SNAT_CONTINUE : SNAT_ICMP_OTHER;
	}
	t->fixed_port = true;
	if (t->protocol == IPPROTO_SCTP) {
		udp = snat_header(skb, t->l4, sizeof(*udp)); /* the ports stand where UDP has them */
		if (!udp)
			return SNAT_TRUNCATED;
		t->sport = udp->source;
		t->dport = udp->dest;
	}
	return other_protocol();
}
