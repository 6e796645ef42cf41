/* What pushes tell about their probes (last seen, version, boot, clock skew, drops, and
 * the address they came from), gathered in memory and written to the registry now and
 * then: a row of its own for every push would double the disk's syncs. Belongs to the
 * writer's thread. */
#ifndef LATLAS_COLLECTOR_SEEN_H
#define LATLAS_COLLECTOR_SEEN_H

#include <stdbool.h>
#include <sys/socket.h>

#include "collector/geo.h"
#include "lib/err.h"
#include "schema/registry.h"
#include "schema/sample.h"

#define SEEN_TEXT 64 /* of a version and a boot id; longer ones are cut */

struct seen;

struct seen *seen_new(void); /* NULL when out of memory */
void seen_free(struct seen *s);

/* A batch of a probe was committed, or had been before (`again`: its drops are counted
 * already). `skew_us` may be STORE_NO_SKEW. false: out of memory. */
bool seen_add(struct seen *s, const struct batch *b, bool again, int64_t at_us, int64_t skew_us,
              const struct sockaddr *peer) LAT_MUST_CHECK;

/* Is there anything to write? */
bool seen_pending(const struct seen *s);
/* Write it: registry_seen, and by `geo` (may be NULL) the place of a probe whose address is
 * new. What could not be written stays pending. */
int seen_flush(struct seen *s, struct registry *r, struct geo *geo, struct err *err) LAT_MUST_CHECK;

#endif
