/* The store in memory, inside: what its parts share. store_memory.c keeps the batches,
 * store_memory_cells.c tells samples and cells of them, store_memory_facts.c audits, places and
 * who answered, store_memory_prune.c forgets. */
#ifndef LATLAS_SCHEMA_STORE_MEMORY_H
#define LATLAS_SCHEMA_STORE_MEMORY_H

#include "lib/vec.h"
#include "schema/store_impl.h"

/* What was pruned is still here, since cells are made of it; but nothing else sees it. */
struct kept {
	struct batch batch;
	struct batch header; /* the same without samples and audits: what scans hand out */
	uint8_t uuid[STORE_UUID], digest[32];
	const char *source;  /* in the batch's arena */
	int64_t received_us;
	bool implausible, folded, pruned;
};

struct kept_place { struct store_place place; struct arena arena; };

struct memory {
	struct store base;
	struct kept **at;
	size_t len, cap;
	int64_t pruned_until_us; /* 0: nothing was pruned */
	VEC(struct kept_place) places; /* by address */
};

/* NULL is copied to NULL; *ok becomes false when out of memory. */
const char *store_memory_text(struct arena *arena, const char *text, bool *ok);

/* The operations (struct store_ops) of the other files. */
int store_memory_scan_cells(struct store *store, const struct store_window *w, store_cell_fn *fn, void *ctx,
                            struct err *err) LAT_MUST_CHECK;
int store_memory_scan_samples(struct store *store, int64_t since_us, int64_t until_us, store_sample_fn *fn,
                              void *ctx, struct err *err) LAT_MUST_CHECK;
int store_memory_scan_audits(struct store *store, int64_t since_us, int64_t until_us, store_audit_fn *fn,
                             void *ctx, struct err *err) LAT_MUST_CHECK;
int store_memory_put_places(struct store *store, const struct store_place *places, size_t n,
                            struct err *err) LAT_MUST_CHECK;
int store_memory_scan_places(struct store *store, store_place_fn *fn, void *ctx, struct err *err) LAT_MUST_CHECK;
int store_memory_scan_edges(struct store *store, const struct store_edge_window *w, uint64_t *every,
                            store_edge_fn *fn, void *ctx, struct err *err) LAT_MUST_CHECK;
int store_memory_prune(struct store *store, int64_t before_us, size_t max_samples, struct store_pruned *done,
                       bool *more, struct err *err) LAT_MUST_CHECK;
int store_memory_prunable(struct store *store, int64_t before_us, struct store_pruned *out,
                          struct err *err) LAT_MUST_CHECK;
int store_memory_pruned_until(struct store *store, int64_t *until_us, struct err *err) LAT_MUST_CHECK;
int store_memory_received_last(struct store *store, int64_t *received_us, struct err *err) LAT_MUST_CHECK;

#endif
