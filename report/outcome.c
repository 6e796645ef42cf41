#include "report/outcome.h"

#include <math.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/stats.h"
#include "report/judge.h"

static bool find_routes(struct gate_study *g)
{
	struct atlas *a = &g->s.atlas;

	g->route = arena_alloc(&a->arena, (a->vantages.len * a->targets + 1) * sizeof *g->route);
	if (g->route == NULL)
		return false;
	for (size_t v = 0; v < a->vantages.len; v++)
		for (size_t t = 0; t < a->targets; t++)
			if (a->plan.targets.at[t].role == ROLE_CDN
			    && !route_find(&g->s, v, t, &g->change, &g->route[v * a->targets + t]))
				return false;
	return true;
}

/* ---- one region -------------------------------------------------------------------------------- */

static size_t blocks_of(const struct gate_study *g, const struct outcome *o, size_t v, bool tried)
{
	return region_weighs(&g->s.atlas, &g->s.weights, o->region, v)
	               ? route_blocks(&g->s, v, o->target, outcome_route(g, v, o->target), tried)
	               : 0;
}

/* Who counts: as study_members(), by the blocks in which both arms can be told; where nobody can tell the
 * metric, failures are still judged. */
static bool members(struct gate_study *g, struct outcome *o)
{
	struct study *s = &g->s;
	const struct region *region = o->region;
	size_t any = 0, enough = 0;

	for (size_t i = 0; i < region->vantages.len; i++)
		any += blocks_of(g, o, region->vantages.at[i], false) != 0;
	bool tried = any == 0;
	for (size_t i = 0; i < region->vantages.len; i++)
		enough += blocks_of(g, o, region->vantages.at[i], tried) >= BOOTSTRAP_MIN_BLOCKS;
	for (size_t i = 0; i < region->vantages.len; i++) {
		size_t v = region->vantages.at[i];
		s->counts[v] = blocks_of(g, o, v, tried) >= (enough != 0 ? BOOTSTRAP_MIN_BLOCKS : 1);
	}
	if (!region_mixture(&s->atlas, &s->weights, o->region, s->counts, &o->who))
		return false;
	for (size_t i = 0; i < o->who.member.len; i++) {
		size_t v = o->who.member.at[i].vantage;
		const struct route *r = outcome_route(g, v, o->target);
		size_t n = blocks_of(g, o, v, tried);
		o->blocks = i == 0 || n < o->blocks ? n : o->blocks;
		o->touched |= r->touched;
		o->extrapolated |= r->extrapolated;
		route_failures(s, v, o->target, r, &o->units, &o->failing_before, &o->failing_after);
	}
	return true;
}

static bool measure(struct gate_study *g, struct outcome *o)
{
	struct study *s = &g->s;
	const struct model *model = &s->model[o->target];
	double q = s->atlas.plan.quantile, fail_us = s->atlas.fail_us;
	struct arm before, after;

	arm_begin(&before, s->atlas.blocks.len);
	arm_begin(&after, s->atlas.blocks.len);
	for (size_t i = 0; i < o->who.member.len; i++) {
		size_t v = o->who.member.at[i].vantage;
		route_fill(s, v, o->target, outcome_route(g, v, o->target), &before, &after);
	}
	bool ok = arm_close(&before);
	ok = arm_close(&after) && ok;
	if (ok) {
		double x = bootstrap_point(&s->boot, &o->who, &before, model, q, fail_us, &o->before_fail);
		double y = o->touched ? bootstrap_point(&s->boot, &o->who, &after, model, q, fail_us,
		                                        &o->after_fail)
		                      : x;
		o->before = x / US_PER_MS;
		o->after = y / US_PER_MS;
		o->margin = judge_margin(o->before);
		if (!o->touched)
			o->after_fail = o->before_fail;
	}
	if (ok && o->touched && !isnan(o->after)) {
		bootstrap_draws(&s->boot, &o->who, &before, model, q, fail_us, -1, s->draws[0]);
		bootstrap_draws(&s->boot, &o->who, &after, model, q, fail_us, -1, s->draws[1]);
		for (size_t r = 0; r < s->boot.replicates; r++)
			s->draws[1][r] = (s->draws[1][r] - s->draws[0][r]) / US_PER_MS;
		double compared = o->before + o->after, change = o->after - o->before;
		bootstrap_bounds(&s->boot, change, s->draws[1], o->blocks, compared, &o->low, &o->high);
		o->p = bootstrap_p(&s->boot, change, s->draws[1], o->blocks, compared, o->margin);
	}
	ok = ok && !before.failed && !after.failed && !s->worlds.failed;
	arm_free(&before);
	arm_free(&after);
	return ok;
}

