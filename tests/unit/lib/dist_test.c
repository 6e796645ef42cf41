#include "lib/dist.h"

#include <stdlib.h>

#include "lib/rng.h"
#include "tests/check.h"

static void value(struct dist *d, double us, double weight)
{
	CHECK(dist_add_value(d, us, weight));
}

/* The weight in the bucket of `us`. */
static double weight_of(const struct dist *d, double us)
{
	int i = sketch_bucket(us) - d->base;
	return i >= 0 && i < (int)d->len ? d->weight[i] : 0;
}

static double low(double us)
{
	return sketch_bucket_low(sketch_bucket(us));
}

static double high(double us)
{
	return sketch_bucket_high(sketch_bucket(us));
}

static double middle(double us)
{
	return sketch_bucket_middle(sketch_bucket(us));
}

static void test_quantiles(void)
{
	struct dist d = { 0 };
	bool failed = true;

	CHECK_CASE("empty: no quantile, no share");
	CHECK(isnan(dist_quantile(&d, 0.5, &failed)) && !failed);
	CHECK(isnan(dist_cdf(&d, 5)));
	CHECK_NEAR(dist_total(&d), 0, 0);

	/* Two buckets, weights 1 and 3: at q = 1/4 the first is full, at 5/8 half of the
	 * second is. */
	CHECK_CASE("weight is spread evenly over a bucket");
	value(&d, 1000, 1);
	value(&d, 50000, 3);
	CHECK_NEAR(dist_quantile(&d, 0.125, &failed), (low(1000) + high(1000)) / 2, 1e-9);
	CHECK_NEAR(dist_quantile(&d, 0.25, NULL), high(1000), 1e-9);
	CHECK_NEAR(dist_quantile(&d, 0.625, NULL), (low(50000) + high(50000)) / 2, 1e-9);
	CHECK(!failed);

	CHECK_CASE("both ends, and beyond them");
	CHECK_NEAR(dist_quantile(&d, 0, &failed), low(1000), 1e-9);
	CHECK_NEAR(dist_quantile(&d, 1, &failed), high(50000), 1e-9);
	CHECK_NEAR(dist_quantile(&d, -1, NULL), low(1000), 1e-9);
	CHECK_NEAR(dist_quantile(&d, 2, NULL), high(50000), 1e-9);
	CHECK(!failed && isnan(dist_quantile(&d, NAN, NULL)));

	/* Total 8: zero up to 1/4, the buckets up to 3/4, then failures. */
	CHECK_CASE("zero below all, failures above all");
	value(&d, 0, 1.5);
	value(&d, -7, 0.5);
	dist_add_failures(&d, 2, 10e6);
	dist_add_failures(&d, 0, 5e6);
	CHECK_NEAR(dist_total(&d), 8, 0);
	CHECK_NEAR(dist_successes(&d), 6, 0);
	CHECK_NEAR(dist_quantile(&d, 0, &failed), 0, 0);
	CHECK_NEAR(dist_quantile(&d, 0.25, &failed), 0, 0);
	CHECK_NEAR(dist_quantile(&d, 0.375, &failed), high(1000), 1e-9);
	CHECK_NEAR(dist_quantile(&d, 0.75, &failed), high(50000), 1e-9);
	CHECK(!failed);
	CHECK_NEAR(dist_quantile(&d, 0.7501, &failed), 10e6, 0);
	CHECK(failed);
	CHECK_NEAR(dist_quantile(&d, 1, &failed), 10e6, 0);
	CHECK(failed);

	CHECK_CASE("cumulated share: failures in the denominator only");
	CHECK_NEAR(dist_cdf(&d, -1), 0, 0);
	CHECK_NEAR(dist_cdf(&d, 0), 0.25, 1e-15);
	CHECK_NEAR(dist_cdf(&d, (low(1000) + high(1000)) / 2), 2.5 / 8, 1e-12);
	CHECK_NEAR(dist_cdf(&d, 20000), 3.0 / 8, 1e-15);
	CHECK_NEAR(dist_cdf(&d, 1e12), 0.75, 1e-15);

	CHECK_CASE("scaling changes no quantile");
	double before = dist_quantile(&d, 0.6, NULL);
	dist_scale(&d, 0.125);
	CHECK_NEAR(dist_total(&d), 1, 1e-15);
	CHECK_NEAR(dist_quantile(&d, 0.6, NULL), before, 1e-9);

	CHECK_CASE("all fail");
	dist_clear(&d);
	dist_add_failures(&d, 3, 7e6);
	CHECK_NEAR(dist_quantile(&d, 0, &failed), 7e6, 0);
	CHECK(failed);
	CHECK_NEAR(dist_cdf(&d, 8e6), 0, 0);

	CHECK_CASE("all zero");
	dist_clear(&d);
	value(&d, 0, 2);
	CHECK_NEAR(dist_quantile(&d, 0, &failed), 0, 0);
	CHECK_NEAR(dist_quantile(&d, 1, &failed), 0, 0);
	CHECK(!failed);
	CHECK_NEAR(dist_cdf(&d, 0), 1, 0);

	/* Nine weights of 1/9: in doubles 1/9 of their sum is more than the first. The first
	 * bucket's end is meant nevertheless, not the second's beginning far away. And with
	 * four of five weights of 0.3, 4/5 of the sum is more than the four: no failure yet. */
	CHECK_CASE("rounding does not tip a quantile over");
	dist_clear(&d);
	for (int i = 1; i <= 9; i++)
		value(&d, i * 1000, 1.0 / 9);
	CHECK(1.0 / 9 * dist_total(&d) > d.weight[0]);
	for (int i = 1; i <= 9; i++)
		CHECK_NEAR(dist_quantile(&d, i / 9.0, NULL), high(i * 1000), 1e-6);
	dist_clear(&d);
	for (int i = 1; i <= 4; i++)
		value(&d, i * 1000, 0.3);
	dist_add_failures(&d, 0.3, 10e6);
	CHECK(4.0 / 5 * dist_total(&d) > dist_successes(&d));
	CHECK_NEAR(dist_quantile(&d, 4.0 / 5, &failed), high(4000), 1e-6);
	CHECK(!failed);

	CHECK_CASE("values that are no whole microseconds, or beyond all buckets");
	dist_clear(&d);
	value(&d, 0.49, 1);
	value(&d, 0.51, 2);
	value(&d, 1e300, 4);
	value(&d, INFINITY, 8);
	CHECK_NEAR(d.zero, 1, 0);
	CHECK_NEAR(weight_of(&d, 1), 2, 0);
	CHECK_NEAR(d.weight[SKETCH_MAX_BUCKET - d.base], 12, 0);
	dist_free(&d);
}

