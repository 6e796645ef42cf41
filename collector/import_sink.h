/* Where items go: many in one step, vantages to the registry and then batches to the store. */
#ifndef LATLAS_COLLECTOR_IMPORT_SINK_H
#define LATLAS_COLLECTOR_IMPORT_SINK_H

#include <stdio.h>

#include "collector/import.h"
#include "lib/log.h"

struct import_sink;

/* Borrows all until it is freed. With geography databases (`geo`; NULL: none) the addresses that
 * answered are looked up as the serving collector does (collector/edges.h), those of batches that
 * were there already too. NULL: out of memory. */
struct import_sink *import_sink_new(struct store *store, struct registry *registry, struct geo *geo,
                                    const struct log *log, int64_t now_us);
void import_sink_free(struct import_sink *k);

/* An import_take_fn; `ctx` is the sink. Errors as the store's and the registry's. */
int import_sink_take(void *ctx, struct import_item *item, struct err *err);
/* Write what is held back, places too; items are stored when this returns 0. */
int import_sink_flush(struct import_sink *k, struct err *err) LAT_MUST_CHECK;

struct import_sums {
	size_t taken, samples, audits; /* batches new, and what they hold */
	size_t there;                  /* batches that were there already */
	size_t otherwise;              /* of these: as of another target or node; they stay as they were */
	size_t vantages, placeless;    /* that were met; of these without a country */
};
struct import_sums import_sink_sums(const struct import_sink *k);

/* What was measured, most samples first: "name", samples, whether the plan knows it. At most `max`;
 * returns how many there are (32 at most are told apart). */
struct import_subject { const char *target, *node; bool planned; size_t samples; };
size_t import_sink_subjects(const struct import_sink *k, struct import_subject *out, size_t max);

#endif