static bool judge_outcome(struct gate_study *g, const struct region *region, size_t target, struct outcome *o)
{
	*o = (struct outcome){.region = region, .target = target, .before = NAN, .after = NAN, .low = NAN,
	                      .high = NAN, .margin = NAN, .p = 1};
	if (!members(g, o) || (o->who.member.len != 0 && !measure(g, o)))
		return false;
	bool enough = o->blocks >= BOOTSTRAP_MIN_BLOCKS
	              && (!g->o->common.generalise || o->who.member.len >= STUDY_PROBES_TO_GENERALISE);
	if (enough && !o->touched)
		o->low = o->high = 0; /* the same world twice: no change, without a doubt */
	o->failures = judge_failures(o->failing_before, o->units, o->failing_after, o->units);
	o->latency = judge_change(o->low, o->high, o->margin);
	/* A quantile among the failures is no latency: then failures alone decide. But where it
	 * gets there by the change, every unit may have had a failure before, too, so that the
	 * number of failing ones does not rise: that is no PASS. */
	if (o->before_fail || o->after_fail) {
		o->latency = o->failures;
		o->low = o->high = NAN;
	}
	if (o->after_fail && !o->before_fail && o->latency == GATE_PASS)
		o->latency = GATE_INCONCLUSIVE;
	if (!enough)
		o->latency = o->failures = GATE_INCONCLUSIVE;
	o->verdict = judge_both(o->latency, o->failures);
	return true;
}

/* ---- all regions --------------------------------------------------------------------------------- */

static bool judge_regions(struct gate_study *g)
{
	struct study *s = &g->s;

	for (size_t i = 0; i < s->regions.len; i++)
		for (size_t t = 0; t < s->atlas.targets; t++) {
			if (s->atlas.plan.targets.at[t].role != ROLE_CDN)
				continue;
			struct outcome *o = vec_add(&g->outcome);
			if (o == NULL || !judge_outcome(g, &s->regions.at[i], t, o))
				return false;
			if (s->o->log != NULL)
				log_debug(s->o->log, "judged %s", s->regions.at[i].id);
		}
	return true;
}

/* A continent of one country says what the country says; NULL if it is more than that. */
static const struct outcome *twin(const struct gate_study *g, const struct outcome *o)
{
	if (o->region->level != LEVEL_CONTINENT || o->who.group.len != 1)
		return NULL;
	for (size_t i = 0; i < g->outcome.len; i++) {
		const struct outcome *c = &g->outcome.at[i];
		if (c->region->level == LEVEL_COUNTRY && c->target == o->target
		    && c->who.member.len == o->who.member.len
		    && c->who.member.at[0].vantage == o->who.member.at[0].vantage)
			return c;
	}
	return NULL;
}

/* Is it of Holm's family: a country's or continent's change of latency that was tested?
 * (Vantages are judged on their own. To count the same vantages twice, as a country and as
 * a continent, would make the test blunter and not safer.) */
static bool tested(const struct gate_study *g, const struct outcome *o)
{
	return o->region->level != LEVEL_PROBE && o->touched && !isnan(o->low) && !o->before_fail
	       && !o->after_fail && twin(g, o) == NULL;
}

static void withdraw(struct outcome *o)
{
	if (o->latency != GATE_FAIL)
		return;
	o->not_after_holm = true;
	o->latency = GATE_INCONCLUSIVE;
	o->verdict = judge_both(o->latency, o->failures);
}

static bool correct(struct gate_study *g)
{
	size_t n = 0, k = 0;
	double *p = malloc((g->outcome.len + 1) * sizeof *p);
	bool *reject = malloc((g->outcome.len + 1) * sizeof *reject);
	bool ok = p != NULL && reject != NULL;

	for (size_t i = 0; ok && i < g->outcome.len; i++)
		if (tested(g, &g->outcome.at[i]))
			p[n++] = g->outcome.at[i].p;
	ok = ok && (n == 0 || stats_holm(p, n, JUDGE_LEVEL, reject));
	for (size_t i = 0; ok && i < g->outcome.len; i++)
		if (tested(g, &g->outcome.at[i]) && !reject[k++])
			withdraw(&g->outcome.at[i]);
	for (size_t i = 0; ok && i < g->outcome.len; i++) {
		const struct outcome *c = twin(g, &g->outcome.at[i]);
		if (c != NULL && c->not_after_holm)
			withdraw(&g->outcome.at[i]);
	}
	free(p);
	free(reject);
	return ok;
}

bool outcome_judge_all(struct gate_study *g)
{
	return find_routes(g) && judge_regions(g) && correct(g);
}

void outcome_free_all(struct gate_study *g)
{
	for (size_t i = 0; i < g->outcome.len; i++)
		mixture_free(&g->outcome.at[i].who);
	vec_free(&g->outcome);
}
