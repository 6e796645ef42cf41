#include "report/bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "lib/rng.h"
#include "lib/stats.h"

static void draw_blocks(struct bootstrap *b, struct rng *rng)
{
	for (size_t r = 0; r < b->replicates; r++) {
		uint16_t *row = b->block + r * b->blocks;
		for (size_t i = 0; i < b->blocks; i++) {
			uint16_t *n = &row[rng_below(rng, (uint32_t)b->blocks)];
			*n = *n < UINT16_MAX ? (uint16_t)(*n + 1) : *n;
		}
	}
}

/* The k-th vantage of a group, and how many there are. */
static size_t in_group(const size_t *group, size_t vantages, size_t of, size_t k, size_t *count)
{
	size_t found = SIZE_MAX, n = 0;

	for (size_t v = 0; v < vantages; v++)
		if (group[v] == of && n++ == k)
			found = v;
	if (count != NULL)
		*count = n;
	return found;
}

static void draw_vantages(struct bootstrap *b, struct rng *rng, const size_t *group)
{
	for (size_t r = 0; r < b->replicates; r++) {
		uint16_t *row = b->vantage + r * b->vantages;
		for (size_t v = 0; v < b->vantages; v++) {
			size_t n = 0;
			if (group[v] == SIZE_MAX) {
				row[v] = 1;
				continue;
			}
			/* One draw in the place of each member. */
			in_group(group, b->vantages, group[v], 0, &n);
			row[in_group(group, b->vantages, group[v], rng_below(rng, (uint32_t)n), NULL)]++;
		}
	}
}

bool bootstrap_begin(struct bootstrap *b, uint64_t seed, size_t replicates, size_t blocks,
                     const size_t *group, size_t vantages)
{
	struct rng rng;

	*b = (struct bootstrap){.replicates = replicates, .blocks = blocks, .vantages = vantages};
	b->block = calloc(replicates * blocks + 1, sizeof *b->block);
	b->one = calloc(blocks + 1, sizeof *b->one);
	b->work = calloc(blocks + 1, sizeof *b->work);
	b->sorted = calloc(replicates + 1, sizeof *b->sorted);
	if (b->block == NULL || b->one == NULL || b->work == NULL || b->sorted == NULL)
		return false;
	for (size_t i = 0; i < blocks; i++)
		b->one[i] = 1;
	rng_seed(&rng, seed);
	draw_blocks(b, &rng);
	if (group != NULL) {
		b->vantage = calloc(replicates * vantages + 1, sizeof *b->vantage);
		if (b->vantage == NULL)
			return false;
		draw_vantages(b, &rng, group);
	}
	return true;
}

void bootstrap_free(struct bootstrap *b)
{
	free(b->block);
	free(b->vantage);
	free(b->one);
	free(b->work);
	free(b->sorted);
	*b = (struct bootstrap){0};
}

double bootstrap_point(const struct bootstrap *b, const struct mixture *m, struct arm *a,
                       const struct model *model, double q, double fail_us, bool *failed)
{
	struct mixture_draw d = {.block = b->one, .fit = model == NULL ? NULL : &model->point};

	return mixture_quantile(m, a, &d, q, fail_us, failed);
}

void bootstrap_draws(struct bootstrap *b, const struct mixture *m, struct arm *a,
                     const struct model *model, double q, double fail_us, int parity, double *out)
{
	for (size_t r = 0; r < b->replicates; r++) {
		const uint16_t *count = b->block + r * b->blocks;
		for (size_t i = 0; i < b->blocks; i++)
			b->work[i] = parity < 0 || (int)(i % 2) == parity ? count[i] : 0;
		struct mixture_draw d = {.block = b->work};
		if (b->vantage != NULL)
			d.vantage = b->vantage + r * b->vantages;
		/* In runs, so that what an arm made for a fit serves the whole run. */
		if (model != NULL)
			d.fit = &model->refit[r * PREDICT_REFITS / b->replicates];
		out[r] = mixture_quantile(m, a, &d, q, fail_us, NULL);
	}
}

void bootstrap_bounds(struct bootstrap *b, double estimate, const double *draws, size_t m,
                      double compared, double *low, double *high)
{
	size_t n = 0;

	*low = *high = NAN;
	if (m < BOOTSTRAP_MIN_BLOCKS || isnan(estimate))
		return;
	for (size_t r = 0; r < b->replicates; r++)
		if (!isnan(draws[r]))
			b->sorted[n++] = draws[r];
	if (n == 0)
		return;
	double factor = stats_block_widening(m), more = SKETCH_ALPHA * compared;
	double p5 = stats_quantile(b->sorted, n, 0.05), p95 = stats_quantile(b->sorted, n, 0.95);
	/* A percentile may lie on the wrong side of the estimate (of few, skewed blocks): a
	 * bound never does. */
	*low = estimate - factor * fmax(estimate - p5, 0) - more;
	*high = estimate + factor * fmax(p95 - estimate, 0) + more;
}

void bootstrap_time_bounds(struct bootstrap *b, double us, bool failed, const double *draws, size_t m,
                           double compared, double fail_us, double *low, double *high)
{
	*low = *high = NAN;
	if (failed)
		return;
	bootstrap_bounds(b, us, draws, m, compared, low, high);
	if (isnan(*low))
		return;
	*low = fmax(*low, 0);
	*high = fmin(*high, fmax(fail_us, us));
}

double bootstrap_p(const struct bootstrap *b, double estimate, const double *draws, size_t m,
                   double compared, double margin)
{
	size_t n = 0, below = 0;
	double squares = 0;

	if (m < BOOTSTRAP_MIN_BLOCKS || isnan(estimate))
		return 1;
	double factor = stats_block_widening(m), more = SKETCH_ALPHA * compared;
	for (size_t r = 0; r < b->replicates; r++) {
		if (isnan(draws[r]))
			continue;
		double moved = factor * (draws[r] - estimate);
		n++;
		squares += moved * moved;
		below += estimate + moved - more <= margin;
	}
	if (n == 0 || !(estimate - more > margin))
		return 1;
	double p = (1.0 + (double)below) / (1.0 + (double)n);
	if (below == 0)
		p = fmin(p, 0.5 * erfc((estimate - more - margin) / sqrt(2 * squares / (double)n)));
	return p;
}
