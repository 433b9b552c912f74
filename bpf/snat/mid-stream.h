// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Connections that are older than the program, and how to tell. */
#pragma once
#include "clock.h"
#include "packet.h"

SNAT_KNOB(__u8, snat_mid_stream, "connections older than the program: 0 adopt, 1 translate, 2 drop") = 0;
SNAT_KNOB(__u64, snat_mid_stream_until, "monotonic nanoseconds up to which snat_mid_stream holds") = 0;

enum {
	SNAT_MID_STREAM_ADOPT,
	SNAT_MID_STREAM_TRANSLATE,
	SNAT_MID_STREAM_DROP,
};

static __always_inline bool snat_is_opening(__u8 tcp_flags)
{
	return (tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static __always_inline bool snat_mid_stream_holds(const struct snat_transport *t, __u64 now)
{
	return t->protocol == IPPROTO_TCP && !(t->tcp_flags & (TCP_SYN | TCP_RST)) && now < snat_mid_stream_until;
}
