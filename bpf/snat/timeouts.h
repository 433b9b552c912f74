// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How long a flow may be silent, by protocol and state. */
#pragma once
#include "clock.h"
#include "packet.h"

SNAT_KNOB(__u64, snat_timeout_tcp_established, "nanoseconds without a packet (RFC 5382 REQ-5)") = 7440 * SNAT_SECOND;
SNAT_KNOB(__u64, snat_timeout_tcp_transitory, "nanoseconds without a packet (RFC 5382 REQ-5)") = 240 * SNAT_SECOND;
SNAT_KNOB(__u64, snat_timeout_udp, "nanoseconds without a packet (RFC 4787 REQ-5)") = 300 * SNAT_SECOND;
SNAT_KNOB(__u64, snat_timeout_icmp, "nanoseconds without a packet (RFC 5508 REQ-1)") = 60 * SNAT_SECOND;
SNAT_KNOB(__u64, snat_timeout_fragment, "nanoseconds after the first fragment") = 30 * SNAT_SECOND;

static __always_inline __u64 snat_timeout(__u8 protocol, __u8 state)
{
	if (protocol == IPPROTO_TCP)
		return state == SNAT_STATE_ESTABLISHED ? snat_timeout_tcp_established : snat_timeout_tcp_transitory;
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
		return snat_timeout_icmp;
	return snat_timeout_udp;
}

/* Signed, because another CPU's stamp may be a little ahead of now. */
static __always_inline bool snat_older_than(__u64 seen, __u64 now, __u64 age)
{
	return (__s64)(now - seen) > (__s64)age;
}
