/* A round by a plan, from the plan to a batch: everything between reading and spooling. */
#ifndef LATLAS_PROBE_SURVEY_H
#define LATLAS_PROBE_SURVEY_H

#include <signal.h>

#include "lib/err.h"
#include "lib/log.h"
#include "probe/agenda.h"
#include "probe/probe_conf.h"
#include "probe/ttlmem.h"
#include "schema/plan.h"
#include "schema/sample.h"

struct survey {
	const struct probe_conf *conf;
	const struct plan *plan;
	struct ttlmem *ttl;
	const struct log *log;
	const volatile sig_atomic_t *stop;
	struct addresses resolvers; /* filled by survey_prepare() */
	bool each_resolver;
	struct agenda agenda;
};

/* Find the resolvers, lay out the agenda. Set conf, plan and log before. survey_free() in any
 * case. LAT_SOFTWARE. */
int survey_prepare(struct survey *s, struct err *err) LAT_MUST_CHECK;
/* Measure; `batch` (zeroed) gets header and samples, but not plan_rev, dropped and refused. */
int survey_run(struct survey *s, struct batch *batch, struct err *err) LAT_MUST_CHECK;
void survey_free(struct survey *s);

#endif
