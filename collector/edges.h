/* The addresses that answered, and where they stand: so that a rival's points of presence are
 * places, too. Each address that a push names is noted in memory; when the writer has time, each
 * is looked up once, and again when other geography databases were loaded, and what changed is
 * written to the store's places. Nothing is done for a sample whose address is known.
 * Belongs to the writer's thread. */
#ifndef LATLAS_COLLECTOR_EDGES_H
#define LATLAS_COLLECTOR_EDGES_H

#include <stdbool.h>

#include "collector/geo.h"
#include "lib/err.h"
#include "lib/log.h"
#include "schema/sample.h"
#include "schema/store.h"

#define EDGES_MAX 50000 /* addresses; more are not noted, which is one warning */
#define EDGES_STEP 256  /* looked up and written at a time: a push waits for no more */

struct edges;

/* NULL when out of memory; `log` must outlive it. */
struct edges *edges_new(const struct log *log);
void edges_free(struct edges *e);

/* Know the addresses that the store has. */
int edges_load(struct edges *e, struct store *s, struct err *err) LAT_MUST_CHECK;

/* Note what answered in a batch: through DNS, targets (no candidates). false: out of memory. */
bool edges_add(struct edges *e, const struct batch *b) LAT_MUST_CHECK;

/* Is there an address to be looked up in these databases? */
bool edges_pending(const struct edges *e, struct geo *geo);
/* Look up and write up to EDGES_STEP of them. After an error they are pending still. */
int edges_step(struct edges *e, struct store *s, struct geo *geo, int64_t now_us, struct err *err) LAT_MUST_CHECK;

#endif
