/* The gate on a change that was not made yet: both arms are worlds of one window. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/evaluate.h"
#include "report/judge.h"
#include "report/outcome.h"
#include "report/steering.h"
#include "report/tabulate.h"

/* ---- the change ------------------------------------------------------------------------------ */

static int no_such(const char *kind, const char *name, const char *known, struct err *err)
{
	return err_set(err, LAT_USAGE, "no %s %s in the plan%s%s", kind, name,
	               known[0] == '\0' ? ", nor any other" : "; there are: ", known);
}

static int read_change(struct gate_study *g, struct err *err)
{
	struct atlas *a = &g->s.atlas;
	struct buf known = {0};
	int status = 0;

	g->change.policy = g->o->policy;
	g->change.removed = arena_alloc(&a->arena, (a->nodes + 1) * sizeof *g->change.removed);
	g->change.added = arena_alloc(&a->arena, (a->candidates + 1) * sizeof *g->change.added);
	if (g->change.removed == NULL || g->change.added == NULL)
		return err_nomem(err);
	for (size_t n = 0; n < a->nodes; n++)
		buf_addf(&known, "%s%s", n == 0 ? "" : ", ", a->plan.nodes.at[n].name);
	for (size_t i = 0; i < g->o->removes && status == 0; i++) {
		long n = atlas_node_named(a, g->o->remove[i]);
		if (n < 0)
			status = no_such("node", g->o->remove[i], buf_str(&known), err);
		else
			g->change.removed[n] = true;
	}
	buf_clear(&known);
	for (size_t c = 0; c < a->candidates; c++)
		buf_addf(&known, "%s%s", c == 0 ? "" : ", ", a->plan.candidates.at[c].name);
	for (size_t i = 0; i < g->o->adds && status == 0; i++) {
		long c = atlas_candidate_named(a, g->o->add[i]);
		if (c >= 0)
			g->change.added[c] = true;
		else if (atlas_node_named(a, g->o->add[i]) >= 0)
			status = err_set(err, LAT_USAGE, "%s is a node already; candidates are: %s",
			                 g->o->add[i], buf_str(&known));
		else
			status = no_such("candidate", g->o->add[i], buf_str(&known), err);
	}
	buf_free(&known);
	for (size_t n = 0; n < a->nodes; n++)
		g->change.removes += g->change.removed[n];
	for (size_t c = 0; c < a->candidates; c++)
		g->change.adds += g->change.added[c];
	return status;
}

static int check_left(const struct gate_study *g, struct err *err)
{
	const struct atlas *a = &g->s.atlas;
	size_t left = 0;

	for (size_t n = 0; n < a->nodes; n++)
		left += a->plan.nodes.at[n].status == NODE_LIVE && !g->change.removed[n];
	if (left == 0 && g->change.removes != 0 && g->change.adds == 0)
		return err_set(err, LAT_USAGE, "nothing would be left: no other node is live");
	return 0;
}

static int check_required(const struct gate_study *g, struct err *err)
{
	for (size_t i = 0; i < g->o->requires; i++) {
		const char *id = g->o->require[i];
		bool country = strncmp(id, "country/", 8) == 0 && country_find(id + 8) != NULL;
		bool continent = strncmp(id, "continent/", 10) == 0 && continent_name(id + 10) != NULL;
		if (!country && !continent)
			return err_set(err, LAT_USAGE, "%.60s is no region: country/XX or continent/XX", id);
	}
	return 0;
}

/* ---- telling ----------------------------------------------------------------------------------------- */

static bool copy_text(struct gate *out, const char *from, const char **to)
{
	*to = from == NULL ? NULL : arena_str(&out->arena, from);
	return from == NULL || *to != NULL;
}

static bool in_region(const struct region *g, size_t v)
{
	for (size_t i = 0; i < g->vantages.len; i++)
		if (g->vantages.at[i] == v)
			return true;
	return false;
}

/* Vantages that FAIL under a region that does not. */
static bool find_hidden(struct gate_study *g, const struct outcome *o, struct gate *out,
                        struct gate_region *to, struct buf *names)
{
	if (o->verdict == GATE_FAIL)
		return true;
	for (size_t i = 0; i < g->outcome.len; i++) {
		const struct outcome *x = &g->outcome.at[i];
		if (x->region->level != LEVEL_PROBE || x->target != o->target || x->verdict != GATE_FAIL
		    || !in_region(o->region, x->region->vantages.at[0]))
			continue;
		const char **name = vec_add(&to->hidden);
		if (name == NULL || !copy_text(out, x->region->name, name))
			return false;
		buf_addf(names, "%s%s", names->len == 0 ? "" : ", ", x->region->name);
	}
	return !names->failed;
}