static void test_mixtures(void)
{
	struct dist d = { 0 }, e = { 0 };
	struct sketch s = { 0 };

	CHECK_CASE("values of a sketch, each with its weight");
	CHECK(sketch_add(&s, 1000, 4) && sketch_add(&s, 90000, 1) && sketch_add(&s, 0, 5));
	CHECK(dist_add_sketch(&d, &s, 0.1));
	CHECK_NEAR(d.zero, 0.5, 1e-15);
	CHECK_NEAR(weight_of(&d, 1000), 0.4, 1e-15);
	CHECK_NEAR(weight_of(&d, 90000), 0.1, 1e-15);
	CHECK_NEAR(dist_total(&d), 1, 1e-15);

	/* Two probes of equal weight, of which one sent ten times as much: half of the
	 * mixture is each, so the quartiles lie in the middles of theirs. */
	CHECK_CASE("a mixture weighs probes, not samples");
	struct sketch few = { 0 }, many = { 0 };
	CHECK(sketch_add(&few, 20000, 10) && sketch_add(&many, 300000, 100));
	dist_clear(&d);
	CHECK(dist_add_sketch(&d, &few, 0.5 / 10) && dist_add_sketch(&d, &many, 0.5 / 100));
	CHECK_NEAR(dist_quantile(&d, 0.25, NULL), (low(20000) + high(20000)) / 2, 1e-6);
	CHECK_NEAR(dist_quantile(&d, 0.75, NULL), (low(300000) + high(300000)) / 2, 1e-6);
	sketch_free(&few);
	sketch_free(&many);

	CHECK_CASE("adding with a factor, failures too, ranges to both sides");
	dist_clear(&d);
	value(&d, 5000, 1);
	dist_add_failures(&d, 1, 1e6);
	value(&e, 100, 10);
	value(&e, 5000, 20);
	value(&e, 700000, 30);
	value(&e, 0, 40);
	dist_add_failures(&e, 50, 9e6);
	CHECK(dist_add(&d, &e, 0.5));
	CHECK_NEAR(weight_of(&d, 100), 5, 0);
	CHECK_NEAR(weight_of(&d, 5000), 11, 0);
	CHECK_NEAR(weight_of(&d, 700000), 15, 0);
	CHECK_NEAR(d.zero, 20, 0);
	CHECK_NEAR(d.fail, 26, 0);
	CHECK_NEAR(d.fail_us, 9e6, 0);
	CHECK_NEAR(dist_total(&d), 77, 0);

	CHECK_CASE("after clear nothing is left");
	dist_clear(&d);
	CHECK_NEAR(dist_total(&d), 0, 0);
	value(&d, 200, 1);
	CHECK_NEAR(dist_total(&d), 1, 0);
	CHECK_NEAR(d.fail_us, 0, 0);
	CHECK(dist_add(&d, &e, 1));
	CHECK_NEAR(dist_total(&d), 151, 0);

	/* A sum of many, in different orders and with clears between, is what is added by hand. */
	CHECK_CASE("many parts add up");
	struct rng r;
	rng_seed(&r, 3);
	static double want[SKETCH_MAX_BUCKET + 1];
	for (int round = 0; round < 50; round++) {
		memset(want, 0, sizeof want);
		dist_clear(&d);
		for (int k = 0; k < 20; k++) {
			dist_clear(&e);
			double factor = rng_unit(&r);
			int from = (int)rng_below(&r, 2000), to = from + (int)rng_below(&r, 2000);
			for (int i = 0; i < 30; i++) {
				int bucket = from + (int)rng_below(&r, (uint32_t)(to - from) + 1);
				double w = rng_unit(&r);
				value(&e, sketch_bucket_middle(bucket), w);
				want[bucket] += factor * w;
			}
			CHECK(dist_add(&d, &e, factor));
		}
		for (int i = 0; i <= SKETCH_MAX_BUCKET; i++)
			CHECK_NEAR(weight_of(&d, sketch_bucket_middle(i)), want[i], 1e-12);
	}
	dist_free(&d);
	dist_free(&e);
	sketch_free(&s);
}

