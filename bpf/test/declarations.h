/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the addon's test programs need, and no more: they compile without any other header of the tree. */
#ifndef TEST_DECLARATIONS_H
#define TEST_DECLARATIONS_H

#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))
#define TAG(text) __attribute__((btf_decl_tag(text)))
#define UINT(name, n) int(*name)[n]
#define TYPE(name, t) typeof(t) *name
#define ALWAYS_INLINE inline __attribute__((always_inline))

static void *(*map_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*map_update)(void *map, const void *key, const void *value,
			  __u64 flags) = (void *)BPF_FUNC_map_update_elem;
static long (*change_tail)(struct __sk_buff *skb, __u32 length, __u64 flags) = (void *)BPF_FUNC_skb_change_tail;

#endif
