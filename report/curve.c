#include "report/curve.h"

bool curve_make(struct curve *c, const struct dist *d, struct arena *arena)
{
	size_t first = 0, end = d->len;

	while (end > 0 && !(d->weight[end - 1] > 0))
		end--;
	while (first < end && !(d->weight[first] > 0))
		first++;
	*c = (struct curve){.zero = d->zero, .base = d->base + (int)first, .len = end - first};
	double below = d->zero;
	if (c->len != 0) {
		double *cum = arena_alloc(arena, c->len * sizeof *cum);
		if (cum == NULL)
			return false;
		for (size_t i = 0; i < c->len; i++)
			cum[i] = below += d->weight[first + i];
		c->cum = cum;
	}
	c->total = below + d->fail;
	return true;
}

double curve_at(const struct curve *c, double us)
{
	if (us < 0)
		return 0;
	if (c->len == 0 || !(us >= 0.5)) /* no bucket holds integers below 1 */
		return c->zero;
	int bucket = sketch_bucket(us);
	if (bucket < c->base)
		return c->zero;
	size_t i = (size_t)(bucket - c->base);
	if (i >= c->len)
		return c->cum[c->len - 1];
	double below = i == 0 ? c->zero : c->cum[i - 1];
	double low = sketch_bucket_low(bucket), high = sketch_bucket_high(bucket);
	return below + (c->cum[i] - below) * (us - low) / (high - low);
}