/* The same by brute force: one dist_add_value for each value or pair. */
static void shifted_plainly(struct dist *into, const struct dist *from, double by, double floor,
                            double factor)
{
	value(into, fmax(0 - by, floor), factor * from->zero);
	for (size_t i = 0; i < from->len; i++)
		value(into, fmax(sketch_bucket_middle(from->base + (int)i) - by, floor),
		      factor * from->weight[i]);
}

static void sum_plainly(struct dist *into, const struct dist *a, const struct dist *b, double factor)
{
	factor /= dist_total(b);
	for (int i = -1; i < (int)a->len; i++) {
		double x = i < 0 ? 0 : sketch_bucket_middle(a->base + i), wx = i < 0 ? a->zero : a->weight[i];
		for (int j = -1; j < (int)b->len; j++) {
			double y = j < 0 ? 0 : sketch_bucket_middle(b->base + j);
			double wy = j < 0 ? b->zero : b->weight[j];
			value(into, x + y, factor * wx * wy);
		}
	}
}

static void check_same(const struct dist *a, const struct dist *b)
{
	CHECK_NEAR(a->zero, b->zero, 1e-9);
	for (int i = 0; i <= SKETCH_MAX_BUCKET; i++) {
		double us = sketch_bucket_middle(i);
		CHECK_NEAR(weight_of(a, us), weight_of(b, us), 1e-9);
	}
}

static void random_dist(struct rng *r, struct dist *d)
{
	dist_clear(d);
	if (rng_below(r, 3) == 0)
		value(d, 0, rng_unit(r));
	int from = (int)rng_below(r, 1500);
	for (uint32_t i = rng_below(r, 40); i > 0; i--)
		value(d, sketch_bucket_middle(from + (int)rng_below(r, 400)), rng_unit(r));
	if (rng_below(r, 2) == 0)
		dist_add_failures(d, rng_unit(r), 10e6);
}

