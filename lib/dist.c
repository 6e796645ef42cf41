#include "lib/dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_CAP 64
#define ROUNDING 1e-12 /* share of the total that sums of weights may be off by */

void dist_free(struct dist *d)
{
	free(d->weight);
	*d = (struct dist){ 0 };
}

void dist_clear(struct dist *d)
{
	/* The range goes too: the next use may be of quite other values. */
	d->zero = d->fail = d->fail_us = 0;
	d->base = 0;
	d->len = 0;
}

static bool reserve(struct dist *d, size_t len)
{
	if (len <= d->cap)
		return true;
	size_t cap = d->cap + d->cap / 2;
	if (cap < LEAST_CAP)
		cap = LEAST_CAP;
	if (cap < len)
		cap = len;
	double *weight = realloc(d->weight, cap * sizeof *weight);
	if (weight == NULL)
		return false;
	d->weight = weight;
	d->cap = cap;
	return true;
}

/* Make weight[] cover the buckets lo..hi beside what it covers already. */
static bool cover(struct dist *d, int lo, int hi)
{
	if (d->len == 0) {
		size_t len = (size_t)(hi - lo) + 1;
		if (!reserve(d, len))
			return false;
		memset(d->weight, 0, len * sizeof *d->weight);
		d->base = lo;
		d->len = len;
		return true;
	}
	int old_hi = d->base + (int)d->len - 1;
	if (lo >= d->base && hi <= old_hi)
		return true;
	size_t before = lo < d->base ? (size_t)(d->base - lo) : 0;
	size_t behind = hi > old_hi ? (size_t)(hi - old_hi) : 0;
	if (!reserve(d, before + d->len + behind))
		return false;
	if (before != 0)
		memmove(d->weight + before, d->weight, d->len * sizeof *d->weight);
	memset(d->weight, 0, before * sizeof *d->weight);
	memset(d->weight + before + d->len, 0, behind * sizeof *d->weight);
	d->base -= (int)before;
	d->len += before + behind;
	return true;
}

/* The bucket of a value; -1 for the value 0. */
static int place(double us)
{
	if (!(us >= 0.5))
		return -1;
	if (us >= 0x1p63)
		return SKETCH_MAX_BUCKET;
	int i = sketch_bucket(us);
	return i < 0 ? 0 : i;
}

bool dist_add_sketch(struct dist *d, const struct sketch *s, double each)
{
	if (s->n != s->zeros) {
		size_t first = 0, last = s->len - 1;
		while (s->count[first] == 0)
			first++;
		while (s->count[last] == 0)
			last--;
		if (!cover(d, s->base + (int)first, s->base + (int)last))
			return false;
		double *to = d->weight + (s->base + (int)first - d->base);
		for (size_t i = first; i <= last; i++)
			*to++ += each * (double)s->count[i];
	}
	d->zero += each * (double)s->zeros;
	return true;
}

bool dist_add_value(struct dist *d, double us, double weight)
{
	int bucket = place(us);
	if (bucket < 0) {
		d->zero += weight;
		return true;
	}
	if (!cover(d, bucket, bucket))
		return false;
	d->weight[bucket - d->base] += weight;
	return true;
}

void dist_add_failures(struct dist *d, double weight, double fail_us)
{
	d->fail += weight;
	d->fail_us = fmax(d->fail_us, fail_us);
}

/* The innermost loop of every bootstrap. Four at a time: a compiler makes vectors of
 * them at -O2, where it leaves the plain loop alone. */
static void add_scaled(double *restrict to, const double *restrict from, size_t len, double factor)
{
	size_t i = 0;
	for (; i + 4 <= len; i += 4) {
		to[i] += factor * from[i];
		to[i + 1] += factor * from[i + 1];
		to[i + 2] += factor * from[i + 2];
		to[i + 3] += factor * from[i + 3];
	}
	for (; i < len; i++)
		to[i] += factor * from[i];
}

bool dist_add(struct dist *d, const struct dist *from, double factor)
{
	if (from->len != 0) {
		if (!cover(d, from->base, from->base + (int)from->len - 1))
			return false;
		add_scaled(d->weight + (from->base - d->base), from->weight, from->len, factor);
	}
	d->zero += factor * from->zero;
	dist_add_failures(d, factor * from->fail, from->fail_us);
	return true;
}

void dist_scale(struct dist *d, double factor)
{
	for (size_t i = 0; i < d->len; i++)
		d->weight[i] *= factor;
	d->zero *= factor;
	d->fail *= factor;
}

double dist_successes(const struct dist *d)
{
	double sum = d->zero;
	for (size_t i = 0; i < d->len; i++)
		sum += d->weight[i];
	return sum;
}

double dist_total(const struct dist *d)
{
	return dist_successes(d) + d->fail;
}

double dist_quantile(const struct dist *d, double q, bool *failed)
{
	double successes = dist_successes(d), total = successes + d->fail;
	if (failed != NULL)
		*failed = false;
	if (!(total > 0) || isnan(q))
		return NAN;
	double target = fmax(0, (fmin(q, 1) - ROUNDING) * total);
	if (successes <= 0 || target > successes) {
		if (failed != NULL)
			*failed = true;
		return d->fail_us;
	}
	double below = d->zero;
	if (d->zero > 0 && target <= below)
		return 0;
	size_t i = 0, last = 0;
	for (; i < d->len; i++) {
		double w = d->weight[i];
		if (w > 0) {
			if (below + w >= target)
				break;
			last = i;
		}
		below += w;
	}
	if (i == d->len) /* the same sum in the same order: only if weights are not finite */
		return sketch_bucket_high(d->base + (int)last);
	double lo = sketch_bucket_low(d->base + (int)i), hi = sketch_bucket_high(d->base + (int)i);
	/* The tolerance was for the choice of the bucket; inside it, q itself counts. */
	double part = (fmin(fmax(q, 0), 1) * total - below) / d->weight[i];
	return lo + (hi - lo) * fmin(fmax(part, 0), 1);
}

