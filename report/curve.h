/* A distribution, cumulated: the share of its weight at or below a point, in constant
 * time. What the bootstrap and worlds.h ask many times; made once
 * from a struct dist (lib/dist.h), with the same buckets and the same rule inside them:
 * weight is spread evenly from a bucket's lower to its upper bound. */
#ifndef LATLAS_REPORT_CURVE_H
#define LATLAS_REPORT_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/arena.h"
#include "lib/dist.h"

struct curve {
	double total;      /* weight of everything, failures too; 0: an empty curve */
	double zero;       /* weight of the value 0 */
	int base;          /* bucket of cum[0] */
	size_t len;
	const double *cum; /* weight of the successes at or below the upper bound of bucket base + i */
};

/* Cumulate `d`; the sums live in `arena`. false: out of memory. */
bool curve_make(struct curve *c, const struct dist *d, struct arena *arena);

/* Weight of the successes that are not above the upper bound of `bucket`. */
static inline double curve_at_bucket(const struct curve *c, int bucket)
{
	if (bucket < c->base || c->len == 0)
		return c->zero;
	size_t i = (size_t)(bucket - c->base);
	return c->cum[i < c->len ? i : c->len - 1];
}

/* Weight of the successes that are not above `us`. */
double curve_at(const struct curve *c, double us);

#endif
