// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The unit of the benchmark: the least that any stateful datapath does. Parse down to the ports, one hit in an LRU hash
 * of the default size. Drops what it does not find, so that a miss cannot pass for a hit.
 */
#include "snat/inet.h"

struct bench_key {
	__be32 remote;
	__be32 local;
	__be16 remote_port;
	__be16 local_port;
	__u8 protocol;
	__u8 reserved[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 524288);
	__type(key, struct bench_key);
	__type(value, __u64[3]);
} bench_floor_table SEC(".maps");

SEC("tc") int bench_floor(struct __sk_buff *skb)
{
	void *frame = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	const struct iphdr *ip = frame + ETH_HLEN;
	const struct udphdr *ports;
	struct bench_key key = {};

	if (skb->protocol != bpf_htons(ETH_P_IP) || (void *)(ip + 1) > end)
		return TC_ACT_SHOT;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return TC_ACT_SHOT;
	ports = (void *)ip + (ip->version_ihl & 0x0f) * 4;
	if ((void *)(ports + 1) > end)
		return TC_ACT_SHOT;
	key.remote = ip->daddr;
	key.local = ip->saddr;
	key.remote_port = ports->dest;
	key.local_port = ports->source;
	key.protocol = ip->protocol;
	return bpf_map_lookup_elem(&bench_floor_table, &key) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

char bench_license[] SEC("license") = "Dual BSD/GPL";
