/* The audit: an untimed fetch of each target through DNS and of each node by address, now and
 * then, when a round's timed samples are done. What is served (digest, headers), who says so
 * (certificate), and by which clock.
 *
 * - Due each audit_every of the plan, counted from the last audit of that target on that node;
 *   nodes that are off, too, but at most once a day (nobody should be served by them, and they
 *   must be fit to come back).
 * - Guard, ports, timeout, order and number in flight as for samples; of the run's samples, bytes
 *   and time what the round left. What is left out thereby stays due.
 * - One address of a node is audited, and one answer of a name: over the plan's first family.
 *   A host that is an address itself is audited as it is. Candidates are not ours, and aren't. */
#ifndef LATLAS_PROBE_AUDIT_H
#define LATLAS_PROBE_AUDIT_H

#include "lib/err.h"
#include "probe/agenda.h"
#include "probe/auditmem.h"
#include "probe/round.h"
#include "schema/sample.h"

#define AUDIT_OFF_EVERY_US (INT64_C(86400) * 1000000)

/* The jobs that are due at `now_us`, in the plan's order: into `a` (zeroed; agenda_free()).
 * `m` NULL: all of them are, whatever is remembered. a->left_out: those beyond `max`.
 * LAT_SOFTWARE: out of memory. */
int audit_agenda(struct agenda *a, const struct plan *plan, const struct addresses *resolvers,
                 const struct auditmem *m, int64_t now_us, size_t max, struct err *err) LAT_MUST_CHECK;

struct audit_run {
	struct trial_shared *shared;       /* as for the round; its `inspects` and `ttl` are set here */
	const struct agenda *agenda;
	int64_t concurrency, deadline_us;  /* as of struct round */
	const volatile sig_atomic_t *stop;
	struct auditmem *mem;              /* is told what was done; NULL: nobody is */
	struct batch *batch;               /* audits are added here */
	/* what came of it */
	size_t begun, over_budget;
	bool no_memory;
};

/* As round_run(). */
int audit_run(struct audit_run *r, struct err *err) LAT_MUST_CHECK;

#endif
