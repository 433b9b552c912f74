// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One of everything the addon handles: constants, maps of several kinds, programs with observable effects. */
#include "declarations.h"

struct sample_key {
	__u32 address;
	__u16 port;
	__u16 reserved;
};

struct sample_value {
	__u64 packets;
	union {
		__u32 word;
		__u8 bytes[4];
	};
	__u32 last;
};

struct {
	UINT(type, BPF_MAP_TYPE_HASH);
	UINT(max_entries, 1024);
	TYPE(key, struct sample_key);
	TYPE(value, struct sample_value);
} sample_hash SEC(".maps");

struct {
	UINT(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	UINT(max_entries, 4);
	TYPE(key, __u32);
	TYPE(value, __u32);
} sample_percpu SEC(".maps");

const volatile __u32 sample_verdict TAG("knob:verdict") TAG("unit:none") = 0xffffffff;
const volatile __u16 sample_port = 80;
const volatile struct sample_key sample_flow = {};

/* Counts the packet and returns the constant. */
SEC("tc")
int sample_count(struct __sk_buff *skb)
{
	struct sample_key key = { .address = sample_flow.address, .port = sample_port };
	struct sample_value one = { .packets = 1, .last = skb->len };
	struct sample_value *value = map_lookup(&sample_hash, &key);

	if (value)
		__sync_fetch_and_add(&value->packets, 1);
	else
		map_update(&sample_hash, &key, &one, BPF_ANY);
	__u32 slot = 0;
	__u32 *count = map_lookup(&sample_percpu, &slot);
	if (count)
		*count += 1;
	skb->mark = skb->mark + 1;
	return (int)sample_verdict;
}

/* Grows the packet by a kilobyte. */
SEC("tc")
int sample_grow(struct __sk_buff *skb)
{
	return change_tail(skb, skb->len + 1024, 0) ? 2 : 0;
}

char sample_license[] SEC("license") = "Dual BSD/GPL";
