/* What a round asks of DNS alone, after its timed requests: samples of kind dns-only.
 *
 * For each target that the round measured through DNS, as its plan wishes:
 *   dns_wildcard   one name below it that nobody can have asked for, of each resolver that the
 *                  target was asked of: what an answer takes that is not in the cache (miss)
 *   dns_servers    each of them directly, without a subnet: resolver is its address
 *   ecs            each subnet, asked of the authoritative servers: those of dns_servers, or the
 *                  ones that authority.h finds, which then are also asked without a subnet
 * It comes last, so that nothing of it warms a cache for the round's own questions, nor runs
 * beside a timer of theirs. Servers that a plan or DNS names pass the guard first; they are asked
 * on port 53 and no other. What it refuses is recorded as tcp.address_invalid, unasked. */
#ifndef LATLAS_PROBE_SWEEP_H
#define LATLAS_PROBE_SWEEP_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "probe/agenda.h"
#include "probe/trial.h"

struct sweep {
	struct trial_shared *shared;        /* its plan must be there */
	const struct job *jobs;             /* of the round; they must outlive the sweep */
	size_t job_count;
	size_t max_questions;               /* more are left out */
	int64_t concurrency;                /* at most in flight, from 1 on */
	int64_t deadline_us;                /* from now on nothing is begun later than this */
	const volatile sig_atomic_t *stop;  /* set by a signal; NULL: none */
	struct batch *batch;                /* samples are added here, in the order of their start */
	/* what came of it */
	size_t asked, answered, left_out;
};

/* LAT_SOFTWARE (memory) or what the loop says. What was answered until then is in the batch. */
int sweep_run(struct sweep *s, struct err *err) LAT_MUST_CHECK;

#endif
