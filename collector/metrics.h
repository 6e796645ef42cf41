/* What the collector counts about itself, for GET /metrics in Prometheus' text format
 * (version 0.0.4). Counters are atomic: every thread adds to them without a lock. */
#ifndef LATLAS_COLLECTOR_METRICS_H
#define LATLAS_COLLECTOR_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/buf.h"
#include "schema/registry.h"

/* How a push of a batch ended. */
enum metrics_result {
	RESULT_ADDED,        /* 200: committed */
	RESULT_DUPLICATE,    /* 200: was there already */
	RESULT_CONFLICT,     /* 409 */
	RESULT_INVALID,      /* 400, 411, 413, 415 */
	RESULT_UNAUTHORIZED, /* 401 */
	RESULT_FORBIDDEN,    /* 403 */
	RESULT_LIMITED,      /* 429 */
	RESULT_UNAVAILABLE,  /* 503 */
	RESULTS
};

#define METRICS_BUCKETS 11

/* A zeroed struct has counted nothing. */
struct metrics {
	atomic_uint_fast64_t batches[RESULTS];
	atomic_uint_fast64_t samples;                      /* of batches added */
	atomic_uint_fast64_t commits[METRICS_BUCKETS + 1]; /* by duration, the last: longer than all bounds */
	atomic_uint_fast64_t commit_us;                    /* sum */
};

void metrics_count(struct metrics *m, enum metrics_result result);
void metrics_commit(struct metrics *m, int64_t us); /* one group commit that took so long */
/* The text; `probes` are the registry's rows, of which those that are revoked are left out. */
void metrics_print(const struct metrics *m, const probe_rows *probes, struct buf *out);

#endif
