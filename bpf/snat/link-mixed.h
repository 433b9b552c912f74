// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Devices with and without an Ethernet header (tun and the like) under one pair of programs. */
#pragma once
#include "packet.h"

SNAT_KNOB(__u32, snat_headerless[SNAT_DEVICES], "ifindexes of devices whose frames begin with the network header");

static __always_inline __u32 snat_link_header(__u32 ifindex)
{
	for (int i = 0; i < SNAT_DEVICES; i++)
		if (snat_headerless[i] == ifindex)
			return 0;
	return ETH_HLEN;
}
