// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The parts that both address families share. Each file here is included once a family, by v4.h and v6.h, which say by
 * F(name) under which names; so none of them has an include guard.
 */
#include "nat.h"
#include "ports.h"
#include SNAT_WALK
#include "kept.h"
#include "fragment.h"
#include "room.h"
#include "rewrite.h"
#include "icmp-error.h"
#include "translate.h"
