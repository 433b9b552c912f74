// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Wire formats: Ethernet, IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792). */
#pragma once
#include "abi.h"

#define ETH_HLEN 14
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88a8

enum {
	IPPROTO_ICMP = 1,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_ICMPV6 = 58,
	IPPROTO_SCTP = 132,
};

#define IP_MF 0x2000
#define IP_OFFSET 0x1fff

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct iphdr {
	__u8 version_ihl;
	__u8 tos;
	__be16 tot_len;
	__be16 id;
	__be16 frag_off;
	__u8 ttl;
	__u8 protocol;
	__sum16 check;
	__be32 saddr;
	__be32 daddr;
};

#define IPPROTO_HOPOPTS 0
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_AH 51
#define IPPROTO_DSTOPTS 60

#define IP6_OFFSET 0xfff8
#define IP6_MF 0x0001

struct ipv6hdr {
	__u8 version_class;
	__u8 flow[3];
	__be16 payload_len;
	__u8 nexthdr;
	__u8 hop_limit;
	struct snat_v6_address saddr;
	struct snat_v6_address daddr;
};

/* Other extensions begin with nexthdr and length, in units of their own. */
struct ipv6_fragment {
	__u8 nexthdr;
	__u8 length;
	__be16 offset;
	__be32 id;
};

struct tcphdr {
	__be16 source;
	__be16 dest;
	__be32 seq;
	__be32 ack_seq;
	__u8 offset;
	__u8 flags;
	__be16 window;
	__sum16 check;
	__be16 urgent;
};

struct udphdr {
	__be16 source;
	__be16 dest;
	__be16 len;
	__sum16 check;
};

struct icmphdr {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be16 id;
	__be16 sequence;
};

#define SNAT_IPV4(a, b, c, d) (((__u32)(a) << 24) | ((__u32)(b) << 16) | ((__u32)(c) << 8) | (__u32)(d))
/* Four words, as in struct snat_v6_address, in host byte order. */
#define SNAT_IPV6_IN(a, m0, m1, m2, m3, p0, p1, p2, p3)                                                                \
	(((a)->word[0] & bpf_htonl(m0)) == bpf_htonl(p0) && ((a)->word[1] & bpf_htonl(m1)) == bpf_htonl(p1) &&         \
	 ((a)->word[2] & bpf_htonl(m2)) == bpf_htonl(p2) && ((a)->word[3] & bpf_htonl(m3)) == bpf_htonl(p3))
