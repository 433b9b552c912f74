// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes a packet new again, then runs the program under test in its own place. BPF_PROG_TEST_RUN repeats on the packet
 * that the last run left: without this the second run would see a translated one. Flows in turn differ in ports and
 * checksum only, both precomputed. Direct writes: nothing shares a test run's packet.
 */
#include "snat/inet.h"

#define BENCH_WORDS 16
#define BENCH_MISSED 99 /* the tail call went nowhere */

enum {
	BPF_MAP_TYPE_PROG_ARRAY = 3,
};

static long (*const bpf_tail_call)(void *ctx, void *programs, __u32 index) = (void *)12;

SNAT_KNOB(__u32, bench_words, "eight-byte words from the network header on that are restored") = 5;
SNAT_KNOB(__u32, bench_flow_count, "flows in turn; 1 or less: the packet is always the same") = 1;
SNAT_KNOB(__u32, bench_ports_at, "where the ports are in the frame") = 34;
SNAT_KNOB(__u32, bench_check_at, "where the transport checksum is in the frame") = 50;

struct bench_flow {
	__be32 ports;
	__sum16 check;
	__u16 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench_flow);
} bench_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} bench_program SEC(".maps");

/* One writer: a test run stays on its thread. */
struct {
	__u64 header[BENCH_WORDS];
	__u32 next;
} bench_state;

SEC("tc") int bench_wrapper(struct __sk_buff *skb)
{
	const __u32 words = bench_words, flows = bench_flow_count;
	void *frame = (void *)(long)skb->data;
	__u64 *header = frame + ETH_HLEN;
	void *end = (void *)(long)skb->data_end;

	if (frame + ETH_HLEN + words * sizeof(*header) > end)
		return BENCH_MISSED;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < BENCH_WORDS; i++)
		if (i < words)
			header[i] = bench_state.header[i];
	if (flows > 1) {
		const __u32 ports_at = bench_ports_at, check_at = bench_check_at;
		__u32 next = bench_state.next;
		const struct bench_flow *flow;

		bench_state.next = next + 1 < flows ? next + 1 : 0;
		flow = bpf_map_lookup_elem(&bench_flows, &next);
		if (!flow || frame + ports_at + sizeof(flow->ports) > end ||
		    frame + check_at + sizeof(flow->check) > end)
			return BENCH_MISSED;
		*(__be32 *)(frame + ports_at) = flow->ports;
		*(__sum16 *)(frame + check_at) = flow->check;
	}
	skb->mark = 0;
	bpf_tail_call(skb, &bench_program, 0);
	return BENCH_MISSED;
}

/* What the wrapper itself costs. */
SEC("tc") int bench_nothing(__attribute__((unused)) struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}

char bench_license[] SEC("license") = "Dual BSD/GPL";
