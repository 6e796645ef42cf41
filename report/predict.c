#include "report/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rng.h"
#include "lib/stats.h"

#define LEAST_PAIRS 3

struct slope { double r; uint32_t i, j; };        /* of pairs i and j */
struct rest { double a; uint32_t i; };            /* y - r x */

static struct slope slope_of(const struct predict_pair *pairs, size_t i, size_t j)
{
	double rise = pairs[i].metric_us - pairs[j].metric_us, run = pairs[i].rtt_us - pairs[j].rtt_us;

	return (struct slope){.r = rise / run, .i = (uint32_t)i, .j = (uint32_t)j};
}

static int by_slope(const void *a, const void *b)
{
	double x = ((const struct slope *)a)->r, y = ((const struct slope *)b)->r;

	return (x > y) - (x < y);
}

static int by_rest(const void *a, const void *b)
{
	double x = ((const struct rest *)a)->a, y = ((const struct rest *)b)->a;

	return (x > y) - (x < y);
}

/* Weighted Theil-Sen. The slopes are sorted once; each refit only adds up other weights
 * along them, so that 200 fits cost little more than one. */
struct fitter {
	const struct predict_pair *pairs;
	size_t n;
	struct slope *slope;
	size_t slopes;
	struct rest *rest;
	double *weight; /* of each pair */
};

static double slope_weight(const struct fitter *f, size_t k)
{
	return f->weight[f->slope[k].i] * f->weight[f->slope[k].j];
}

/* The weighted median: where the cumulated weight passes a half, or the middle of two
 * neighbours if it just reaches it (as the plain median of an even number). */
static bool median_slope(const struct fitter *f, double *r)
{
	double all = 0, below = 0;
	size_t k = 0, next;

	for (size_t i = 0; i < f->slopes; i++)
		all += slope_weight(f, i);
	if (!(all > 0))
		return false;
	while ((below += slope_weight(f, k)) < all / 2)
		k++;
	for (next = k; below == all / 2 && ++next < f->slopes && slope_weight(f, next) == 0; )
		;
	*r = below == all / 2 ? (f->slope[k].r + f->slope[next].r) / 2 : f->slope[k].r;
	return true;
}

static double median_rest(struct fitter *f, double r)
{
	double all = 0, below = 0;
	size_t k = 0, next;

	for (size_t i = 0; i < f->n; i++) {
		f->rest[i] = (struct rest){f->pairs[i].metric_us - r * f->pairs[i].rtt_us, (uint32_t)i};
		all += f->weight[i];
	}
	qsort(f->rest, f->n, sizeof *f->rest, by_rest);
	while ((below += f->weight[f->rest[k].i]) < all / 2)
		k++;
	for (next = k; below == all / 2 && ++next < f->n && f->weight[f->rest[next].i] == 0; )
		;
	return below == all / 2 ? (f->rest[k].a + f->rest[next].a) / 2 : f->rest[k].a;
}

static bool fit(struct fitter *f, struct fit *out)
{
	double r;

	if (!median_slope(f, &r))
		return false;
	*out = (struct fit){.a_us = median_rest(f, r), .r = r};
	return r > 0;
}

static void refits(struct model *m, struct fitter *f, unsigned *probe, size_t probes, unsigned *node,
                   size_t nodes, uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed);
	for (int k = 0; k < PREDICT_REFITS; k++) {
		for (size_t i = 0; i < probes; i++)
			probe[i] = 0;
		for (size_t i = 0; i < nodes; i++)
			node[i] = 0;
		for (size_t i = 0; i < probes; i++)
			probe[rng_below(&rng, (uint32_t)probes)]++;
		for (size_t i = 0; i < nodes; i++)
			node[rng_below(&rng, (uint32_t)nodes)]++;
		for (size_t i = 0; i < f->n; i++)
			f->weight[i] = (double)probe[f->pairs[i].probe] * (double)node[f->pairs[i].node];
		if (!fit(f, &m->refit[k]))
			m->refit[k] = m->point;
	}
}

/* PREDICT_PAIRS of n > PREDICT_PAIRS pairs; NULL: out of memory. */
static struct predict_pair *choose(const struct predict_pair *pairs, size_t n, uint64_t seed)
{
	struct predict_pair *some = malloc(n * sizeof *some);
	struct rng rng;

	if (some == NULL)
		return NULL;
	memcpy(some, pairs, n * sizeof *some);
	rng_seed(&rng, seed);
	for (size_t i = 0; i < PREDICT_PAIRS; i++) {
		size_t k = i + rng_below(&rng, (uint32_t)(n - i));
		struct predict_pair t = some[i];
		some[i] = some[k];
		some[k] = t;
	}
	return some;
}

bool predict_fit(struct model *m, const struct predict_pair *pairs, size_t n, size_t probes, size_t nodes,
                 uint64_t seed)
{
	*m = (struct model){.pairs = n, .rtt_min_us = NAN, .rtt_max_us = NAN, .point = {NAN, NAN}};
	for (size_t i = 0; i < n; i++) {
		m->rtt_min_us = fmin(m->rtt_min_us, pairs[i].rtt_us);
		m->rtt_max_us = fmax(m->rtt_max_us, pairs[i].rtt_us);
	}
	if (n < LEAST_PAIRS)
		return true;
	struct predict_pair *chosen = NULL;
	if (n > PREDICT_PAIRS) {
		if ((chosen = choose(pairs, n, seed)) == NULL)
			return false;
		pairs = chosen;
		n = PREDICT_PAIRS;
	}
	struct fitter f = {.pairs = pairs, .n = n};
	f.slope = malloc(n * (n - 1) / 2 * sizeof *f.slope);
	f.rest = malloc(n * sizeof *f.rest);
	f.weight = malloc(n * sizeof *f.weight);
	unsigned *probe = malloc((probes + 1) * sizeof *probe), *node = malloc((nodes + 1) * sizeof *node);
	bool ok = f.slope != NULL && f.rest != NULL && f.weight != NULL && probe != NULL && node != NULL;
	if (ok) {
		for (size_t i = 0; i < n; i++) {
			f.weight[i] = 1;
			for (size_t j = 0; j < i; j++)
				if (pairs[i].rtt_us != pairs[j].rtt_us)
					f.slope[f.slopes++] = slope_of(pairs, i, j);
		}
		qsort(f.slope, f.slopes, sizeof *f.slope, by_slope);
		m->ok = fit(&f, &m->point);
		if (m->ok)
			refits(m, &f, probe, probes, node, nodes, seed);
	}
	free(f.slope);
	free(f.rest);
	free(f.weight);
	free(probe);
	free(node);
	free(chosen);
	return ok;
}

void predict_identity(struct model *m)
{
	*m = (struct model){.ok = true, .point = {0, 1}, .rtt_min_us = 0, .rtt_max_us = INFINITY};
	for (int k = 0; k < PREDICT_REFITS; k++)
		m->refit[k] = m->point;
}

bool predict_extrapolates(const struct model *m, double rtt_us)
{
	return !(rtt_us >= m->rtt_min_us && rtt_us <= m->rtt_max_us);
}
