// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ports that may be handed out, and how a search for one ends. */
#pragma once
#include "clock.h"
#include "packet.h"

SNAT_KNOB(struct snat_port_range, snat_ports, "inclusive, host byte order") = { 32768, 65535 };

/* How long an endpoint is taken to be full after a whole walk in vain: such a walk costs milliseconds. */
#define SNAT_FULL_FOR SNAT_SECOND

/* Slots of the ring that a new flow looks at. */
#define SNAT_RING_LOOKS 16

/* Limits of the other walks. */
#define SNAT_WALK_BOUND 256
#define SNAT_WALK_TRIES 4
#define SNAT_WALK_DRAWS 32
#define SNAT_WALK_NOTHING (1ULL << 32)

enum snat_found {
	SNAT_FOUND_NOTHING,
	SNAT_FOUND_PORT,
	SNAT_FOUND_TABLE_FULL,
};

static __always_inline bool snat_in_range(__u16 port)
{
	return port >= snat_ports.min && port <= snat_ports.max;
}
