/* One measurement: a job of the agenda becomes a sample. The states are
 *
 *     IDLE -> RESOLVING (if the name must be asked for) -> FETCHING -> IDLE
 *
 * The deadline covers all of it, from the first query to the last byte. Between the two
 * steps stands the guard. */
#ifndef LATLAS_PROBE_TRIAL_H
#define LATLAS_PROBE_TRIAL_H

#include "lib/err.h"
#include "probe/agenda.h"
#include "probe/fetch.h"
#include "probe/guard.h"
#include "probe/loop.h"
#include "probe/ttlmem.h"
#include "schema/plan.h"
#include "schema/sample.h"

/* What all trials of a run share; the owner's, and must outlive them. */
struct trial_shared {
	struct loop *loop;
	struct fetcher *fetcher;
	const struct guard *guard;
	const struct plan *plan;   /* to name the edge by its address; NULL: none */
	struct ttlmem *ttl;        /* NULL: dns_cache stays unknown */
	struct arena *arena;       /* for the samples' strings */
	int64_t timeout_ms;
	bool inspects;             /* untimed: each trial has an inspect that sees the response */
	bool out_of_memory;        /* set by a trial: a sample may lack something */
};

struct trial;

/* `s` is NULL if there is nothing to record (the run's budget of bytes was met). `fetched` is
 * NULL if it did not come to a request. Both are the trial's, good during the call. */
typedef void trial_fn(void *ctx, const struct job *job, const struct sample *s,
                      const struct fetch_result *fetched);

struct trial *trial_new(struct trial_shared *shared); /* NULL: out of memory */
void trial_free(struct trial *t);                     /* an open one ends without a word */
bool trial_is_idle(const struct trial *t);

/* Begin; `done` is called once, from the loop. */
void trial_begin(struct trial *t, const struct job *job, trial_fn *done, void *ctx);

#endif
