// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Outside ports. Inserting the ingress half with BPF_NOEXIST is the reservation: two CPUs cannot hand out the same one.
 * The source port is kept when it is in range and free; otherwise a walk from a random start over the whole range
 * (RFC 6056 algorithm 1 without its limit).
 */
/* Remote endpoints towards which no port was free lately: a walk over a full range costs milliseconds. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct F(tuple));
	__type(value, __u64);
} F(full) SEC(".maps");

/*
 * One search for a port. It lies in a map of its own, a CPU each, because together with the frames of its callers it does
 * not fit the stack ("combined stack size of 3 calls is 608. Too large"), and because F(create) takes scalars only.
 * Programs of this kind run with bottom halves off, so that nobody else comes by meanwhile.
 */
struct F(search) {
	struct F(tuple) inside;					  /* the flow, as the egress side sees it */
	struct F(tuple) key;					  /* of the ingress half; local_port is the candidate */
	__u64 mapping[sizeof(struct F(mapping)) / sizeof(__u64)]; /* its value; as words, because a lock may not nest */
	__u64 now;
	__u32 start; /* of a complete walk: how far into the range */
	__u32 span;  /* ports in the range */
	__u16 own;   /* the node's own source port, which its socket may hold; 0 for a pod */
	bool fixed;  /* the port cannot change: it is this one or none */
	__u8 flags;  /* of the mapping */
	__u8 found;  /* enum snat_found */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct F(search));
} F(searching) SEC(".maps");

static __always_inline struct F(mapping) * F(value_of)(struct F(search) * s)
{
	return (struct F(mapping) *)s->mapping;
}

/* Listening and connected sockets alike; the reservation is already visible, so a socket made later sees it in turn. */
static __always_inline bool F(node_uses)(struct __sk_buff *skb, const struct F(tuple) * key)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sock = NULL;

	F(socket)(&tuple, key);
	if (key->protocol == IPPROTO_TCP)
		sock = bpf_skc_lookup_tcp(skb, &tuple, F_SOCKET_SIZE, BPF_F_CURRENT_NETNS, 0);
	else if (key->protocol == IPPROTO_UDP)
		sock = bpf_sk_lookup_udp(skb, &tuple, F_SOCKET_SIZE, BPF_F_CURRENT_NETNS, 0);
	if (!sock)
		return false;
	bpf_sk_release(sock);
	return true;
}

static __noinline void F(try)(struct __sk_buff *skb, struct F(search) * s, __u16 port)
{
	struct F(mapping) *value = F(value_of)(s);
	struct F(mapping) * taken;
	long error;

	if (!s->fixed && port != s->own && port_is_reserved(port))
		return;
	s->key.local_port = bpf_htons(port);
	taken = bpf_map_lookup_elem(&F(ingress), &s->key);
	if (taken && F(equal)(&taken->address, &value->address) && taken->port == value->port &&
	    !(taken->flags & SNAT_FLAG_CLAIMED)) {
		s->found = SNAT_FOUND_PORT; /* the flow's own, whose egress half was lost */
		return;
	}
	if (taken && !F(reclaim)(&s->key, taken, s->now))
		return;
	error = bpf_map_update_elem(&F(ingress), &s->key, value, BPF_NOEXIST);
	if (error) {
		if (error != -17 /* EEXIST: another CPU was faster */)
			s->found = SNAT_FOUND_TABLE_FULL;
		return;
	}
	if (port != s->own && F(node_uses)(skb, &s->key)) {
		bpf_map_delete_elem(&F(ingress), &s->key);
		return;
	}
	s->found = SNAT_FOUND_PORT;
}

/* Whether a walk in vain means that the endpoint is full. */
static __always_inline bool F(walk)(struct __sk_buff *skb, struct F(search) * s);

/* Reserves a port in s->key; preferred is in host byte order. */
static __always_inline void F(reserve)(struct __sk_buff *skb, struct F(search) * s, __u16 preferred)
{
	__u64 *full;

	s->found = SNAT_FOUND_NOTHING;
	if (s->fixed || snat_in_range(preferred))
		F(try)(skb, s, preferred);
	if (s->fixed || s->found != SNAT_FOUND_NOTHING)
		return;

	s->key.local_port = 0; /* the endpoint as such */
	full = bpf_map_lookup_elem(&F(full), &s->key);
	if (full && !snat_older_than(*full, s->now, SNAT_FULL_FOR))
		return;
	s->span = snat_ports.max - snat_ports.min + 1;
	if (F(walk)(skb, s) && s->found == SNAT_FOUND_NOTHING) {
		s->key.local_port = 0;
		bpf_map_update_elem(&F(full), &s->key, &s->now, BPF_ANY);
	}
}
