#include "report/verdict.h"

#include <math.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/stats.h"
#include "report/steering.h"
#include "report/tabulate.h"

#define S FIX_BIT(FIX_STEERING)
#define D FIX_BIT(FIX_DNS)
#define E FIX_BIT(FIX_EDGE)
#define N FIX_BIT(FIX_NODE)
const unsigned verdict_sets[15] = {S, D, E, N, S | D, S | E, S | N, D | E, D | N, E | N,
                                   S | D | E, S | D | N, S | E | N, D | E | N, S | D | E | N};
#undef S
#undef D
#undef E
#undef N

enum verdict verdict_of_fix(enum fix f)
{
	switch (f) {
	case FIX_STEERING: return VERDICT_MIS_STEERED;
	case FIX_DNS: return VERDICT_SLOW_DNS;
	case FIX_EDGE: return VERDICT_SLOW_EDGE;
	case FIX_NODE: return VERDICT_NEEDS_NODE;
	case FIXES: break;
	}
	return VERDICT_UNMET;
}

enum fix verdict_first(unsigned set)
{
	for (int f = 0; f < FIXES; f++)
		if ((set & FIX_BIT(f)) != 0)
			return (enum fix)f;
	return FIXES;
}

void finding_free(struct finding *f)
{
	mixture_free(&f->who);
}

/* ---- worlds of a region ----------------------------------------------------------------- */

/* The arm of the region's members, each using what serves it best. */
static bool fill_arm(struct study *s, const struct mixture *who, size_t target, struct world at_hand,
                     struct arm *arm)
{
	arm_begin(arm, s->atlas.blocks.len);
	for (size_t i = 0; i < who->member.len; i++) {
		size_t v = who->member.at[i].vantage;
		if (!worlds_add(&s->worlds, arm, v, target, worlds_choose(&s->worlds, v, target, at_hand)))
			arm_probe(arm);
	}
	return arm_close(arm) && !s->worlds.failed;
}

static double world_ms(struct study *s, const struct mixture *who, size_t target, struct world at_hand,
                       bool *fails)
{
	struct arm arm;
	double us = NAN;

	if (fill_arm(s, who, target, at_hand, &arm))
		us = bootstrap_point(&s->boot, who, &arm, &s->model[target], s->atlas.plan.quantile,
		                     s->atlas.fail_us, fails);
	s->worlds.failed |= arm.failed;
	arm_free(&arm);
	return *fails ? INFINITY : us / US_PER_MS;
}

/* Can the fix be told at one member at least? */
static bool told(struct study *s, const struct mixture *who, size_t target, enum fix f, long candidate)
{
	struct world x = {.fixes = FIX_BIT(f), .candidate = f == FIX_NODE ? candidate : -1};

	for (size_t i = 0; i < who->member.len; i++)
		if (!isnan(worlds_gain(&s->worlds, who->member.at[i].vantage, target, x)))
			return true;
	return false;
}

/* Of two candidates as good: the cheaper, an unknown cost last; then the name. */
static bool rather(const struct plan_candidate *a, const struct plan_candidate *b)
{
	double x = isnan(a->cost_month) ? INFINITY : a->cost_month;
	double y = isnan(b->cost_month) ? INFINITY : b->cost_month;

	return x != y ? x < y : strcmp(a->name, b->name) < 0;
}

static double best_candidate_ms(struct study *s, const struct mixture *who, size_t target, unsigned set,
                                long *candidate, bool *fails)
{
	const struct plan_candidate *list = s->atlas.plan.candidates.at;
	double least = INFINITY, result = NAN;

	/* First how good one can be, then who of those as good as that. */
	*candidate = -1;
	for (int pass = 0; pass < 2; pass++)
		for (size_t c = 0; c < s->atlas.candidates; c++) {
			bool fail = false;
			if (!told(s, who, target, FIX_NODE, (long)c))
				continue;
			double ms = world_ms(s, who, target, (struct world){set, (long)c}, &fail);
			if (pass == 0) {
				least = fmin(least, ms);
			} else if (ms <= least + VERDICT_TIE_MS
			           && (*candidate < 0 || rather(&list[c], &list[*candidate]))) {
				*candidate = (long)c;
				*fails = fail;
				result = ms;
			}
		}
	return result;
}

