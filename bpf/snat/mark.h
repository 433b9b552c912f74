// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A packet that was rewritten carries a mark, so that another of our hooks on its way (bridge and port, tc and tcx) does
 * not take it for the node's own and translate it again. Value and mask are Cilium's (MARK_MAGIC_SNAT_DONE).
 */
#pragma once
#include "bpf.h"

#define SNAT_MARK 0x1500
#define SNAT_MARK_MASK 0x1f00

static __always_inline bool snat_is_marked(const struct __sk_buff *skb)
{
	return (skb->mark & SNAT_MARK_MASK) == SNAT_MARK;
}

static __always_inline void snat_set_mark(struct __sk_buff *skb)
{
	skb->mark = (skb->mark & ~SNAT_MARK_MASK) | SNAT_MARK;
}
