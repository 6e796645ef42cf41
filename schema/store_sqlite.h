/* The SQLite store's inside: what its files (append, fold, cells, facts) share. */
#ifndef LATLAS_SCHEMA_STORE_SQLITE_H
#define LATLAS_SCHEMA_STORE_SQLITE_H

#include "schema/store_cellmap.h"
#include "schema/store_db.h"
#include "schema/store_impl.h"
#include "schema/store_intern.h"
#include "schema/store_names.h"

/* The statements of schema/store_query.sql. */
enum store_query {
	Q_STRING_FIND, Q_STRING_ADD, Q_STRING_TEXT,
	Q_SERIES_FIND, Q_SERIES_ADD, Q_SERIES_GET,
	Q_BATCH_FIND, Q_BATCH_ADD, Q_BATCH_GET, Q_BATCH_TOTALS, Q_BATCH_IN_WINDOW, Q_BATCH_OF_PROBE,
	Q_UNFOLDED_ADD, Q_UNFOLDED_FIRST, Q_UNFOLDED_DONE, Q_UNFOLDED_COUNT, Q_UNFOLDED_OF_PROBE,
	Q_SAMPLE_ADD, Q_SAMPLE_OF_BATCH, Q_SAMPLE_CORE_OF_BATCH, Q_SAMPLE_CORE_OF_UNFOLDED,
	Q_PROBES,
	Q_CELL_GET, Q_CELL_NEW, Q_CELL_PUT, Q_CELL_OF_PROBE,
	Q_AUDIT_ADD, Q_AUDIT_HEADER_ADD, Q_AUDIT_IN_WINDOW, Q_AUDIT_GET, Q_AUDIT_HEADERS,
	Q_AUDIT_BEFORE, Q_AUDIT_AFTER, Q_AUDIT_STRETCH, Q_AUDIT_COPY, Q_AUDIT_COPY_HEADERS, Q_AUDIT_REMOVE,
	Q_PRUNE_FIND, Q_PRUNE_COUNT, Q_PRUNE_SAMPLES, Q_PRUNE_MARK, Q_PRUNED_UNTIL, Q_PRUNED_UNTIL_SET, Q_RECEIVED_LAST,
	Q_PLACE_PUT, Q_PLACE_ALL, Q_EDGE_BATCHES, Q_EDGE_OF_BATCH,
	QUERIES
};

struct store_sqlite {
	struct store base;
	struct store_db *db;
	struct store_intern intern; /* of a store that may be written */
	struct store_names names;
};

/* sample.id = batch.id * 16384 + position in the batch */
#define STORE_SQLITE_ID_SHIFT 14
_Static_assert(STORE_MAX_SAMPLES == 1 << STORE_SQLITE_ID_SHIFT, "a batch's samples have a range of ids");

/* The numbers that are stored for these are theirs for ever. */
_Static_assert(DNS_CACHE_NONE == 0 && DNS_CACHE_HIT == 1 && DNS_CACHE_MISS == 2 && DNS_CACHE_UNKNOWN == 3,
               "sample.dns_cache");
_Static_assert(NEL_PHASE_NONE == 0 && NEL_PHASE_DNS == 1 && NEL_PHASE_CONNECTION == 2
                       && NEL_PHASE_APPLICATION == 3,
               "sample.error_phase");

/* The operations (schema/store.h says what they do). */
int store_append_sqlite(struct store *store, struct store_batch *batches, size_t n,
                        struct err *err) LAT_MUST_CHECK;
int store_fold_sqlite(struct store *store, size_t max_batches, size_t *left, struct err *err) LAT_MUST_CHECK;
int store_cells_sqlite(struct store *store, const struct store_window *w, store_cell_fn *fn, void *ctx,
                       struct err *err) LAT_MUST_CHECK;
int store_facts_samples(struct store *store, int64_t since_us, int64_t until_us, store_sample_fn *fn,
                        void *ctx, struct err *err) LAT_MUST_CHECK;
int store_facts_audits(struct store *store, int64_t since_us, int64_t until_us, store_audit_fn *fn, void *ctx,
                       struct err *err) LAT_MUST_CHECK;
int store_prune_sqlite(struct store *store, int64_t before_us, size_t max_samples, struct store_pruned *done,
                       bool *more, struct err *err) LAT_MUST_CHECK;
int store_prune_count(struct store *store, int64_t before_us, struct store_pruned *out,
                      struct err *err) LAT_MUST_CHECK;
int store_prune_until(struct store *store, int64_t *until_us, struct err *err) LAT_MUST_CHECK;
int store_prune_received(struct store *store, int64_t *received_us, struct err *err) LAT_MUST_CHECK;
int store_places_put(struct store *store, const struct store_place *places, size_t n,
                     struct err *err) LAT_MUST_CHECK;
int store_places_scan(struct store *store, store_place_fn *fn, void *ctx, struct err *err) LAT_MUST_CHECK;
int store_edges_scan(struct store *store, const struct store_edge_window *w, uint64_t *every, store_edge_fn *fn,
                     void *ctx, struct err *err) LAT_MUST_CHECK;

#endif
