#include "report/study.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "report/sanity.h"
#include "report/steering.h"

/* ---- models ------------------------------------------------------------------------- */

/* By how many samples a version was measured on this target's nodes. */
static uint64_t samples_of(const struct atlas *a, size_t target, size_t version)
{
	uint64_t n = 0;

	for (size_t v = 0; v < a->vantages.len; v++)
		for (size_t k = 0; k < a->nodes; k++) {
			const struct track *t = &a->vantages.at[v].track[atlas_node(a, target, k)];
			for (size_t i = 0; i < t->fit.len; i++)
				if (t->fit.at[i].version == version)
					n += t->fit.at[i].metric.n;
		}
	return n;
}

static size_t usual_version(const struct atlas *a, size_t target)
{
	size_t best = 0;
	uint64_t most = 0;

	for (size_t i = 0; i < a->versions.len; i++) {
		uint64_t n = samples_of(a, target, i);
		if (n > most) {
			most = n;
			best = i;
		}
	}
	return best;
}

static size_t collect_pairs(const struct atlas *a, size_t target, size_t version, struct predict_pair *pairs)
{
	size_t n = 0;

	for (size_t v = 0; v < a->vantages.len; v++)
		for (size_t k = 0; k < a->nodes; k++) {
			const struct track *t = &a->vantages.at[v].track[atlas_node(a, target, k)];
			if (a->vantages.at[v].impossible || a->node_impossible[k])
				continue;
			for (size_t i = 0; i < t->fit.len; i++)
				if (t->fit.at[i].version == version)
					pairs[n++] = (struct predict_pair){
						.probe = v, .node = k,
						.rtt_us = sketch_quantile(&t->fit.at[i].rtt, 0.5),
						.metric_us = sketch_quantile(&t->fit.at[i].metric, 0.5)};
		}
	return n;
}

static bool make_models(struct study *s)
{
	struct atlas *a = &s->atlas;
	struct predict_pair *pairs = calloc(a->vantages.len * a->nodes + 1, sizeof *pairs);
	bool ok = pairs != NULL;

	s->model = calloc(a->targets + 1, sizeof *s->model);
	s->version = calloc(a->targets + 1, sizeof *s->version);
	ok = ok && s->model != NULL && s->version != NULL;
	for (size_t t = 0; ok && t < a->targets; t++) {
		size_t n = 0;
		if (atlas_by_rtt(a) && a->plan.targets.at[t].role == ROLE_CDN) {
			predict_identity(&s->model[t]);
			continue;
		}
		s->version[t] = usual_version(a, t);
		if (a->plan.targets.at[t].role == ROLE_CDN)
			n = collect_pairs(a, t, s->version[t], pairs);
		ok = predict_fit(&s->model[t], pairs, n, a->vantages.len, a->nodes, s->o->seed);
	}
	free(pairs);
	return ok;
}

/* ---- opening -------------------------------------------------------------------------- */

static bool make_draws(struct study *s)
{
	const struct atlas *a = &s->atlas;
	size_t replicates = s->o->replicates != 0 ? s->o->replicates : BOOTSTRAP_REPLICATES;
	size_t *group = NULL;
	bool ok = true;

	if (s->o->generalise) {
		group = calloc(a->vantages.len + 1, sizeof *group);
		if (group == NULL)
			return false;
		regions_groups(a, group);
	}
	ok = bootstrap_begin(&s->boot, s->o->seed, replicates, a->blocks.len, group, a->vantages.len);
	free(group);
	for (size_t i = 0; ok && i < LAT_COUNT(s->draws); i++)
		ok = (s->draws[i] = calloc(replicates + 1, sizeof *s->draws[i])) != NULL;
	return ok;
}

int study_open(struct study *s, struct store *store, struct registry *registry,
               const struct evaluate_options *o, struct err *err)
{
	*s = (struct study){.o = o};
	int status = weights_load(&s->weights, o->weights_file, err);
	if (status == 0)
		status = atlas_load(&s->atlas, store, registry, o, err);
	struct err why = {0};
	int history = status == 0 || status == LAT_NOINPUT ? study_history(s, store, registry, &why) : 0;
	if (status != 0)
		return history == 0 ? study_explain_nothing(s, status, err) : status;
	if (history != 0)
		return err_set(err, history, "%s", why.text);
	if (o->log != NULL)
		log_info(o->log, "%zu vantages, %zu blocks of data", s->atlas.vantages.len,
		         s->atlas.blocks.len);
	s->counts = calloc(s->atlas.vantages.len + 1, sizeof *s->counts);
	s->weight = calloc(s->atlas.vantages.len + 1, sizeof *s->weight);
	s->share = calloc(s->atlas.nodes + 1, sizeof *s->share);
	if (s->counts == NULL || s->weight == NULL || s->share == NULL || !sanity_flag(&s->atlas) || !steering_assume(&s->atlas)
	    || !regions_make(&s->atlas, &s->weights, &s->regions) || !make_models(s) || !make_draws(s)
	    || !worlds_begin(&s->worlds, &s->atlas, s->model, &s->boot))
		return err_nomem(err);
	return 0;
}

void study_close(struct study *s)
{
	worlds_free(&s->worlds);
	bootstrap_free(&s->boot);
	for (size_t i = 0; i < LAT_COUNT(s->draws); i++)
		free(s->draws[i]);
	free(s->counts);
	free(s->weight);
	free(s->share);
	free(s->model);
	free(s->version);
	vec_free(&s->notes);
	vec_free(&s->plans);
	regions_free(&s->regions);
	weights_free(&s->weights);
	atlas_free(&s->atlas);
}

/* ---- who counts -------------------------------------------------------------------------- */

/* Blocks that a vantage has: of the objective's metric; `tried`: in which the target was asked at all. */
static size_t blocks_of(const struct atlas *a, size_t v, size_t target, bool tried)
{
	const struct vantage *vantage = &a->vantages.at[v];
	size_t n = 0;
	uint32_t last = UINT32_MAX;

	if (!tried)
		return atlas_blocks(a, vantage, target);
	for (size_t i = 0; i < vantage->slices.len; i++)
		if (atlas_has(a, &vantage->slices.at[i], atlas_target(target)) && vantage->slices.at[i].block != last) {
			last = vantage->slices.at[i].block;
			n++;
		}
	return n;
}

bool study_members(struct study *s, const struct region *g, size_t target, struct mixture *out,
                   size_t *blocks)
{
	const struct atlas *a = &s->atlas;
	size_t any = 0, enough = 0;

	for (size_t i = 0; i < g->vantages.len; i++)
		any += region_weighs(a, &s->weights, g, g->vantages.at[i])
		       && blocks_of(a, g->vantages.at[i], target, false) != 0;
	for (size_t i = 0; i < g->vantages.len; i++)
		enough += region_weighs(a, &s->weights, g, g->vantages.at[i])
		          && blocks_of(a, g->vantages.at[i], target, any == 0) >= BOOTSTRAP_MIN_BLOCKS;
	for (size_t i = 0; i < g->vantages.len; i++) {
		size_t v = g->vantages.at[i];
		s->counts[v] = blocks_of(a, v, target, any == 0) >= (enough != 0 ? BOOTSTRAP_MIN_BLOCKS : 1);
	}
	*blocks = 0;
	if (!region_mixture(a, &s->weights, g, s->counts, out))
		return false;
	for (size_t i = 0; i < out->member.len; i++) {
		size_t n = blocks_of(a, out->member.at[i].vantage, target, any == 0);
		*blocks = i == 0 || n < *blocks ? n : *blocks;
	}
	return true;
}
