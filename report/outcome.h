/* What a change of the fleet does to each region: both arms measured, compared and judged. */
#ifndef LATLAS_REPORT_OUTCOME_H
#define LATLAS_REPORT_OUTCOME_H

#include "lib/attr.h"
#include "lib/vec.h"
#include "report/evaluate.h"
#include "report/mixture.h"
#include "report/result.h"
#include "report/route.h"
#include "report/study.h"

/* What a change does to one region, by one cdn target. Milliseconds. */
struct outcome {
	const struct region *region;
	size_t target;
	struct mixture who;        /* vantages that can tell both arms; empty: not judged */
	size_t blocks;             /* of the poorest of them */
	bool touched;              /* something changes for one of them */
	bool extrapolated;
	double before, after, low, high, margin; /* of the objective's quantile, and of its change; no bounds where
	                                            one of them is a failure */
	bool before_fail, after_fail;
	double p;                  /* of "the change is within the margin" */
	uint64_t units, failing_before, failing_after; /* probe-units that tell both, and failing ones */
	enum gate_verdict latency, failures, verdict;
	bool not_after_holm;       /* its latency would FAIL alone */
};

struct gate_study {
	struct study s;
	const struct whatif_options *o;
	struct change change;
	struct route *route;       /* vantages x targets */
	VEC(struct outcome) outcome;
};

/* Fill g->route and g->outcome, for every region and cdn target, Holm's correction over
 * countries and continents done. false: out of memory. */
bool outcome_judge_all(struct gate_study *g) LAT_MUST_CHECK;
void outcome_free_all(struct gate_study *g);

static inline const struct route *outcome_route(const struct gate_study *g, size_t v, size_t target)
{
	return &g->route[v * g->s.atlas.targets + target];
}

/* One sentence about it; `crosses` and `hidden` (names, or "") as in struct gate_region. The
 * string lives in `arena`; NULL: out of memory. */
const char *outcome_sentence(struct gate_study *g, const struct outcome *o, int crosses, const char *hidden,
                             struct arena *arena);

#endif
