/* One DNS question, timed from the query to the answer, by c-ares inside our loop.
 *
 * - The answer came when the loop woke for it: what the loop did for others before it got round to
 *   this one, and the reading, are no part of dns_us.
 * - A channel of its own for each try: in c-ares 1.18 the source port belongs to the
 *   channel, and a port used once is harder to forge an answer for.
 * - c-ares asks one server once (tries = 1). Retries are ours: after RESOLVE_TRY_US of
 *   silence the next server of the list (or the same, if it is the only one) is asked. What
 *   was lost that way is part of dns_us, as it is part of a visitor's wait; a SYN that the
 *   kernel sends again is part of tcp in the same way.
 * - SERVFAIL, REFUSED and a broken answer go on to the next server of the list, and are the
 *   result if there is none; so does, of an authority, an answer without authority (a lame one).
 * - A truncated answer is asked for again over TCP (c-ares does that); `tcp` says so.
 * - /etc/hosts is not looked at. */
#ifndef LATLAS_PROBE_RESOLVE_H
#define LATLAS_PROBE_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "probe/address.h"
#include "probe/dnsmsg.h"
#include "probe/loop.h"
#include "schema/nel.h"

#define RESOLVE_TRY_US 2000000
#define RESOLVE_MAX_TRIES 4

struct resolve_question { /* strings and servers must live until the answer */
	const char *host;
	int type;                       /* DNSMSG_A, DNSMSG_AAAA, DNSMSG_NS */
	bool authority;                 /* asked of authorities, not of resolvers: without RD; an
	                                 * answer that only leads elsewhere (CNAME) is one */
	const struct dnsmsg_ecs *ecs;   /* NULL: none */
	const struct address *servers;  /* asked in this order */
	size_t server_count;
};

struct resolve_answer {
	enum nel_type error;
	struct address addr;   /* the first of the answer; family 0 on error, and if none was asked for */
	int64_t ttl;           /* seconds; the smallest of the chain; -1 on error */
	int64_t dns_us;        /* first query to answer; -1 on error, also where that is an answer
	                        * (NXDOMAIN, SERVFAIL) */
	struct address server; /* who answered; on error who was asked last */
	int tries;             /* how often we asked; the repetition over TCP is none */
	bool tcp;              /* it came over TCP, after a truncated one */
	const struct dnsmsg *message; /* the answer, good during the call; NULL: none could be read */
};

typedef void resolve_fn(void *ctx, const struct resolve_answer *answer);

struct resolve;

/* Once a process, before anything else here; and at its end. LAT_SOFTWARE. */
int resolve_library_init(struct err *err) LAT_MUST_CHECK;
void resolve_library_cleanup(void);

/* The servers of /etc/resolv.conf, appended to `out` in their order. LAT_UNAVAILABLE. */
int resolve_system_servers(struct addresses *out, struct err *err) LAT_MUST_CHECK;

/* One question at a time; it may be used again and again. NULL: out of memory. */
struct resolve *resolve_new(struct loop *loop);
void resolve_free(struct resolve *r); /* an open question ends without a word */

/* The type of record that holds addresses of a family (4 or 6). */
static inline int resolve_type(int family) { return family == 4 ? DNSMSG_A : DNSMSG_AAAA; }

/* `done` is called once, from the loop, never from within this call; at the latest at
 * `deadline`. `span` (may be NULL) gets the work booked as its own. */
void resolve_start(struct resolve *r, const struct resolve_question *question, struct mono deadline,
                   struct lag_span *span, resolve_fn *done, void *ctx);

#endif