static void test_shifts(void)
{
	struct dist d = { 0 }, e = { 0 }, plain = { 0 };

	CHECK_CASE("shifted by hand: down, to the floor, to zero");
	value(&d, 100000, 2);
	value(&d, 40000, 1);
	value(&d, 0, 4);
	dist_add_failures(&d, 8, 1e6);
	CHECK(dist_add_shifted(&e, &d, 30000, 15000, 0.5));
	CHECK_NEAR(weight_of(&e, middle(100000) - 30000), 1, 0); /* 70 ms */
	CHECK_NEAR(weight_of(&e, 15000), 0.5 + 2, 0);            /* 10 ms and 0 */
	CHECK_NEAR(e.fail, 4, 0);
	CHECK_NEAR(e.fail_us, 1e6, 0);
	CHECK_NEAR(dist_total(&e), 7.5, 0);
	dist_clear(&e);
	CHECK(dist_add_shifted(&e, &d, 50000, -1, 1));
	CHECK_NEAR(e.zero, 5, 0);
	CHECK_NEAR(weight_of(&e, middle(100000) - 50000), 2, 0);
	dist_clear(&e);
	CHECK(dist_add_shifted(&e, &d, -20000, 0, 1)); /* up */
	CHECK_NEAR(weight_of(&e, 20000), 4, 0);
	CHECK_NEAR(weight_of(&e, middle(40000) + 20000), 1, 0);

	CHECK_CASE("shifted as by brute force");
	struct rng r;
	rng_seed(&r, 4);
	for (int round = 0; round < 500; round++) {
		random_dist(&r, &d);
		random_dist(&r, &e);
		dist_clear(&plain);
		CHECK(dist_add(&plain, &e, 1));
		double by = (rng_unit(&r) - 0.3) * exp(15 * rng_unit(&r));
		double floor = rng_below(&r, 2) == 0 ? 0 : exp(12 * rng_unit(&r));
		shifted_plainly(&plain, &d, by, floor, 0.7);
		CHECK(dist_add_shifted(&e, &d, by, floor, 0.7));
		check_same(&e, &plain);
	}
	dist_free(&d);
	dist_free(&e);
	dist_free(&plain);
}

static void test_sums(void)
{
	struct dist a = { 0 }, b = { 0 }, sum = { 0 }, plain = { 0 };

	/* a: 100 ms with 3 of 4, else it fails. b: 20 ms half the time, 0 a quarter, else it
	 * fails. Of a's weight 4: 1 fails; of the 3 that don't, 3/4 fail in b. */
	CHECK_CASE("a sum by hand");
	value(&a, 100000, 3);
	dist_add_failures(&a, 1, 5e6);
	value(&b, 20000, 20);
	value(&b, 0, 10);
	dist_add_failures(&b, 10, 8e6);
	CHECK(dist_add_sum(&sum, &a, &b, 2));
	CHECK_NEAR(weight_of(&sum, middle(100000) + middle(20000)), 2 * 1.5, 1e-12);
	CHECK_NEAR(weight_of(&sum, 100000), 2 * 0.75, 1e-12);
	CHECK_NEAR(sum.fail, 2 * (1 + 0.75), 1e-12);
	CHECK_NEAR(sum.fail_us, 8e6, 0);
	CHECK_NEAR(dist_total(&sum), 2 * 4, 1e-12);

	CHECK_CASE("with nothing: nothing");
	struct dist none = { 0 };
	dist_clear(&sum);
	CHECK(dist_add_sum(&sum, &a, &none, 1) && dist_add_sum(&sum, &none, &a, 1));
	CHECK_NEAR(dist_total(&sum), 0, 0);

	CHECK_CASE("one that only fails makes all fail");
	dist_add_failures(&none, 1, 9e6);
	CHECK(dist_add_sum(&sum, &a, &none, 1));
	CHECK_NEAR(sum.fail, 4, 1e-12);
	CHECK_NEAR(dist_successes(&sum), 0, 0);

	CHECK_CASE("zero and zero is zero");
	dist_clear(&none);
	dist_clear(&sum);
	value(&none, 0, 2);
	CHECK(dist_add_sum(&sum, &none, &none, 1));
	CHECK_NEAR(sum.zero, 2, 1e-12);
	CHECK_NEAR(dist_total(&sum), 2, 1e-12);

	CHECK_CASE("sums as by brute force");
	struct rng r;
	rng_seed(&r, 6);
	for (int round = 0; round < 300; round++) {
		random_dist(&r, &a);
		random_dist(&r, &b);
		random_dist(&r, &sum);
		dist_clear(&plain);
		CHECK(dist_add(&plain, &sum, 1));
		double total = dist_total(&sum);
		if (dist_total(&a) > 0 && dist_total(&b) > 0) {
			sum_plainly(&plain, &a, &b, 0.3);
			total += 0.3 * dist_total(&a);
		}
		CHECK(dist_add_sum(&sum, &a, &b, 0.3));
		check_same(&sum, &plain);
		CHECK_NEAR(dist_total(&sum), total, 1e-9);
	}
	dist_free(&a);
	dist_free(&b);
	dist_free(&sum);
	dist_free(&none);
	dist_free(&plain);
}

int main(void)
{
	test_quantiles();
	test_mixtures();
	test_shifts();
	test_sums();
	return check_done();
}
