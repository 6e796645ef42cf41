/* One round: the jobs of an agenda, few in flight, their starts paced, until all are done,
 * the round's deadline passes, or somebody asks it to stop.
 *
 * After the deadline nothing new is begun and what is in flight ends in its own time (it
 * has a timeout): a sample that was cut short by us would be a failure of ours. After a stop
 * what is in flight is left out. */
#ifndef LATLAS_PROBE_ROUND_H
#define LATLAS_PROBE_ROUND_H

#include <signal.h>
#include <stdint.h>

#include "lib/err.h"
#include "probe/trial.h"

/* Between two starts: bursts lie (200 started at once are off by 25 ms in the median, 200 a
 * second by 50 us). */
#define ROUND_GAP_US 5000

struct round {
	struct trial_shared *shared;
	const struct job *jobs;
	size_t job_count;
	int64_t concurrency;                /* at most in flight, from 1 on */
	int64_t deadline_us;                /* from the start on; 0: none */
	const volatile sig_atomic_t *stop;  /* set by a signal; NULL: none */
	trial_fn *on_sample;                /* called for each, NULL samples too; may be NULL */
	void *ctx;
	struct batch *batch;                /* samples are added here, in the order of their start;
	                                     * shared->arena is its arena */
	/* what came of it */
	size_t begun;                       /* the rest was left out by the deadline or a stop */
	size_t over_budget;                 /* not recorded: the run's budget of bytes was met */
	bool stopped;
	int64_t ok, worst_lag_us, duration_us;
};

/* LAT_SOFTWARE (memory) or what the loop says. Samples taken until then are in the batch. */
int round_run(struct round *r, struct err *err) LAT_MUST_CHECK;

#endif
