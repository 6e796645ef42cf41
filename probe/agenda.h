/* What one round measures, in which order: a list of jobs from a plan.
 *
 * - Each cdn and baseline target once for each family of the plan and each resolver; each
 *   node (but those that are off) by address for each cdn target it serves; each candidate.
 * - `samples` of the plan: that many passes over all of it, so that the first sample of
 *   everything comes before the second of anything.
 * - The order is shuffled in each pass, by a seed that can be told. Targets through DNS that
 *   share family and resolver stay together, baselines spread evenly among the cdn targets:
 *   what is compared is measured side by side.
 * - Rare objects come last, one for each family, through DNS and asking the first resolver
 *   alone, never on nodes: the visit before them must not warm the caches that the usual
 *   sample is to meet, and what few ask for must stay that. */
#ifndef LATLAS_PROBE_AGENDA_H
#define LATLAS_PROBE_AGENDA_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/vec.h"
#include "probe/address.h"
#include "schema/plan.h"

enum job_way {
	JOB_DNS,      /* resolve, timed; then fetch */
	JOB_UNTIMED,  /* resolve, untimed; then fetch (a candidate without addresses) */
	JOB_ADDRESS   /* the address is given */
};

struct job { /* strings are the plan's */
	const char *target, *target_rev, *node;
	enum series_kind kind;
	enum role role;
	enum job_way way;
	const struct plan_url *url;
	int family;                      /* 4 or 6 */
	struct address addr;             /* JOB_ADDRESS */
	const struct address *resolvers; /* otherwise: whom to ask, in this order */
	size_t resolver_count;
	const char *http, *tls, *edge_header;
	const struct strings *headers;
	const int64_t *expect_status;    /* none: any 2xx */
	size_t expect_count;
	int64_t body_limit_kib;
	uint32_t nth;
};

struct agenda {
	VEC(struct job) jobs;
	size_t left_out; /* jobs beyond max_samples */
};

/* What is asked for; all must outlive the agenda. */
struct agenda_request {
	const struct plan *plan;
	const struct addresses *resolvers;
	bool each_resolver;  /* each is measured on its own; else they are one list of which the first that
	                        answers counts (as /etc/resolv.conf is meant) */
	int64_t max_samples; /* more jobs are left out, after the shuffle */
	uint64_t seed;       /* of the shuffle */
	const bool *due;     /* by target of the plan: is it, with the nodes for it, due? NULL: all are */
	const struct plan_url *rare; /* by target of the plan: the rare object to ask for; one whose text is
	                        NULL: none. NULL: none at all */
};

/* LAT_SOFTWARE: out of memory. */
int agenda_make(struct agenda *a, const struct agenda_request *request, struct err *err) LAT_MUST_CHECK;
void agenda_free(struct agenda *a);

#endif
