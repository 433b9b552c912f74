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
