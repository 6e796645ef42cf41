/* In which boot of its machine each batch was measured, gathered in memory and written to the
 * registry now and then (as seen.h does), which finds two machines under one name. Belongs to the
 * writer's thread. */
#ifndef LATLAS_COLLECTOR_BOOTS_H
#define LATLAS_COLLECTOR_BOOTS_H

#include "lib/err.h"
#include "lib/log.h"
#include "schema/registry.h"
#include "schema/store.h"

#define BOOTS_PENDING 1024 /* boots between two writes; what is above is told by their next batches */
#define BOOTS_TEXT 64      /* of a boot id; longer ones are cut */

struct boots;

struct boots *boots_new(void); /* NULL when out of memory */
void boots_free(struct boots *b);

/* A batch was committed. One without a boot, or whose clock is implausible, tells nothing. */
void boots_add(struct boots *b, const struct store_batch *item);
/* Write what there is (registry_boots_seen). A clone that is found is one line in the log.
 * What could not be written is written by the next call. */
int boots_flush(struct boots *b, struct registry *r, const struct log *log, struct err *err) LAT_MUST_CHECK;

#endif
