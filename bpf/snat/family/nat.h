// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The NAT table: a pair of halves a flow. The egress half turns inside into outside, the ingress half back. Each half's
 * value names the other half's local side, so either finds (and can rebuild) the other.
 *
 * Preallocated hashes, never LRU: under a flood an LRU evicts the reverse half of flows that are live on egress only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SNAT_NAT_ENTRIES);
	__type(key, struct F(tuple));
	__type(value, struct F(mapping));
} F(egress) SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SNAT_NAT_ENTRIES);
	__type(key, struct F(tuple));
	__type(value, struct F(mapping));
} F(ingress) SEC(".maps");

/* A flow as the egress side sees it. */
static __always_inline struct F(tuple) F(outbound)(const struct F(packet) * p)
{
	return (struct F(tuple)){
		.remote = p->daddr,
		.local = p->saddr,
		.remote_port = p->t.dport,
		.local_port = p->t.sport,
		.protocol = p->t.protocol,
	};
}

/* And as the ingress side does. */
static __always_inline struct F(tuple) F(inbound)(const struct F(packet) * p)
{
	return (struct F(tuple)){
		.remote = p->saddr,
		.local = p->daddr,
		.remote_port = p->t.sport,
		.local_port = p->t.dport,
		.protocol = p->t.protocol,
	};
}

/*
 * Which address a device masquerades with: an index of the devices, or SNAT_DEVICES when it has none. Several on one
 * device are a pool, of which pick says one. A global function, so that the verifier looks at it once: before 6.5 it
 * keeps apart whatever was counted, and all that follows was gone through for each count ("BPF program is too large.
 * Processed 1000001 insn" on 5.10 with eight devices and both families).
 */
__noinline __u32 F(choose_address)(__u32 ifindex, __u32 pick)
{
	__u32 matches = 0;

	for (int i = 0; i < SNAT_DEVICES; i++)
		matches += F(devices)[i].ifindex == ifindex && F(is_set)(&F(devices)[i].address);
	if (!matches)
		return SNAT_DEVICES;
	matches = pick % matches;
	for (__u32 i = 0; i < SNAT_DEVICES; i++) {
		if (F(devices)[i].ifindex != ifindex || !F(is_set)(&F(devices)[i].address))
			continue;
		if (!matches--)
			return i;
	}
	return SNAT_DEVICES;
}

/* A source always gets the same address. */
static __always_inline bool F(device_address)(__u32 ifindex, const F(address) * source, F(address) * address)
{
	const __u32 chosen = F(choose_address)(ifindex, SNAT_DEVICES > 1 ? F(hash)(source) : 0);

	if (chosen >= SNAT_DEVICES)
		return false;
	*address = F(devices)[chosen].address;
	return true;
}

static __always_inline bool F(is_masquerade_address)(const F(address) * address)
{
	for (int i = 0; i < SNAT_DEVICES; i++)
		if (F(devices)[i].ifindex && F(equal_knob)(&F(devices)[i].address, address))
			return true;
	return false;
}

static __always_inline void *F(half)(enum snat_direction direction)
{
	return direction == SNAT_EGRESS ? (void *)&F(egress) : (void *)&F(ingress);
}

static __always_inline bool F(expired)(const struct F(mapping) * m, __u8 protocol, __u64 now)
{
	return snat_older_than(m->last_seen, now, snat_timeout(protocol, m->state));
}

static __always_inline struct F(tuple) F(partner_key)(const struct F(tuple) * key, F(address) address, __be16 port)
{
	struct F(tuple) partner = *key;

	partner.local = address;
	partner.local_port = port;
	return partner;
}

static __always_inline bool F(names)(const struct F(mapping) * m, const struct F(tuple) * key)
{
	return F(equal)(&m->address, &key->local) && m->port == key->local_port;
}

/*
 * The TCP life of a flow as far as its timeouts need it (RFC 5382 section 5); for UDP and ICMP only whether it was ever
 * answered. Called with the entry's lock held.
 */
