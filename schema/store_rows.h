/* Rows of `batch` and `sample` back into structs. */
#ifndef LATLAS_SCHEMA_STORE_ROWS_H
#define LATLAS_SCHEMA_STORE_ROWS_H

#include "schema/store_sqlite.h"

struct store_rows_batch {
	int64_t id;
	int64_t probe;          /* string id */
	bool implausible;
	bool pruned;            /* its samples were deleted: there are none to read */
	int64_t samples;        /* how many it has, or had */
	const char *source;     /* of the names; NULL: a probe of ours */
	struct batch header;    /* without samples and audits; strings are the names' */
	char seed[SEED_TEXT];   /* the header's, which points here */
	int64_t met;            /* samples met by store_rows_samples() or store_rows_unfolded() */
};

/* LAT_DATAERR if there is no such batch. */
int store_rows_batch(struct store_sqlite *s, int64_t id, struct store_rows_batch *out,
                     struct err *err) LAT_MUST_CHECK;

/* Every sample of a batch in order; what is not a measure or a reason why not (target, addresses,
 * HTTP) only if `whole`. A callback that returns other than 0 ends it. LAT_DATAERR if the
 * batch has lost samples. */
typedef int store_rows_fn(void *ctx, const struct store_rows_batch *batch, const struct sample *sample,
                          int64_t series, struct err *err);
int store_rows_samples(struct store_sqlite *s, struct store_rows_batch *b, bool whole, store_rows_fn *fn,
                       void *ctx, struct err *err) LAT_MUST_CHECK;
/* The same, not whole, of the batches of a probe that wait to be folded and have ids from the first
 * one's to the last one's: `n` > 0 in order, and there are no others. */
int store_rows_unfolded(struct store_sqlite *s, struct store_rows_batch *batches, size_t n, store_rows_fn *fn,
                        void *ctx, struct err *err) LAT_MUST_CHECK;
/* What the statements above call. */
extern const struct store_db_function store_rows_functions[];

/* Say in `err`, where decoding has said why, which cell is damaged: of that probe (string id), hour since
 * 1970 and series. Returns the error's code. */
int store_rows_damaged_cell(const struct store_sqlite *s, int64_t probe, int64_t hour, int64_t series,
                            struct err *err);

#endif
