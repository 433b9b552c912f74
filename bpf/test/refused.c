// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program that no verifier accepts: it reads the packet without a check, after a long stretch that it does accept. */
#include "declarations.h"

SEC("tc")
int accepted_first(struct __sk_buff *skb)
{
	return (int)skb->len;
}

SEC("tc")
int refused(struct __sk_buff *skb)
{
	__u8 *data = (__u8 *)(long)skb->data;
	__u32 sum = 0;

#pragma unroll
	for (int i = 0; i < 600; i++)
		sum = sum * 31 + *(volatile __u32 *)&skb->mark;
	return (int)(sum + data[20]);
}

char sample_license[] SEC("license") = "Dual BSD/GPL";