double verdict_candidate_ms(struct study *s, const struct mixture *who, size_t target, size_t candidate,
                            bool *fails)
{
	*fails = false;
	if (!told(s, who, target, FIX_NODE, (long)candidate))
		return NAN;
	return world_ms(s, who, target, (struct world){FIX_BIT(FIX_NODE), (long)candidate}, fails);
}

double verdict_set_ms(struct study *s, const struct mixture *who, size_t target, unsigned set,
                      long *candidate, bool *fails)
{
	*candidate = -1;
	*fails = false;
	for (int f = 0; f < FIXES; f++)
		if (f != FIX_NODE && (set & FIX_BIT(f)) != 0 && !told(s, who, target, (enum fix)f, -1))
			return NAN;
	if ((set & FIX_BIT(FIX_NODE)) != 0)
		return best_candidate_ms(s, who, target, set, candidate, fails);
	return world_ms(s, who, target, (struct world){set, -1}, fails);
}

/* ---- the objective ------------------------------------------------------------------------- */

static bool measure_objective(struct study *s, struct finding *f)
{
	const struct atlas *a = &s->atlas;
	struct arm arm;
	bool ok = fill_arm(s, &f->who, f->target, (struct world){FIX_NONE, -1}, &arm);

	f->objective = (struct estimate){.ms = NAN, .low = NAN, .high = NAN};
	if (ok) {
		double us = bootstrap_point(&s->boot, &f->who, &arm, NULL, a->plan.quantile, a->fail_us,
		                            &f->objective.fail);
		bootstrap_draws(&s->boot, &f->who, &arm, NULL, a->plan.quantile, a->fail_us, -1, s->draws[0]);
		bootstrap_time_bounds(&s->boot, us, f->objective.fail, s->draws[0], f->blocks, us, a->fail_us,
		                      &f->objective.low, &f->objective.high);
		f->objective.ms = us / US_PER_MS;
		f->objective.low /= US_PER_MS;
		f->objective.high /= US_PER_MS;
	}
	ok = ok && !arm.failed;
	arm_free(&arm);
	return ok;
}

static void pool_failures(const struct study *s, struct finding *f)
{
	double high;

	for (size_t i = 0; i < f->who.member.len; i++) {
		const struct track *t = &s->atlas.vantages.at[f->who.member.at[i].vantage].track[f->target];
		f->attempts += t->attempts;
		f->failures += t->failures;
	}
	stats_wilson(f->failures, f->attempts, 0.95, &f->failure_low, &high);
}

static bool spoke(const struct study *s, const struct region *g)
{
	for (size_t i = 0; i < g->vantages.len; i++)
		if (s->atlas.vantages.at[g->vantages.at[i]].attempts != 0)
			return true;
	return false;
}

static enum silence too_little(const struct study *s, const struct finding *f)
{
	if (f->blocks < BOOTSTRAP_MIN_BLOCKS)
		return SILENCE_FEW_BLOCKS;
	if (s->o->generalise && f->who.member.len < STUDY_PROBES_TO_GENERALISE)
		return SILENCE_FEW_PROBES;
	return SILENCE_NONE;
}

static enum silence silence_of(const struct study *s, const struct region *g, const struct finding *f)
{
	if (f->who.member.len == 0)
		return spoke(s, g) ? SILENCE_NO_TARGET : SILENCE_NOBODY;
	if (isnan(f->objective.ms))
		return SILENCE_NO_METRIC;
	return too_little(s, f);
}

/* ---- fixes ------------------------------------------------------------------------------------ */

static bool meets(const struct study *s, double ms, bool fails)
{
	return !fails && ms <= s->atlas.plan.limit_ms;
}

