#include "report/steering.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/intake.h"

double steering_median(const struct vantage *v, size_t subject, enum slot slot, enum parity parity)
{
	const struct part *p = atlas_single(v, subject);

	return p == NULL ? NAN : p->median[parity][slot];
}

static bool choosable(const struct atlas *a, const struct vantage *v, size_t target, size_t node,
                      const bool *removed)
{
	return (removed == NULL || !removed[node]) && atlas_live(a, target, node)
	       && atlas_single(v, atlas_node(a, target, node)) != NULL;
}

static long best_by(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed,
                    enum slot slot, enum parity parity)
{
	long best = -1;
	double least = INFINITY, least_rtt = INFINITY;

	for (size_t n = 0; n < a->nodes; n++) {
		if (!choosable(a, v, target, n, removed))
			continue;
		double median = steering_median(v, atlas_node(a, target, n), slot, parity);
		double rtt = v->track[atlas_node(a, target, n)].rtt_us;
		if (median < least || (median == least && best >= 0 && rtt < least_rtt)) {
			least = median;
			least_rtt = rtt;
			best = (long)n;
		}
	}
	return best;
}

long steering_best(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed,
                   enum parity parity)
{
	long best = best_by(a, v, target, removed, SLOT_NO_SERVER, parity);

	return best >= 0 ? best : best_by(a, v, target, removed, a->metric, parity);
}

long steering_nearest(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed)
{
	long best = -1;
	double least = INFINITY;

	for (size_t n = 0; n < a->nodes; n++) {
		if (!choosable(a, v, target, n, removed))
			continue;
		double rtt = v->track[atlas_node(a, target, n)].rtt_us;
		if (rtt < least) {
			least = rtt;
			best = (long)n;
		}
	}
	return best;
}

long steering_geo(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed,
                  double *km)
{
	long best = -1;
	double least = INFINITY;

	for (size_t n = 0; n < a->nodes; n++) {
		const struct plan_node *node = &a->plan.nodes.at[n];
		if ((removed != NULL && removed[n]) || !atlas_live(a, target, n))
			continue;
		double far = atlas_km(v, node->lat, node->lon);
		if (far < least) {
			least = far;
			best = (long)n;
		}
	}
	if (km != NULL)
		*km = best < 0 ? NAN : least;
	return best;
}

double steering_candidate_rtt(const struct atlas *a, const struct vantage *v, size_t candidate)
{
	const struct track *t = &v->track[atlas_candidate(a, candidate)];

	if (t->part == NULL || a->candidate_impossible[candidate])
		return NAN;
	return atlas_by_rtt(a) ? t->part->median[PARITY_ALL][SLOT_MIN_RTT] : t->rtt_us;
}

/* ---- where there are round trips alone ------------------------------------------------- */

/* Wherever the node was measured, the target was, too. */
static bool mark(struct atlas *a, struct vantage *v, size_t target, size_t node, uint64_t *words)
{
	for (size_t i = 0; i < v->slices.len; i++) {
		struct slice *x = &v->slices.at[i];
		if (!atlas_has(a, x, node))
			continue;
		memcpy(words, &a->signatures.at[x->signature * a->signature_words],
		       a->signature_words * sizeof *words);
		words[target / 64] |= 1ULL << target % 64;
		size_t number = intake_signature(a, words);
		if (number == SIZE_MAX)
			return false;
		x->signature = (uint32_t)number;
	}
	return true;
}

static bool assume(struct atlas *a, struct vantage *v, size_t target, size_t node, uint64_t *words)
{
	struct track *own = &v->track[atlas_target(target)];
	const struct track *from = &v->track[atlas_node(a, target, node)];

	*own = *from;
	own->fit.at = NULL;
	own->fit.len = own->fit.cap = 0;
	own->parts = a->nodes + 1;
	own->part = arena_alloc(&a->arena, own->parts * sizeof *own->part);
	own->served = arena_alloc(&a->arena, own->parts * sizeof *own->served);
	own->assumed = true;
	if (own->part == NULL || own->served == NULL) {
		*own = (struct track){0};
		return false;
	}
	for (size_t p = 0; p < own->parts; p++)
		own->part[p].rtt_us = NAN;
	own->part[node] = from->part[0];
	own->served[node] = from->served[0];
	return mark(a, v, atlas_target(target), atlas_node(a, target, node), words);
}

bool steering_assume(struct atlas *a)
{
	if (!atlas_by_rtt(a))
		return true;
	uint64_t *words = calloc(a->signature_words + 1, sizeof *words);
	bool ok = words != NULL;
	for (size_t v = 0; ok && v < a->vantages.len; v++)
		for (size_t t = 0; ok && t < a->targets; t++) {
			struct vantage *vantage = &a->vantages.at[v];
			long best = a->plan.targets.at[t].role == ROLE_CDN
			                            && vantage->track[atlas_target(t)].part == NULL
			                    ? steering_best(a, vantage, t, NULL, PARITY_ALL) : -1;
			if (best >= 0)
				ok = assume(a, vantage, t, (size_t)best, words);
		}
	free(words);
	return ok;
}
