// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading packets, and how stages hand on. */
#pragma once
#include "abi.h"
#include "inet.h"

/* A stage that decides returns its reason; one that does not returns SNAT_CONTINUE. */
#define SNAT_CONTINUE SNAT_REASONS
#define SNAT_STAGE(call)                                                                                               \
	do {                                                                                                           \
		enum snat_reason decided = (call);                                                                     \
                                                                                                                       \
		if (decided != SNAT_CONTINUE)                                                                          \
			return decided;                                                                                \
	} while (0)

/* No header that matters begins later: 6 extensions, and a quote with as many. */
#define SNAT_LAST_OFFSET 0x3fff

enum snat_fragment_kind {
	SNAT_WHOLE,
	SNAT_FIRST_FRAGMENT,
	SNAT_LATER_FRAGMENT, /* has no transport header */
};

/* What is known of a packet beside its addresses. Everything here is a scalar that the verifier has bounded. */
struct snat_transport {
	/*
	 * Byte offsets from skb->data. As wide as a stack slot: of narrower ones the verifier forgets the bounds when they
	 * are spilled, and then reports "invalid access to packet".
	 */
	__u64 l3;
	__u64 l4;
	__be32 fragment_id;
	__be16 sport; /* ICMP echo request: the identifier; echo reply: 0 */
	__be16 dport; /* ICMP echo reply: the identifier; echo request: 0 */
	__u8 protocol;
	__u8 tcp_flags;	 /* 0 for everything else */
	__u8 fragment;	 /* enum snat_fragment_kind */
	bool portless;	 /* a later fragment before its first: the ports are not known */
	bool fixed_port; /* a protocol whose ports cannot change, or that has none */
	bool icmp_error; /* quotes another packet; has no ports of its own */
};

/*
 * skb->data and skb->data_end are 32-bit fields that the kernel turns into pointers. Read in C, clang keeps them in a
 * 32-bit register and widens later ("w2 = w2"), after which the verifier reports "invalid access to packet".
 */
#define snat_packet_pointer(skb, field)                                                                                \
	({                                                                                                             \
		void *pointer;                                                                                         \
                                                                                                                       \
		asm volatile("%0 = *(u32 *)(%1 + %2)"                                                                  \
			     : "=r"(pointer)                                                                           \
			     : "r"(skb), "i"(offsetof(struct __sk_buff, field)));                                      \
		pointer;                                                                                               \
	})

/*
 * The len bytes at offset, or NULL. Headers may lie outside the linear part (seen with GRO'd and fragment-backed
 * packets); pulling them in invalidates every packet pointer, so callers take theirs from here.
 */
static __always_inline void *snat_header(struct __sk_buff *skb, __u64 offset, __u32 len)
{
	void *header = snat_packet_pointer(skb, data) + offset;

	if (likely(header + len <= snat_packet_pointer(skb, data_end)))
		return header;
	if (bpf_skb_pull_data(skb, offset + len))
		return NULL;
	header = snat_packet_pointer(skb, data) + offset;
	if (header + len > snat_packet_pointer(skb, data_end))
		return NULL;
	return header;
}

static __always_inline bool snat_has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

static __always_inline enum snat_direction snat_opposite(enum snat_direction direction)
{
	return direction == SNAT_EGRESS ? SNAT_INGRESS : SNAT_EGRESS;
}