static __always_inline void F(advance)(struct F(mapping) * m, __u8 tcp_flags, enum snat_direction direction)
{
	const __u8 fins = SNAT_FLAG_FIN_INSIDE | SNAT_FLAG_FIN_OUTSIDE;

	if (tcp_flags & TCP_RST) {
		m->state = SNAT_STATE_CLOSING;
		return;
	}
	if (m->state == SNAT_STATE_CLOSING && direction == SNAT_EGRESS &&
	    (tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
		m->flags &= ~fins; /* the inside opens the same connection again */
		m->state = SNAT_STATE_OPENING;
		return;
	}
	if (tcp_flags & TCP_FIN)
		m->flags |= direction == SNAT_EGRESS ? SNAT_FLAG_FIN_INSIDE : SNAT_FLAG_FIN_OUTSIDE;
	if ((m->flags & fins) == fins)
		m->state = SNAT_STATE_CLOSING;
	else if (m->state == SNAT_STATE_CLOSING || direction == SNAT_INGRESS)
		m->state = SNAT_STATE_ESTABLISHED; /* an answer; or traffic after a reset, which was then forged */
}

/* Whether a packet of an existing flow needs more than the address: a change of state, or the regular check. */
static __always_inline bool F(needs_care)(const struct F(mapping) * m, __u8 tcp_flags, enum snat_direction direction)
{
	return (tcp_flags & (TCP_FIN | TCP_SYN | TCP_RST)) || snat_ticks() - m->ticks > SNAT_CARE_TICKS ||
	       (m->state != SNAT_STATE_ESTABLISHED && direction == SNAT_INGRESS);
}

/*
 * Brings an entry and its partner up to date. A missing partner is rebuilt. False when the entry translates no longer:
 * it is being reclaimed, its partner now belongs to another flow, or its address is not ours any more.
 */
static __always_inline bool F(care)(const struct F(tuple) * key, struct F(mapping) * m, __u8 tcp_flags,
				    enum snat_direction direction, __u64 now)
{
	struct F(mapping) fresh = {};
	struct F(mapping) * partner;
	struct F(tuple) partner_key;
	bool claimed;

	fresh.ticks = snat_ticks();
	bpf_spin_lock(&m->lock);
	claimed = m->flags & SNAT_FLAG_CLAIMED;
	if (!claimed) {
		F(advance)(m, tcp_flags, direction);
		m->last_seen = now;
		m->ticks = fresh.ticks;
	}
	fresh.state = m->state;
	fresh.flags = m->flags;
	partner_key.local = m->address;
	partner_key.local_port = m->port;
	bpf_spin_unlock(&m->lock);
	if (claimed)
		return false;

	partner_key = F(partner_key)(key, partner_key.local, partner_key.local_port);
	if (!F(is_masquerade_address)(direction == SNAT_EGRESS ? &partner_key.local : &key->local)) {
		bpf_map_delete_elem(F(half)(direction), key);
		bpf_map_delete_elem(F(half)(snat_opposite(direction)), &partner_key);
		return false;
	}
	fresh.address = key->local;
	fresh.port = key->local_port;
	fresh.created_s = m->created_s;
	fresh.last_seen = now;
	partner = bpf_map_lookup_elem(F(half)(snat_opposite(direction)), &partner_key);
	if (!partner) {
		bpf_map_update_elem(F(half)(snat_opposite(direction)), &partner_key, &fresh, BPF_NOEXIST);
		partner = bpf_map_lookup_elem(F(half)(snat_opposite(direction)), &partner_key);
		if (!partner)
			return true; /* no room to rebuild it now; the next check tries again */
	}
	if (!F(names)(partner, key)) {
		bpf_map_delete_elem(F(half)(direction), key);
		return false;
	}
	bpf_spin_lock(&partner->lock);
	partner->state = fresh.state;
	partner->flags = fresh.flags;
	partner->last_seen = now;
	partner->ticks = fresh.ticks;
	bpf_spin_unlock(&partner->lock);
	return true;
}

/* Out of line, once a direction: the hot path stays short, and each call knows its maps. */
static __noinline bool F(care_egress)(const struct F(tuple) * key, struct F(mapping) * m, __u8 tcp_flags)
{
	return F(care)(key, m, tcp_flags, SNAT_EGRESS, snat_now());
}

static __noinline bool F(care_ingress)(const struct F(tuple) * key, struct F(mapping) * m, __u8 tcp_flags)
{
	const __u64 now = snat_now();

	if (F(expired)(m, key->protocol, now))
		return false; /* only the inside may wake it */
	return F(care)(key, m, tcp_flags, SNAT_INGRESS, now);
}

/*
 * Takes an expired pair out of the table, starting from its ingress half. Only the CPU that sets the claim may delete,
 * else two that saw the same expired entry would delete each other's new one. False: not expired after all, or somebody
 * else's to take.
 */
static __always_inline bool F(reclaim)(const struct F(tuple) * key, struct F(mapping) * m, __u64 now)
{
	struct F(tuple) partner_key;
	struct F(mapping) * partner;
	__u64 seen = m->last_seen;
	bool won;

	if (!F(expired)(m, key->protocol, now))
		return false;
	partner_key = F(partner_key)(key, m->address, m->port);
	partner = bpf_map_lookup_elem(&F(egress), &partner_key);
	if (partner && !F(names)(partner, key))
		partner = NULL;
	if (partner && !F(expired)(partner, key->protocol, now)) {
		m->last_seen = partner->last_seen;
		return false;
	}
	bpf_spin_lock(&m->lock);
	won = m->last_seen == seen && !(m->flags & SNAT_FLAG_CLAIMED);
	if (won)
		m->flags |= SNAT_FLAG_CLAIMED;
	bpf_spin_unlock(&m->lock);
	if (!won)
		return false;
	if (partner) {
		bpf_spin_lock(&partner->lock);
		partner->flags |= SNAT_FLAG_CLAIMED;
		bpf_spin_unlock(&partner->lock);
		bpf_map_delete_elem(&F(egress), &partner_key);
	}
	bpf_map_delete_elem(&F(ingress), key);
	return true;
}