static void measure_fixes(struct study *s, struct finding *f)
{
	bool fails;
	long none;

	for (int fix = 0; fix < FIXES; fix++)
		f->fix_ms[fix] = verdict_set_ms(s, &f->who, f->target, FIX_BIT(fix),
		                                fix == FIX_NODE ? &f->node_candidate : &none, &fails);
	/* All that can be told: a fix that can't is as if it were not applied. */
	unsigned all = FIX_NONE;
	for (int fix = 0; fix < FIXES; fix++)
		all |= isnan(f->fix_ms[fix]) ? 0 : FIX_BIT(fix);
	f->fix_all_ms =
		all == FIX_NONE ? NAN : verdict_set_ms(s, &f->who, f->target, all, &f->all_candidate, &fails);
}

static void find_set(struct study *s, struct finding *f)
{
	for (size_t i = 0; i < sizeof verdict_sets / sizeof verdict_sets[0] && f->set == FIX_NONE; i++) {
		bool fails;
		long candidate;
		double ms = verdict_set_ms(s, &f->who, f->target, verdict_sets[i], &candidate, &fails);
		if (meets(s, ms, fails)) {
			f->set = verdict_sets[i];
			f->set_ms = ms;
			f->set_candidate = candidate;
		}
	}
}

static enum verdict missed(struct study *s, struct finding *f)
{
	double most = 2 * SKETCH_ALPHA * f->objective.ms;
	enum verdict v = VERDICT_UNMET;

	find_set(s, f);
	if (f->set != FIX_NONE)
		return verdict_of_fix(verdict_first(f->set));
	for (int fix = 0; fix < FIXES; fix++)
		if (f->objective.ms - f->fix_ms[fix] > most) {
			most = f->objective.ms - f->fix_ms[fix];
			v = verdict_of_fix((enum fix)fix);
		}
	return v;
}

/* Median RTT to a candidate, mixture of the members that measured it. */
static bool candidate_rtt(const struct study *s, const struct mixture *who, size_t candidate, double *ms)
{
	struct dist sum = {0};
	bool ok = tabulate_mix(s, who, atlas_candidate(&s->atlas, candidate), M_MIN_RTT, &sum);

	*ms = dist_quantile(&sum, 0.5, NULL) / US_PER_MS;
	dist_free(&sum);
	return ok;
}

static bool extrapolates(struct study *s, const struct mixture *who, size_t target, struct world at_hand)
{
	for (size_t i = 0; i < who->member.len; i++) {
		size_t v = who->member.at[i].vantage;
		struct world x = worlds_choose(&s->worlds, v, target, at_hand);
		if (x.candidate >= 0
		    && predict_extrapolates(
			    &s->model[target],
			    steering_candidate_rtt(&s->atlas, &s->atlas.vantages.at[v], (size_t)x.candidate)))
			return true;
	}
	return false;
}

static bool recommend(struct study *s, struct finding *f)
{
	long c = (f->set & FIX_BIT(FIX_NODE)) != 0 ? f->set_candidate : f->node_candidate;
	struct recommendation *r = &f->recommend;
	struct world x = {FIX_BIT(FIX_NODE), c};
	struct arm arm;
	bool fails = false;

	if (c < 0)
		return true;
	const struct plan_candidate *place = &s->atlas.plan.candidates.at[c];
	bool ok = fill_arm(s, &f->who, f->target, x, &arm);
	if (ok) {
		const struct model *model = &s->model[f->target];
		double q = s->atlas.plan.quantile;
		double us = bootstrap_point(&s->boot, &f->who, &arm, model, q, s->atlas.fail_us, &fails);
		r->predicted_ms = fails ? INFINITY : us / US_PER_MS;
		bootstrap_draws(&s->boot, &f->who, &arm, model, q, s->atlas.fail_us, -1, s->draws[0]);
		/* What is predicted from the present time is as wrong as that may be, however small it gets. */
		double now = f->objective.fail || atlas_by_rtt(&s->atlas) ? 0 : f->objective.ms * US_PER_MS;
		/* Fewer blocks than the objective's where the candidate's own round trips count. */
		bootstrap_time_bounds(&s->boot, us, fails, s->draws[0], arm_least_blocks(&arm), fmax(us, now),
		                      s->atlas.fail_us, &r->low, &r->high);
		r->low /= US_PER_MS;
		r->high /= US_PER_MS;
	}
	ok = ok && !arm.failed && candidate_rtt(s, &f->who, (size_t)c, &r->rtt_ms);
	arm_free(&arm);
	/* With fixes beside it, a place may do what it would not do alone. */
	if (!ok || ((f->set & FIX_BIT(FIX_NODE)) == 0
	            && !(f->objective.ms - r->predicted_ms > 2 * SKETCH_ALPHA * f->objective.ms)))
		return ok;
	r->candidate = place->name;
	r->city = place->city;
	r->cost_month = place->cost_month;
	r->extrapolated = extrapolates(s, &f->who, f->target, x);
	r->meets = meets(s, r->predicted_ms, fails);
	f->recommended = c;
	return true;
}

