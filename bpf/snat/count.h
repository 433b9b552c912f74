// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Packets and bytes by direction and reason, a CPU each. */
#pragma once
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SNAT_COUNTERS);
	__type(key, __u32);
	__type(value, struct snat_counter);
} snat_counters SEC(".maps");

static __always_inline void snat_count(struct __sk_buff *skb, enum snat_direction direction, enum snat_reason reason)
{
	__u32 index = reason * SNAT_DIRECTIONS + direction;
	struct snat_counter *counter = bpf_map_lookup_elem(&snat_counters, &index);

	if (counter) {
		counter->packets++;
		counter->bytes += skb->len;
	}
}
