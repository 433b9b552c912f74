// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Time, from here only, so that a test shape can put its own clock in this header's place. */
#pragma once
#include "bpf.h"

#define SNAT_SECOND 1000000000ULL

/* Nanoseconds of CLOCK_MONOTONIC. */
static __always_inline __u64 snat_now(void)
{
	return bpf_ktime_get_ns();
}

/*
 * The kernel's ticks, of 1 to 10 ms: a memory read, where the clock costs as much as a table lookup. Good for "not long
 * ago"; how long a tick is, the program does not know.
 */
static __always_inline __u32 snat_ticks(void)
{
	return bpf_jiffies64();
}

/* About a second: 0.26 s on a kernel with 1000 ticks a second, 2.6 s with 100. */
#define SNAT_CARE_TICKS 256
