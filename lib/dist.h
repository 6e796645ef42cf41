/* A weighted distribution of durations on the buckets of lib/sketch.h: mixtures of
 * many sketches with weights, shifted and summed distributions, and the share of
 * failures that lies above every success.
 *
 * Weighted quantile q: the point where the cumulated weight reaches q times the
 * total; inside a bucket the weight is spread evenly from its lower to its upper
 * bound. So q = 0 is the lower bound of the first occupied bucket, q = 1 the upper
 * bound of the last, and either is 0 if the value 0 is where the weight is. Failures
 * lie above every bucket: a quantile that falls among them is `failed`, and its
 * value is `fail_us` (the longest timeout of the window), so that arithmetic stays
 * finite. Sums of doubles are not exact: a weight that reaches q times the total but
 * for 1e-12 of it has reached it.
 *
 * Values that are not whole microseconds: below 0.5 is 0, from 0.5 to 1 is bucket 0,
 * above the last bucket is the last bucket. Weights are finite and >= 0. A function
 * that returns false is out of memory, and its distribution is as it was. */
#ifndef LATLAS_LIB_DIST_H
#define LATLAS_LIB_DIST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/sketch.h"

struct dist {
	double zero;    /* weight of the value 0 */
	double fail;    /* weight of failures */
	double fail_us; /* what a failure counts as; the largest of all that were added */
	int base;       /* bucket of weight[0] */
	size_t len, cap;
	double *weight;
};

/* A zeroed struct is an empty distribution. */
void dist_free(struct dist *d);
void dist_clear(struct dist *d); /* empty, memory kept */

/* Each value of `s` with weight `each`. */
bool dist_add_sketch(struct dist *d, const struct sketch *s, double each) LAT_MUST_CHECK;
/* One value in microseconds (a negative one counts as 0). */
bool dist_add_value(struct dist *d, double us, double weight) LAT_MUST_CHECK;
/* Failures. With weight 0 it only says what a failure would count as. */
void dist_add_failures(struct dist *d, double weight, double fail_us);
/* All of `from`, each weight times `factor`, failures too. `from` is not `d`. */
bool dist_add(struct dist *d, const struct dist *from, double factor) LAT_MUST_CHECK;
void dist_scale(struct dist *d, double factor);

/* Weight of successes, and of everything. */
double dist_successes(const struct dist *d);
double dist_total(const struct dist *d);

/* Quantile in microseconds; NAN if the total weight is 0. *failed (may be NULL)
 * says whether it lies among the failures. */
double dist_quantile(const struct dist *d, double q, bool *failed);

/* into += from, with each value v replaced by max(v - by_us, floor_us), 0 at the least.
 * v is the middle of its bucket, and by_us may be negative. Failures stay failures.
 * `from` is not `into`. */
bool dist_add_shifted(struct dist *into, const struct dist *from, double by_us,
                      double floor_us, double factor) LAT_MUST_CHECK;

/* into += the distribution of x + y for independent x of `a` and y of `b`, scaled so
 * that it weighs as much as `a` (times `factor`); x and y are the middles of their
 * buckets. A sum is a failure if x or y is one. Nothing if `a` or `b` is empty. `into` is
 * neither of them. Takes time with the product of their occupied buckets. */
bool dist_add_sum(struct dist *into, const struct dist *a, const struct dist *b,
                  double factor) LAT_MUST_CHECK;

/* Cumulated share (0..1 of everything, failures in the denominator) at or below `us`;
 * NAN if the total weight is 0. */
double dist_cdf(const struct dist *d, double us);

#endif