static bool tell_outcome(struct gate_study *g, const struct outcome *o, struct gate *out)
{
	struct gate_region *to = vec_add(&out->regions);
	struct buf hidden = {0};

	if (to == NULL)
		return false;
	*to = (struct gate_region){
		.level = o->region->level,
		.before_ms = o->before,
		.after_ms = o->after,
		.delta_ms = o->touched ? o->after - o->before : 0,
		.before_fail = o->before_fail,
		.after_fail = o->after_fail,
		.low = o->low,
		.high = o->high,
		.margin_ms = o->margin,
		.verdict = o->verdict,
		.failures = o->failures,
		.failing_before = o->units == 0 ? NAN : (double)o->failing_before / (double)o->units,
		.failing_after = o->units == 0 ? NAN : (double)o->failing_after / (double)o->units,
		.crosses = judge_crossing(o->before, o->before_fail, o->after, o->after_fail,
	                                  g->s.atlas.plan.limit_ms),
		.blocks = o->blocks,
		.extrapolated = o->extrapolated};
	bool ok = copy_text(out, o->region->id, &to->id) && copy_text(out, o->region->name, &to->name)
	          && copy_text(out, g->s.atlas.plan.targets.at[o->target].name, &to->target)
	          && find_hidden(g, o, out, to, &hidden)
	          && (to->why = outcome_sentence(g, o, to->crosses, buf_str(&hidden), &out->arena)) != NULL;
	buf_free(&hidden);
	return ok;
}

static int badness(const struct outcome *o)
{
	return o->verdict == GATE_FAIL ? 2 : o->verdict == GATE_INCONCLUSIVE;
}

/* Of the region's targets the one that fares worst; NULL if none was measured in both arms. */
static const struct outcome *worst_of(const struct gate_study *g, const struct region *region)
{
	const struct outcome *worst = NULL;

	for (size_t i = 0; i < g->outcome.len; i++) {
		const struct outcome *o = &g->outcome.at[i];
		if (o->region != region || o->who.member.len == 0)
			continue;
		if (worst == NULL || badness(o) > badness(worst)
		    || (badness(o) == badness(worst) && o->after - o->before - o->margin
		                                        > worst->after - worst->before - worst->margin))
			worst = o;
	}
	return worst;
}

static bool add_name(struct gate *out, const char *name, const char **to)
{
	return to != NULL && copy_text(out, name, to);
}

/* Countries, then continents. */
static bool tell_regions(struct gate_study *g, struct gate *out)
{
	static const enum region_level levels[] = {LEVEL_COUNTRY, LEVEL_CONTINENT};
	const region_list *all = &g->s.regions;

	for (size_t l = 0; l < LAT_COUNT(levels); l++)
		for (size_t i = 0; i < all->len; i++) {
			if (all->at[i].level != levels[l])
				continue;
			const struct outcome *worst = worst_of(g, &all->at[i]);
			if (worst != NULL ? !tell_outcome(g, worst, out)
			                  : !add_name(out, all->at[i].id, vec_add(&out->not_judged)))
				return false;
		}
	for (size_t i = 0; i < g->o->requires; i++) {
		bool judged = false;
		for (size_t k = 0; k < out->regions.len && !judged; k++)
			judged = strcmp(out->regions.at[k].id, g->o->require[i]) == 0;
		if (!judged && !add_name(out, g->o->require[i], vec_add(&out->required_missing)))
			return false;
	}
	return true;
}

/* ---- who serves whom --------------------------------------------------------------------- */

/* One vantage's shares before and after, by node; then candidates. */
static void add_shares(const struct gate_study *g, size_t v, size_t target, double weight, double *before,
                       double *after)
{
	const struct route *r = outcome_route(g, v, target);
	size_t nodes = g->s.atlas.nodes;

	for (size_t i = 0; i < r->hops; i++) {
		const struct hop *h = &r->hop[i];
		size_t from = h->from >= 0 ? (size_t)h->from : nodes;
		size_t to = h->candidate >= 0 ? nodes + 1 + (size_t)h->candidate
		            : h->to >= 0      ? (size_t)h->to
		                              : from;
		before[from] += weight * h->share;
		after[to] += weight * h->share;
	}
}

/* Mixture of the continents, as in a report's nodes. */
static void world_shares(const struct gate_study *g, double *before, double *after)
{
	double all = 0;

	for (size_t i = 0; i < g->outcome.len; i++) {
		const struct outcome *o = &g->outcome.at[i];
		double weight = weights_of_continent(&g->s.weights, o->region->id);
		if (o->region->level != LEVEL_CONTINENT || o->who.member.len == 0)
			continue;
		/* Who got no answer says nothing of who answers. */
		bool any = false;
		double *share = g->s.weight;
		for (size_t k = 0; k < o->who.member.len; k++) {
			const struct route *r = outcome_route(g, o->who.member.at[k].vantage, o->target);
			share[k] = 0;
			for (size_t h = 0; h < r->hops; h++)
				share[k] += r->hop[h].share;
			any |= share[k] > 0;
		}
		tabulate_share_out(&o->who, share);
		for (size_t k = 0; k < o->who.member.len; k++)
			add_shares(g, o->who.member.at[k].vantage, o->target, weight * share[k], before, after);
		all += any ? weight : 0;
	}
	for (size_t i = 0; all > 0 && i < g->s.atlas.nodes + 1 + g->s.atlas.candidates; i++) {
		before[i] /= all;
		after[i] /= all;
	}
}

