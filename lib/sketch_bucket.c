/* The geometry of a sketch's buckets: powers of gamma, and the bucket of a value. */
#include <math.h>

#include "lib/attr.h"
#include "lib/sketch.h"

#include "lib/sketch_gamma.def"

#define LN_GAMMA 0.010000083334583355655195941417711L     /* ln(201 / 199) */
#define PER_LN_GAMMA 99.999166661111038358608885239221907 /* 1 / ln gamma */
#define FIRST (-(int)LAT_COUNT(fine))
#define LAST ((int)((LAT_COUNT(coarse) - 1) * LAT_COUNT(fine)) - 1)

/* gamma^i, rounded once from a long double: right to the last place, and one product
 * instead of an exponential. */
double sketch_bucket_high(int i)
{
	if (i < FIRST || i > LAST)
		return (double)expl(LN_GAMMA * i);
	unsigned at = (unsigned)(i - FIRST);
	return (double)(coarse[at / LAT_COUNT(fine)] * fine[at % LAT_COUNT(fine)]);
}

double sketch_bucket_low(int i)
{
	return sketch_bucket_high(i - 1);
}

double sketch_bucket_point(int bucket, uint64_t rank, uint64_t count)
{
	double lo = sketch_bucket_low(bucket), hi = sketch_bucket_high(bucket);
	return lo + (hi - lo) * ((double)rank + 0.5) / (double)count;
}

/* 2 / (gamma + 1) = 1 - alpha. */
double sketch_bucket_middle(int i)
{
	return (1 - SKETCH_ALPHA) * sketch_bucket_high(i);
}

int sketch_bucket(double us)
{
	double x = log(us) * PER_LN_GAMMA;
	int i = (int)x;
	i -= x < i; /* the cast cuts towards zero; below one it has to go down */
	double part = x - i;
	/* |x| is at most 75,000 and its error a few units of the last place, below 1e-10. So
	 * only a value that close to a border is in doubt, and is compared with the border. */
	if (part > 1e-9 && part < 1 - 1e-9)
		return i + 1;
	i += part > 0.5;
	return us > sketch_bucket_high(i) ? i + 1 : i;
}
