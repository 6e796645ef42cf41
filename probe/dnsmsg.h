/* DNS messages: the queries that a probe sends, and what it reads from the answers.
 *
 * RFC 1035 (messages, compression), RFC 3596 (AAAA), RFC 6891 (EDNS), RFC 7871 (client subnet).
 * Whatever comes from the network is read within its bounds: names only by pointers that lead
 * backwards (so that none runs in circles), chains of CNAMEs only DNSMSG_LINKS long. Nothing
 * is allocated.
 *
 *     struct dnsmsg_question q = { .id = id, .name = "www.example.com", .type = DNSMSG_A, .recurse = true };
 *     size_t len = dnsmsg_query(&q, query, sizeof query);      // 0: no such name
 *     ...
 *     if (dnsmsg_parse(answer, answer_len, &q, &m) && m.rcode == DNSMSG_NOERROR) use(m.addr, m.addr_count); */
#ifndef LATLAS_PROBE_DNSMSG_H
#define LATLAS_PROBE_DNSMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/address.h"

enum { DNSMSG_A = 1, DNSMSG_NS = 2, DNSMSG_CNAME = 5, DNSMSG_SOA = 6, DNSMSG_AAAA = 28, DNSMSG_OPT = 41 };
enum { DNSMSG_NOERROR = 0, DNSMSG_FORMERR = 1, DNSMSG_SERVFAIL = 2, DNSMSG_NXDOMAIN = 3, DNSMSG_REFUSED = 5 };

#define DNSMSG_EDNS_BYTES 1232 /* DNS flag day 2020: fits a datagram everywhere */
#define DNSMSG_QUERY_MAX 320   /* header 12, name 255, type and class 4, OPT 11, ECS 4 + 4 + 16 */
#define DNSMSG_NAME 256        /* a name as text, with its NUL */
#define DNSMSG_ADDRESSES 16    /* kept of an answer */
#define DNSMSG_SERVERS 8       /* kept of an answer */
#define DNSMSG_LINKS 16        /* CNAMEs in a row */
#define DNSMSG_RECORDS 256     /* of the answer and authority sections: more is no answer */
#define DNSMSG_CHAIN 1024      /* the names of a chain as text: a string of the wire */

/* A client's subnet. What lies beyond `bits` is 0. */
struct dnsmsg_ecs {
	int family;        /* 4 or 6 */
	uint8_t bytes[16];
	int bits;          /* the source prefix length */
};

/* "49.36.0.0/16", "2001:db8::/32"; bits beyond the prefix must be 0. false: it is none. */
bool dnsmsg_ecs_parse(const char *text, struct dnsmsg_ecs *out);

struct dnsmsg_question {
	uint16_t id;
	const char *name;              /* with or without the final dot; no escapes */
	int type;
	bool recurse;                  /* RD: asked of a resolver, not of an authority */
	const struct dnsmsg_ecs *ecs;  /* NULL: none */
};

/* Write a query with EDNS. Its length, at most DNSMSG_QUERY_MAX; 0 if `name` is no name (a label
 * empty or beyond 63 octets, more than 255 in all) or `size` is too small. */
size_t dnsmsg_query(const struct dnsmsg_question *q, uint8_t *out, size_t size);

struct dnsmsg {
	int rcode;                     /* with the upper bits of EDNS */
	bool aa, tc;
	struct address addr[DNSMSG_ADDRESSES]; /* of the type asked for, in their order; port 0 */
	size_t addr_count;
	int64_t ttl;                   /* seconds; the smallest of the chain and of what it leads to; -1:
	                                * no record answers the question */
	char cname[DNSMSG_CHAIN];      /* the names that CNAMEs lead to, in order, joined by a space; whole
	                                * names as far as there is room */
	char end[DNSMSG_NAME];         /* where the chain ends; the name asked for if there is none */
	char ns[DNSMSG_SERVERS][DNSMSG_NAME]; /* names of the servers of `end`, where NS was asked for */
	size_t ns_count;
	char zone[DNSMSG_NAME];        /* owner of the SOA in the authority section; "" */
	int ecs_scope;                 /* scope prefix length; -1: no ECS option in the answer */
};

/* Read the answer to a question: its id, QR, one question that is ours (but for an error, which
 * may come without), every record within the message. false: it is broken, or answers something
 * else. Names are lower case in it; octets that have no place in a host's name are '?'. */
bool dnsmsg_parse(const uint8_t *message, size_t len, const struct dnsmsg_question *q, struct dnsmsg *out);

#endif