static bool tell_shares(struct gate_study *g, struct gate *out)
{
	const struct atlas *a = &g->s.atlas;
	size_t n = a->nodes + 1 + a->candidates;
	double *before = calloc(n, sizeof *before), *after = calloc(n, sizeof *after);
	bool ok = before != NULL && after != NULL;

	if (ok)
		world_shares(g, before, after);
	for (size_t i = 0; ok && i < n; i++) {
		if (i >= a->nodes && !(before[i] > 0) && !(after[i] > 0))
			continue;
		struct gate_share *to = vec_add(&out->share);
		const char *name = i < a->nodes ? a->plan.nodes.at[i].name
		                   : i == a->nodes ? "?" : a->plan.candidates.at[i - a->nodes - 1].name;
		ok = to != NULL && copy_text(out, name, &to->node);
		if (ok) {
			to->before = before[i];
			to->after = after[i];
		}
	}
	free(before);
	free(after);
	return ok;
}

/* ---- together ------------------------------------------------------------------------------- */

/* An added candidate of which too little is known to say what it would do: not a PASS. */
static bool note_unknown(struct gate_study *g, bool *unknown)
{
	struct study *s = &g->s;

	for (size_t c = 0; c < s->atlas.candidates; c++) {
		size_t vantages = 0;
		if (!g->change.added[c])
			continue;
		for (size_t v = 0; v < s->atlas.vantages.len; v++)
			vantages += !isnan(steering_candidate_rtt(&s->atlas, &s->atlas.vantages.at[v], c));
		if (vantages == 0) {
			*unknown = true;
			if (!study_note(s,
			                "candidate %s was not measured in this window: what it would do is "
			                "not known",
			                s->atlas.plan.candidates.at[c].name))
				return false;
		} else if (vantages < s->atlas.vantages.len
		           && !study_note(s,
		                          "candidate %s was measured at %zu of %zu vantages: the others stay "
		                          "where they are",
		                          s->atlas.plan.candidates.at[c].name, vantages,
		                          s->atlas.vantages.len)) {
			return false;
		}
	}
	for (size_t t = 0; t < s->atlas.targets; t++)
		*unknown |= g->change.adds != 0 && s->atlas.plan.targets.at[t].role == ROLE_CDN
		            && !s->model[t].ok;
	return true;
}

static enum gate_verdict total(const struct gate *out, bool unknown)
{
	enum gate_verdict v = out->regions.len == 0 || unknown || out->required_missing.len != 0
	                      ? GATE_INCONCLUSIVE : GATE_PASS;

	for (size_t i = 0; i < out->regions.len; i++)
		v = judge_both(v, out->regions.at[i].verdict);
	return v;
}

static bool describe(struct gate_study *g, struct gate *out)
{
	static const char *const policies[] = {
		[POLICY_OBSERVED] = "observed", [POLICY_BEST] = "best", [POLICY_GEO] = "geo"};
	const struct atlas *a = &g->s.atlas;

	out->basis = g->o->common.generalise ? "region" : "vantages";
	out->policy = policies[g->o->policy];
	out->metric = a->plan.metric;
	out->quantile = a->plan.quantile;
	out->limit_ms = a->plan.limit_ms;
	out->since_us = a->since_us;
	out->until_us = a->until_us;
	out->block_us = a->block_us;
	out->seed = g->o->common.seed;
	for (size_t c = 0; c < a->candidates; c++)
		if (g->change.added[c] && !add_name(out, a->plan.candidates.at[c].name, vec_add(&out->add)))
			return false;
	for (size_t n = 0; n < a->nodes; n++)
		if (g->change.removed[n] && !add_name(out, a->plan.nodes.at[n].name, vec_add(&out->remove)))
			return false;
	return true;
}

static bool tell(struct gate_study *g, struct gate *out)
{
	bool unknown = false;

	if (!describe(g, out) || !outcome_judge_all(g) || !tell_regions(g, out)
	    || !tell_shares(g, out) || !note_unknown(g, &unknown) || !study_notes(&g->s))
		return false;
	for (size_t i = 0; i < g->s.notes.len; i++)
		if (!add_name(out, g->s.notes.at[i], vec_add(&out->notes)))
			return false;
	out->verdict = total(out, unknown);
	return true;
}

int evaluate_whatif(struct store *store, struct registry *registry, const struct whatif_options *o,
                    struct gate *out, struct err *err)
{
	struct gate_study g = {.o = o};

	*out = (struct gate){0};
	int status = study_open(&g.s, store, registry, &o->common, err);
	if (status == 0)
		status = read_change(&g, err);
	if (status == 0)
		status = check_left(&g, err);
	if (status == 0)
		status = check_required(&g, err);
	if (status == 0 && !tell(&g, out))
		status = err_nomem(err);
	outcome_free_all(&g);
	study_close(&g.s);
	if (status != 0)
		gate_free(out);
	return status;
}