/* ---- shifted and summed distributions -------------------------------------------- */

/* The values of a distribution in ascending order, from index -1: the value 0, then the
 * middles of its buckets. */
static double value_at(const struct dist *d, int i)
{
	return i < 0 ? 0 : sketch_bucket_middle(d->base + i);
}

static double weight_at(const struct dist *d, int i)
{
	return i < 0 ? d->zero : d->weight[i];
}

static double *slot(struct dist *d, int bucket)
{
	return bucket < 0 ? &d->zero : &d->weight[bucket - d->base];
}

bool dist_add_shifted(struct dist *into, const struct dist *from, double by_us, double floor_us,
                      double factor)
{
	/* The shift keeps the order: the new range is from the first value that does not end
	 * as 0 to the last. */
	int lo = -1, hi = -1;
	for (int i = -1; i < (int)from->len && lo < 0; i++)
		if (weight_at(from, i) > 0)
			lo = place(fmax(value_at(from, i) - by_us, floor_us));
	for (int i = (int)from->len - 1; i >= -1 && hi < 0; i--) {
		if (weight_at(from, i) > 0) {
			hi = place(fmax(value_at(from, i) - by_us, floor_us));
			break;
		}
	}
	if (lo >= 0 && !cover(into, lo, hi))
		return false;
	for (int i = -1; i < (int)from->len; i++) {
		double weight = weight_at(from, i);
		if (weight > 0)
			*slot(into, place(fmax(value_at(from, i) - by_us, floor_us))) += factor * weight;
	}
	dist_add_failures(into, factor * from->fail, from->fail_us);
	return true;
}

/* One value of the summand, and what it weighs. */
struct term { double value, weight; };

/* The occupied values of `d`, ascending; NULL when out of memory. */
static struct term *terms(const struct dist *d, size_t *count)
{
	struct term *t = malloc((d->len + 1) * sizeof *t);
	*count = 0;
	for (int i = -1; t != NULL && i < (int)d->len; i++)
		if (weight_at(d, i) > 0)
			t[(*count)++] = (struct term){ value_at(d, i), weight_at(d, i) };
	return t;
}

/* into += x + y for all y, each of weight `each` times its own. The sums ascend, so the
 * bucket is found by walking up instead of by a logarithm each. */
static void add_row(struct dist *into, double x, const struct term *y, size_t count, double each)
{
	int bucket = place(x + y[0].value);
	double border = bucket < 0 ? 0.5 : sketch_bucket_high(bucket);
	for (size_t i = 0; i < count; i++) {
		double sum = x + y[i].value;
		if (bucket < 0 && sum >= 0.5) {
			bucket = 0;
			border = sketch_bucket_high(0);
		}
		while (bucket >= 0 && bucket < SKETCH_MAX_BUCKET && sum > border)
			border = sketch_bucket_high(++bucket);
		*slot(into, bucket) += each * y[i].weight;
	}
}

bool dist_add_sum(struct dist *into, const struct dist *a, const struct dist *b, double factor)
{
	double a_total = dist_total(a), b_total = dist_total(b);
	if (!(a_total > 0) || !(b_total > 0))
		return true;
	size_t xs, ys;
	struct term *x = terms(a, &xs), *y = terms(b, &ys);
	bool ok = x != NULL && y != NULL;
	if (ok && xs != 0 && ys != 0) {
		int lo = -1, hi = place(x[xs - 1].value + y[ys - 1].value);
		for (size_t i = 0; i < ys && lo < 0; i++)
			lo = place(x[0].value + y[i].value);
		for (size_t i = 1; i < xs; i++) { /* where 0 + 0 occurs, x alone may come lowest */
			int bucket = place(x[i].value + y[0].value);
			if (bucket >= 0) {
				lo = lo < 0 || bucket < lo ? bucket : lo;
				break;
			}
		}
		ok = hi < 0 || cover(into, lo, hi);
		for (size_t i = 0; ok && i < xs; i++)
			add_row(into, x[i].value, y, ys, factor * x[i].weight / b_total);
	}
	free(x);
	free(y);
	if (!ok)
		return false;
	/* x fails, or x does not and y does. */
	dist_add_failures(into, factor * (a->fail + (a_total - a->fail) * b->fail / b_total),
	                  fmax(a->fail_us, b->fail_us));
	return true;
}

double dist_cdf(const struct dist *d, double us)
{
	double successes = dist_successes(d), total = successes + d->fail;
	if (!(total > 0) || isnan(us))
		return NAN;
	if (us < 0)
		return 0;
	double below = d->zero;
	for (size_t i = 0; i < d->len; i++) {
		double lo = sketch_bucket_low(d->base + (int)i), hi = sketch_bucket_high(d->base + (int)i);
		if (us < hi) {
			if (us > lo)
				below += d->weight[i] * (us - lo) / (hi - lo);
			return below / total;
		}
		below += d->weight[i];
	}
	return successes / total;
}