/* ---- together ------------------------------------------------------------------------------------ */

bool verdict_target(struct study *s, const struct region *g, size_t target, bool deep, struct finding *f)
{
	*f = (struct finding){.target = target, .set_ms = NAN, .set_candidate = -1, .fix_all_ms = NAN,
	                      .node_candidate = -1, .all_candidate = -1, .recommended = -1,
	                      .objective = {.ms = NAN, .low = NAN, .high = NAN}, .verdict = VERDICT_NO_DATA,
	                      .recommend = {.predicted_ms = NAN, .low = NAN, .high = NAN, .rtt_ms = NAN,
	                                    .cost_month = NAN}};
	for (int i = 0; i < FIXES; i++)
		f->fix_ms[i] = NAN;
	if (!study_members(s, g, target, &f->who, &f->blocks))
		return false;
	pool_failures(s, f);
	if (f->who.member.len != 0 && !measure_objective(s, f))
		return false;
	f->silence = silence_of(s, g, f);
	/* Failures need no metric. */
	if (f->silence == SILENCE_NO_METRIC && too_little(s, f) == SILENCE_NONE
	    && f->failure_low > VERDICT_MAX_FAILURES)
		f->verdict = VERDICT_UNREACHABLE;
	if (f->who.member.len == 0 || f->silence == SILENCE_NO_METRIC)
		return true;
	if (deep)
		measure_fixes(s, f);
	if (s->worlds.failed)
		return false;
	if (f->silence != SILENCE_NONE)
		return true;
	bool met = meets(s, f->objective.ms, f->objective.fail);
	if (met)
		f->verdict = f->objective.high <= s->atlas.plan.limit_ms ? VERDICT_OK : VERDICT_BORDERLINE;
	else
		f->verdict = deep ? missed(s, f) : VERDICT_UNMET;
	bool ok = !deep || f->verdict == VERDICT_OK || recommend(s, f);
	if (f->failure_low > VERDICT_MAX_FAILURES)
		f->verdict = VERDICT_UNREACHABLE;
	return ok && !s->worlds.failed;
}

/* How bad a verdict is. No data says nothing: it is told when there is nothing else. */
static int badness(enum verdict v)
{
	switch (v) {
	case VERDICT_NO_DATA: return 0;
	case VERDICT_OK: return 1;
	case VERDICT_BORDERLINE: return 2;
	case VERDICT_UNREACHABLE: return 4;
	default: return 3;
	}
}

static bool worse(const struct finding *a, const struct finding *b)
{
	if (badness(a->verdict) != badness(b->verdict))
		return badness(a->verdict) > badness(b->verdict);
	if (a->objective.fail != b->objective.fail)
		return a->objective.fail;
	return a->objective.ms > b->objective.ms || (isnan(b->objective.ms) && !isnan(a->objective.ms));
}

bool verdict_region(struct study *s, const struct region *g, bool deep, struct finding *out)
{
	bool any = false;

	*out = (struct finding){.target = SIZE_MAX, .verdict = VERDICT_NO_DATA, .silence = SILENCE_NO_TARGET};
	for (size_t t = 0; t < s->atlas.targets; t++) {
		struct finding f;
		if (s->atlas.plan.targets.at[t].role != ROLE_CDN)
			continue;
		if (!verdict_target(s, g, t, deep, &f)) {
			finding_free(&f);
			return false;
		}
		if (!any || worse(&f, out)) {
			finding_free(out);
			*out = f;
			any = true;
		} else {
			finding_free(&f);
		}
	}
	return true;
}
