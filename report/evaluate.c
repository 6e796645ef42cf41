/* A report, from the store to the verdicts: the table of contents. */
#include "report/evaluate.h"

#include <math.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/clock.h"
#include "report/audits.h"
#include "report/edges.h"
#include "report/findings.h"
#include "report/places.h"
#include "report/regret.h"
#include "report/sentence.h"
#include "report/study.h"
#include "report/tabulate.h"
#include "report/verdict.h"

int policy_of(const char *name)
{
	static const char *const names[] = {
		[POLICY_OBSERVED] = "observed",
		[POLICY_BEST] = "best",
		[POLICY_GEO] = "geo",
	};

	for (size_t i = 0; name != NULL && i < LAT_COUNT(names); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

/* ---- one region -------------------------------------------------------------------------- */

static bool copy_text(struct report *out, const char *from, const char **to)
{
	*to = from == NULL ? NULL : arena_str(&out->arena, from);
	return from == NULL || *to != NULL;
}

static bool list_probes(const struct study *s, const struct region *g, const struct finding *f,
                        struct report *out, struct report_region *to)
{
	size_t n = f->who.member.len != 0 ? f->who.member.len : g->vantages.len;

	to->datacenter_only = n != 0;
	for (size_t i = 0; i < n; i++) {
		const struct vantage *v =
			&s->atlas.vantages.at[f->who.member.len != 0 ? f->who.member.at[i].vantage
		                                                     : g->vantages.at[i]];
		const char **name = vec_add(&to->probes);
		if (name == NULL || !copy_text(out, v->name, name))
			return false;
		to->datacenter_only &= v->network == NETWORK_DATACENTER;
		to->imported += v->source != NULL;
	}
	for (size_t i = 0; i < g->vantages.len; i++) {
		const struct vantage *v = &s->atlas.vantages.at[g->vantages.at[i]];
		to->attempts += v->attempts;
		to->outages += v->outages;
		to->flagged += v->flagged;
	}
	return true;
}

static bool list_targets(struct study *s, const struct region *g, struct report *out,
                         struct report_region *to)
{
	for (int role = ROLE_CDN; role <= ROLE_BASELINE; role++)
		for (size_t t = 0; t < s->atlas.targets; t++) {
			if ((int)s->atlas.plan.targets.at[t].role != role)
				continue;
			struct report_target *target = vec_add(&to->targets);
			if (target == NULL || !tabulate_target(s, g, t, target)
			    || !copy_text(out, target->name, &target->name))
				return false;
		}
	return true;
}

static bool list_served(struct study *s, const struct finding *f, struct report *out,
                        struct report_region *to)
{
	tabulate_served(s, &f->who, f->target, s->share);
	for (;;) {
		size_t most = 0;
		for (size_t n = 1; n <= s->atlas.nodes; n++)
			most = s->share[n] > s->share[most] ? n : most;
		if (!(s->share[most] > 0))
			return true;
		struct served *served = vec_add(&to->served);
		const char *name = most == s->atlas.nodes ? "?" : s->atlas.plan.nodes.at[most].name;
		if (served == NULL || !copy_text(out, name, &served->node))
			return false;
		served->share = s->share[most];
		s->share[most] = 0;
	}
}

static bool tell_fixes(const struct finding *f, struct report *out, struct report_region *to)
{
	memcpy(to->fix_ms, f->fix_ms, sizeof to->fix_ms);
	to->fix_all_ms = f->fix_all_ms;
	to->recommend = f->recommend;
	for (int fix = 0; fix < FIXES; fix++) {
		if ((f->set & FIX_BIT(fix)) == 0 || verdict_of_fix((enum fix)fix) == f->verdict)
			continue;
		enum verdict *also = vec_add(&to->also);
		if (also == NULL)
			return false;
		*also = verdict_of_fix((enum fix)fix);
	}
	return copy_text(out, f->recommend.candidate, &to->recommend.candidate)
	       && copy_text(out, f->recommend.city, &to->recommend.city);
}

/* What each candidate would bring a region that falls short, so that one can be chosen that
 * helps several. */
static bool list_candidates(struct study *s, const struct finding *f, struct report *out,
                            struct report_region *to)
{
	if (f->target == SIZE_MAX || f->silence != SILENCE_NONE || f->verdict == VERDICT_OK)
		return true;
	for (size_t c = 0; c < s->atlas.candidates; c++) {
		const struct plan_candidate *place = &s->atlas.plan.candidates.at[c];
		struct candidate_effect *e = vec_add(&to->candidates);
		bool fails;
		if (e == NULL || !copy_text(out, place->name, &e->candidate)
		    || !copy_text(out, place->city, &e->city))
			return false;
		e->predicted_ms = verdict_candidate_ms(s, &f->who, f->target, c, &fails);
		e->meets = !fails && e->predicted_ms <= s->atlas.plan.limit_ms;
	}
	return !s->worlds.failed;
}

/* The judged target's numbers stand in the table, too: the same to the last digit. */
static void repeat_objective(const struct study *s, const struct finding *f, struct report_region *to)
{
	for (size_t i = 0; i < to->targets.len; i++)
		for (int q = 0; q < QUANTILES; q++)
			if (strcmp(to->targets.at[i].name, to->judged_target) == 0
			    && fabs(report_quantiles[q] - s->atlas.plan.quantile) < 1e-9)
				to->targets.at[i].phase[s->atlas.plan.metric][q] = f->objective;
}

static bool tell_finding(struct study *s, const struct region *g, const struct finding *f, struct report *out,
                         struct report_region *to)
{
	long best = -1;

	to->best_node_rtt_ms = to->fix_all_ms = NAN;
	to->steering_regret = to->placement_regret = (struct estimate){.ms = NAN, .low = NAN, .high = NAN};
	to->verdict = f->verdict;
	to->objective = f->objective;
	to->blocks = f->blocks;
	to->effective_countries = g->level == LEVEL_CONTINENT ? mixture_effective_groups(&f->who) : 1;
	if (!tell_fixes(f, out, to) || !list_candidates(s, f, out, to))
		return false;
	if (f->target != SIZE_MAX) {
		if (!copy_text(out, s->atlas.plan.targets.at[f->target].name, &to->judged_target)
		    || !list_served(s, f, out, to)
		    || !tabulate_best(s, &f->who, f->target, &best, &to->best_node_rtt_ms)
		    || !regret_measure(s, &f->who, f->target, f->blocks, &to->steering_regret,
		                       &to->placement_regret))
			return false;
		repeat_objective(s, f, to);
	}
	if (best >= 0 && !copy_text(out, s->atlas.plan.nodes.at[best].name, &to->best_node))
		return false;
	const char *why = sentence_verdict(s, g, f, best, to->best_node_rtt_ms);
	return why != NULL && copy_text(out, why, &to->why);
}

static bool report_on(struct study *s, const struct region *g, struct report *out)
{
	struct report_region *to = vec_add(&out->regions);
	struct finding f;

	if (to == NULL)
		return false;
	to->level = g->level;
	bool ok = verdict_region(s, g, true, &f) && copy_text(out, g->id, &to->id)
	          && copy_text(out, g->code, &to->code) && copy_text(out, g->name, &to->name)
	          && copy_text(out, g->continent, &to->continent) && list_probes(s, g, &f, out, to)
	          && list_targets(s, g, out, to) && tell_finding(s, g, &f, out, to);
	finding_free(&f);
	return ok;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool describe(const struct study *s, struct report *out)
{
	const struct atlas *a = &s->atlas;

	out->generated_us = wall_now().us;
	out->since_us = a->since_us;
	out->until_us = a->until_us;
	out->metric = a->plan.metric;
	out->quantile = a->plan.quantile;
	out->limit_ms = a->plan.limit_ms;
	out->seed = s->o->seed;
	out->basis = s->o->generalise ? "region" : "vantages";
	out->block_us = a->block_us;
	out->unit_us = a->unit_us;
	out->blocks = a->blocks.len;
	out->fit_a_ms = out->fit_r = out->fit_rtt_min_ms = out->fit_rtt_max_ms = NAN;
	for (size_t t = 0; t < a->targets; t++)
		if (a->plan.targets.at[t].role == ROLE_CDN && !atlas_by_rtt(a)) {
			const struct model *m = &s->model[t];
			if (m->ok) {
				out->fit_a_ms = m->point.a_us / US_PER_MS;
				out->fit_r = m->point.r;
				out->fit_rtt_min_ms = m->rtt_min_us / US_PER_MS;
				out->fit_rtt_max_ms = m->rtt_max_us / US_PER_MS;
			}
			break;
		}
	return copy_text(out, a->plan.rev, &out->plan_rev);
}

static bool report_all(struct study *s, struct report *out)
{
	if (!describe(s, out))
		return false;
	for (size_t i = 0; i < s->regions.len; i++) {
		const struct region *g = &s->regions.at[i];
		if (g->level == LEVEL_PROBE && !s->o->by_probe)
			continue;
		if (s->o->log != NULL)
			log_debug(s->o->log, "judging %s", g->id);
		if (!report_on(s, g, out))
			return false;
	}
	if (!places_probes(s, out) || !places_nodes(s, out) || !study_notes(s))
		return false;
	for (size_t i = 0; i < s->notes.len; i++) {
		const char **note = vec_add(&out->notes);
		if (note == NULL || !copy_text(out, s->notes.at[i], note))
			return false;
	}
	return true;
}

static int tell_audits(const struct study *s, struct store *store, struct report *out, struct err *err)
{
	struct audits a;
	int status = audits_load(&a, store, &s->atlas.plan, s->atlas.since_us, s->atlas.until_us, err);

	if (status == 0 && (!audits_fill(&a, out) || !findings_make(&a, out)))
		status = err_nomem(err);
	audits_free(&a);
	return status;
}

int evaluate_report(struct store *store, struct registry *registry, const struct evaluate_options *o,
                    struct report *out, struct err *err)
{
	struct study s;
	struct edges edges = {0};

	*out = (struct report){0};
	int status = study_open(&s, store, registry, o, err);
	if (status == 0)
		status = edges_load(&edges, &s, store, err);
	if (status == 0 && (!report_all(&s, out) || !edges_fill(&edges, &s, out)))
		status = err_nomem(err);
	edges_free(&edges);
	if (status == 0)
		status = tell_audits(&s, store, out, err);
	study_close(&s);
	if (status != 0)
		report_free(out);
	return status;
}
