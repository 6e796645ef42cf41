/* Was an answer in the resolver's cache? Inferred from its TTL.
 *
 * A cache hands out what is left of the TTL; the authority hands out the whole. So, with the
 * largest TTL met for that question at that resolver kept from round to round:
 *   - less than the largest: it came from a cache: hit;
 *   - equal to it, at a resolver that was seen to count down for this question: miss (wrong
 *     only if somebody else had filled the cache within the same second);
 *   - equal to it again within TTLMEM_FULL_US: unknown, as we may have filled it ourselves. So it is
 *     when several targets of a plan are on one host;
 *   - equal, and never seen smaller: the resolver may be one that doesn't count down, or we
 *     have not met its cache yet: unknown;
 *   - the first time, or larger than ever: unknown.
 * The largest TTL is forgotten when it was not met for TTLMEM_KEEP_US: an operator may have
 * lowered it. A proof (a name that nobody can have asked for) needs a wildcard in the
 * target's zone: see sweep.h. */
#ifndef LATLAS_PROBE_TTLMEM_H
#define LATLAS_PROBE_TTLMEM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/vec.h"
#include "schema/sample.h"

#define TTLMEM_KEEP_US (7 * US_PER_DAY)
/* A cache tells whole seconds: for so long after it was filled it may hand out the whole TTL, and a
 * second for what the two answers took on their way. */
#define TTLMEM_FULL_US (2 * US_PER_S)
#define TTLMEM_MAX 4096 /* questions remembered; then the one not met for longest goes */

struct ttlmem_entry {
	char *resolver, *name;
	int family;
	int64_t largest;     /* seconds */
	int64_t met_us;      /* when the largest was last met, wall clock */
	bool counts_down;
};

struct ttlmem { VEC(struct ttlmem_entry) entries; };

/* Judge one answer and remember it. Without memory left: DNS_CACHE_UNKNOWN. */
enum dns_cache ttlmem_judge(struct ttlmem *m, const char *resolver, const char *name, int family,
                            int64_t ttl, struct wall now);
/* For the file: an entry as it was. false: out of memory. */
bool ttlmem_restore(struct ttlmem *m, const struct ttlmem_entry *entry);
void ttlmem_free(struct ttlmem *m);

#endif
