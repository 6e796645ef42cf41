/* Whose word about a name is final: its authoritative servers, found through a resolver.
 *
 *     NS of the host        -> where its CNAMEs end, and its servers if that is a zone's top;
 *                              else the zone, by the SOA of the refusal (RFC 2308, 2.2)
 *     NS of the zone        -> the names of its servers
 *     A or AAAA of each     -> their addresses, the first AUTHORITY_MAX
 *
 * They are those of the zone in which the CNAMEs end: who sends visitors to a node is the last
 * in the chain. Whether the addresses may be asked is for the caller to say (guard.h). Nothing
 * of it is timed. */
#ifndef LATLAS_PROBE_AUTHORITY_H
#define LATLAS_PROBE_AUTHORITY_H

#include <stddef.h>

#include "lib/clock.h"
#include "probe/address.h"
#include "probe/dnsmsg.h"
#include "probe/loop.h"
#include "schema/nel.h"

#define AUTHORITY_MAX 4  /* servers: what is lost by one that doesn't answer is small */
#define AUTHORITY_PORT 53

struct authority_found {
	enum nel_type error;      /* NEL_DNS_...: none were found */
	char name[DNSMSG_NAME];   /* what they are to be asked for */
	struct address servers[AUTHORITY_MAX];
	size_t count;
};

typedef void authority_fn(void *ctx, const struct authority_found *found);

struct authority;

/* One search at a time; it may be used again and again. NULL: out of memory. */
struct authority *authority_new(struct loop *loop);
void authority_free(struct authority *a); /* an open search ends without a word */

/* Find the servers of `host`, with addresses of `family`. `host` and `resolvers` must live until
 * the answer. `done` is called once, from the loop, at the latest at `deadline`. */
void authority_start(struct authority *a, const char *host, int family, const struct address *resolvers,
                     size_t resolver_count, struct mono deadline, authority_fn *done, void *ctx);

#endif
