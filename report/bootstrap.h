/* Intervals by the bootstrap over blocks of time (B. Efron, R. Tibshirani, "An
 * Introduction to the Bootstrap", 1993, sections 8.6 and 13.3).
 *
 * A replicate draws as many blocks as the window has, with replacement, and draws them
 * for all probes at once: what hits many vantages in the same hour stays together. Every
 * target and every arm of a comparison meets the same draws. With `generalise` the
 * probes of each country are drawn, too, and those that are alone in their country among each
 * other (regions.h).
 *
 * The 5th and 95th percentile of the replicates are one-sided 95 % bounds. Of few and
 * autocorrelated blocks they are too narrow; so the distance of each from the estimate is
 * multiplied by stats_block_widening(m), m the blocks of the poorest probe that counts,
 * and then by SKETCH_ALPHA times the values compared it is moved further out. */
#ifndef LATLAS_REPORT_BOOTSTRAP_H
#define LATLAS_REPORT_BOOTSTRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attr.h"
#include "report/mixture.h"
#include "report/predict.h"

#define BOOTSTRAP_REPLICATES 2000
#define BOOTSTRAP_MIN_BLOCKS 4 /* below them there is no interval */

struct bootstrap {
	size_t replicates, blocks, vantages;
	uint16_t *block;    /* replicates x blocks: how often each was drawn */
	uint16_t *vantage;  /* replicates x vantages; NULL: probes are fixed */
	double *one, *work; /* blocks: all ones; of the replicate at hand */
	double *sorted;     /* replicates: scratch */
};

/* `group[v]` says among whom vantage v is drawn, or SIZE_MAX for one that isn't; NULL unless
 * probes are to be drawn. The same seed gives the same draws. false: out of memory. */
bool bootstrap_begin(struct bootstrap *b, uint64_t seed, size_t replicates, size_t blocks,
                     const size_t *group, size_t vantages) LAT_MUST_CHECK;
void bootstrap_free(struct bootstrap *b);

/* The quantile as it was measured: every block and every probe once, in microseconds. */
double bootstrap_point(const struct bootstrap *b, const struct mixture *m, struct arm *a,
                       const struct model *model, double q, double fail_us, bool *failed);
/* The same under each draw: replicates numbers, NAN where no probe was left. `parity` 0 or
 * 1 keeps the even or the odd blocks only, -1 all. Replicate i uses one of the model's
 * refits if the arm predicts. `model` may be NULL where nothing is predicted. */
void bootstrap_draws(struct bootstrap *b, const struct mixture *m, struct arm *a,
                     const struct model *model, double q, double fail_us, int parity, double *out);

/* Bounds of an estimate from its replicates (left as they are): see above. `compared` is the
 * sum of the magnitudes of the values compared (of a prediction: what it starts from), in the estimate's unit. NAN, NAN if m is
 * below BOOTSTRAP_MIN_BLOCKS or nothing was drawn. */
void bootstrap_bounds(struct bootstrap *b, double estimate, const double *draws, size_t m,
                      double compared, double *low, double *high);

/* The same of a time, which is neither below 0 nor above `fail_us`, what a failure counts as; microseconds. A
 * failure (`failed`) is no time and has no bounds. */
void bootstrap_time_bounds(struct bootstrap *b, double us, bool failed, const double *draws, size_t m,
                           double compared, double fail_us, double *low, double *high);

/* One-sided p-value of "the change is not above `margin`": (1 + k) / (1 + n), k of n
 * replicates having a change that, moved away from the estimate as the bounds are, is not
 * above it. Below 0.05 if and only if the lower bound is above the margin (up to the
 * interpolation of a percentile). Where k is 0 the replicates can't tell how small it is,
 * and Holm's step for hundreds of regions would need it: then the tail of a normal
 * distribution with the replicates' (widened) deviation, if that is smaller. */
double bootstrap_p(const struct bootstrap *b, double estimate, const double *draws, size_t m,
                   double compared, double margin);

#endif
