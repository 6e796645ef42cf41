/* A round by a plan, from the plan to a batch: everything between reading and spooling. */
#ifndef LATLAS_PROBE_SURVEY_H
#define LATLAS_PROBE_SURVEY_H

#include <signal.h>

#include "lib/err.h"
#include "lib/log.h"
#include "probe/agenda.h"
#include "probe/auditmem.h"
#include "probe/probe_conf.h"
#include "probe/targetmem.h"
#include "probe/ttlmem.h"
#include "schema/plan.h"
#include "schema/sample.h"

struct survey {
	const struct probe_conf *conf;
	const struct plan *plan;
	struct ttlmem *ttl;
	struct targetmem *targets;  /* what of it is due, which rare object is next; NULL: all is due */
	struct auditmem *audited;
	enum { SURVEY_AUDIT_DUE, SURVEY_AUDIT_ALL, SURVEY_AUDIT_NONE } audit;
	const struct log *log;
	const volatile sig_atomic_t *stop;
	struct addresses resolvers; /* filled by survey_prepare() */
	bool each_resolver;
	uint64_t seed;              /* of the order */
	struct agenda agenda, audits;
	struct arena arena;         /* of the rare objects' URLs */
	bool *due;                  /* by target of the plan */
	struct plan_url *rare;
	int64_t *rare_index;        /* -1: none */
};

/* Find the resolvers, lay out the agenda. Set conf, plan and log before. survey_free() in any
 * case. LAT_SOFTWARE. */
int survey_prepare(struct survey *s, struct err *err) LAT_MUST_CHECK;
/* Measure, then audit; `batch` (zeroed) gets header, samples and audits, but not plan_rev, dropped, rejected
 * and refused. */
int survey_run(struct survey *s, struct batch *batch, struct err *err) LAT_MUST_CHECK;
/* Once the batch is safe: remember what of it was measured. (Without memory left it is due again.) */
void survey_remember(const struct survey *s, const struct batch *batch);
void survey_free(struct survey *s);

#endif
