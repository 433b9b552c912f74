// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Masquerade addresses: one a device, looked up by ifindex for new flows only. */
#pragma once
#include "abi.h"

SNAT_KNOB(struct snat_device, snat_devices[SNAT_DEVICES], "ifindex and masquerade address of each device");

/* 0 when the device is none of ours. */
static __always_inline __be32 snat_device_address(__u32 ifindex)
{
	for (int i = 0; i < SNAT_DEVICES; i++)
		if (snat_devices[i].ifindex == ifindex)
			return snat_devices[i].address;
	return 0;
}

static __always_inline bool snat_is_masquerade_address(__be32 address)
{
	for (int i = 0; i < SNAT_DEVICES; i++)
		if (snat_devices[i].address == address)
			return true;
	return false;
}
