// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Checksums. L4 checksums change through bpf_l4_csum_replace only: a direct write corrupts packets whose checksum the
 * device still has to finish (CHECKSUM_PARTIAL). Headers are written by bpf_skb_store_bytes, because a single direct
 * write makes the kernel unshare every cloned packet on entry, also those that are left alone.
 */
#pragma once
#include "packet.h"

/* RFC 1624 equation 3. */
static __always_inline __sum16 snat_csum_update(__sum16 check, __be32 from, __be32 to)
{
	__u32 sum = (__u16)~check;

	sum += (__u16)~from + (__u16)(~from >> 16);
	sum += (__u16)to + (__u16)(to >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Byte offset of a protocol's checksum in its header. */
static __always_inline __u32 snat_check_offset(__u8 protocol)
{
	if (protocol == IPPROTO_TCP)
		return offsetof(struct tcphdr, check);
	if (protocol == IPPROTO_UDP)
		return offsetof(struct udphdr, check);
	return offsetof(struct icmphdr, checksum);
}
