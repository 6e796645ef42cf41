/* Draws and bounds. Bounds are worked by hand; the coverage is counted in a world whose
 * truth is known. */
#include <stdlib.h>
#include <string.h>

#include "lib/rng.h"
#include "lib/stats.h"
#include "report/bootstrap.h"
#include "tests/check.h"

static void test_draws(void)
{
	struct bootstrap b, again, other;

	CHECK_CASE("each replicate draws as many blocks as there are");
	CHECK(bootstrap_begin(&b, 1, 500, 12, NULL, 3));
	double mean = 0;
	for (size_t r = 0; r < 500; r++) {
		unsigned sum = 0;
		for (size_t i = 0; i < 12; i++)
			sum += b.block[r * 12 + i];
		CHECK_INT(sum, 12);
		mean += b.block[r * 12];
	}
	/* Binomial(12, 1/12): mean 1, deviation .957; of 500 means .043. */
	CHECK_NEAR(mean / 500, 1, 0.2);
	CHECK(b.vantage == NULL);

	CHECK_CASE("a seed gives the same draws, another others");
	CHECK(bootstrap_begin(&again, 1, 500, 12, NULL, 3));
	CHECK(bootstrap_begin(&other, 2, 500, 12, NULL, 3));
	CHECK(memcmp(b.block, again.block, 500 * 12 * sizeof *b.block) == 0);
	CHECK(memcmp(b.block, other.block, 500 * 12 * sizeof *b.block) != 0);
	bootstrap_free(&b);
	bootstrap_free(&again);
	bootstrap_free(&other);

	CHECK_CASE("to generalise, the probes of each country are drawn, as many as it has");
	size_t group[] = {0, 1, 0, SIZE_MAX, 0};
	bool varies = false;
	CHECK(bootstrap_begin(&b, 1, 500, 4, group, 5));
	for (size_t r = 0; r < 500; r++) {
		const uint16_t *v = b.vantage + r * 5;
		CHECK_INT(v[0] + v[2] + v[4], 3);
		CHECK_INT(v[1], 1);
		CHECK_INT(v[3], 1);
		varies |= v[0] != 1;
	}
	CHECK(varies);
	bootstrap_free(&b);
}

/* Even blocks hold 100 ms, odd ones 200 ms. */
static void test_halves(void)
{
	struct arena arena = {0};
	struct curve curve[6];
	struct mixture_member member = {0};
	double weight = 1, even[200], odd[200], all[200];
	struct mixture m = {.member = {.at = &member, .len = 1}, .group = {.at = &weight, .len = 1}};
	struct bootstrap b;
	struct arm arm;
	int mixed = 0;

	CHECK_CASE("draws can be kept to the even or the odd blocks");
	CHECK(bootstrap_begin(&b, 1, 200, 6, NULL, 1));
	arm_begin(&arm, 6);
	arm_probe(&arm);
	for (uint32_t k = 0; k < 6; k++) {
		struct dist d = {0};
		CHECK(dist_add_value(&d, k % 2 == 0 ? 100000 : 200000, 1));
		CHECK(curve_make(&curve[k], &d, &arena));
		arm_piece(&arm, k, &(struct piece){.curve = &curve[k], .factor = 1});
		dist_free(&d);
	}
	CHECK(arm_close(&arm));
	bootstrap_draws(&b, &m, &arm, NULL, 0.5, 10e6, 0, even);
	bootstrap_draws(&b, &m, &arm, NULL, 0.5, 10e6, 1, odd);
	bootstrap_draws(&b, &m, &arm, NULL, 0.5, 10e6, -1, all);
	for (int r = 0; r < 200; r++) {
		CHECK(isnan(even[r]) || fabs(even[r] - 100000) < 1000); /* NAN: none of them was drawn */
		CHECK(isnan(odd[r]) || fabs(odd[r] - 200000) < 2000);
		mixed += fabs(all[r] - 200000) < 2000;
	}
	CHECK(mixed > 20 && mixed < 180);
	arm_free(&arm);
	bootstrap_free(&b);
	arena_free(&arena);
}

static void test_bounds(void)
{
	struct bootstrap b;
	double draws[101], low, high;

	CHECK(bootstrap_begin(&b, 1, 101, 10, NULL, 1));
	for (int i = 0; i < 101; i++)
		draws[i] = 100 - i; /* 0..100, so the 5th percentile is 5 and the 95th 95 */

	/* t(.95, 9) = 1.833113; / 1.644854 * sqrt(10 / 9) = 1.174738. From 50: 45 * 1.174738 =
	 * 52.8632, and 0.005 * 100 = 0.5 more. */
	CHECK_CASE("percentiles, widened for the number of blocks and by alpha");
	bootstrap_bounds(&b, 50, draws, 10, 100, &low, &high);
	CHECK_NEAR(low, 50 - 52.8632 - 0.5, 1e-3);
	CHECK_NEAR(high, 50 + 52.8632 + 0.5, 1e-3);
	CHECK_NEAR(draws[0], 100, 0); /* left as they are */

	/* t(.95, 3) = 2.353363; * sqrt(4 / 3) / 1.644854 = 1.652090. */
	CHECK_CASE("of four blocks, wider");
	bootstrap_bounds(&b, 40, draws, 4, 0, &low, &high);
	CHECK_NEAR(low, 40 - 35 * 1.652090, 1e-3);
	CHECK_NEAR(high, 40 + 55 * 1.652090, 1e-3);

	CHECK_CASE("of three blocks, none");
	bootstrap_bounds(&b, 50, draws, 3, 0, &low, &high);
	CHECK(isnan(low) && isnan(high));

	CHECK_CASE("a bound never lies on the wrong side of the estimate");
	bootstrap_bounds(&b, 2, draws, 10, 0, &low, &high);
	CHECK_NEAR(low, 2, 1e-12);

	CHECK_CASE("replicates without data do not count");
	for (int i = 0; i < 50; i++)
		draws[2 * i] = NAN; /* 0, 1, 3, ..., 99 remain: rank .05 * 50 = 2.5 lies between 3 and 5 */
	bootstrap_bounds(&b, 50, draws, 10, 0, &low, &high);
	CHECK_NEAR(low, 50 - 46 * 1.174738, 1e-3);
	for (int i = 0; i < 101; i++)
		draws[i] = NAN;
	bootstrap_bounds(&b, 50, draws, 10, 0, &low, &high);
	CHECK(isnan(low));
	bootstrap_free(&b);
}

static void test_p(void)
{
	struct bootstrap b;
	struct rng rng;
	double draws[2000], low, high;
	int fails = 0;

	CHECK(bootstrap_begin(&b, 1, 2000, 10, NULL, 1));
	CHECK_CASE("the p-value agrees with the lower bound");
	rng_seed(&rng, 5);
	for (int round = 0; round < 200; round++) {
		double estimate = 30 * rng_unit(&rng);
		for (size_t i = 0; i < 2000; i++)
			draws[i] = estimate + 10 * (rng_unit(&rng) + rng_unit(&rng) - 1);
		bootstrap_bounds(&b, estimate, draws, 10, 50, &low, &high);
		double p = bootstrap_p(&b, estimate, draws, 10, 50, 10);
		fails += low > 10;
		if (fabs(low - 10) > 0.1)
			CHECK_INT(p < 0.05, low > 10);
		CHECK(p > 0 && p <= 1);
	}
	CHECK(fails > 20 && fails < 180);

	/* Far away it is the tail of a normal distribution: deviation 1 * 1.174738, distance
	 * 100 - 10 = 90, far below 1 / 2001. */
	CHECK_CASE("where the replicates are too few to tell, the tail goes on");
	for (size_t i = 0; i < 2000; i++)
		draws[i] = 100 + (i % 2 == 0 ? 1 : -1);
	CHECK(bootstrap_p(&b, 100, draws, 10, 0, 10) < 1e-100);
	CHECK_NEAR(bootstrap_p(&b, 100, draws, 10, 0, 99.5), 1001.0 / 2001, 1e-9);
	CHECK_NEAR(bootstrap_p(&b, 5, draws, 10, 0, 10), 1, 0);
	CHECK_NEAR(bootstrap_p(&b, 100, draws, 3, 0, 10), 1, 0);
	bootstrap_free(&b);
}

/* One probe, ten blocks of 20 values: each block has a shift of its own, normal by the
 * central limit theorem. The median of all that could be drawn is 500 ms. */
static void test_coverage(void)
{
	struct rng rng;
	int below = 0, above = 0, rounds = 400;

	CHECK_CASE("bounds hold about as often as they say");
	rng_seed(&rng, 11);
	for (int round = 0; round < rounds; round++) {
		struct arena arena = {0};
		struct curve curve[10];
		struct mixture_member member = {0};
		double weight = 1, draws[300], low, high;
		struct mixture m = {.member = {.at = &member, .len = 1}, .group = {.at = &weight, .len = 1}};
		struct bootstrap b;
		struct arm arm;
		CHECK(bootstrap_begin(&b, (uint64_t)round, 300, 10, NULL, 1));
		arm_begin(&arm, 10);
		arm_probe(&arm);
		for (uint32_t k = 0; k < 10; k++) {
			struct dist d = {0};
			double shift = 0;
			for (int i = 0; i < 12; i++)
				shift += rng_unit(&rng) - 0.5;
			for (int i = 0; i < 20; i++)
				CHECK(dist_add_value(
					&d, 1000 * (500 + 20 * shift + 10 * (rng_unit(&rng) - 0.5)), 1));
			CHECK(curve_make(&curve[k], &d, &arena));
			arm_piece(&arm, k, &(struct piece){.curve = &curve[k], .factor = 1});
			dist_free(&d);
		}
		CHECK(arm_close(&arm));
		double us = bootstrap_point(&b, &m, &arm, NULL, 0.5, 10e6, NULL);
		bootstrap_draws(&b, &m, &arm, NULL, 0.5, 10e6, -1, draws);
		bootstrap_bounds(&b, us, draws, 10, 0, &low, &high); /* alpha left out: the blocks alone */
		below += high < 500000;
		above += low > 500000;
		arm_free(&arm);
		bootstrap_free(&b);
		arena_free(&arena);
	}
	/* 5 % of 400 is 20, deviation 4.4; a median's bootstrap is a little narrow. */
	CHECK(below >= 4 && below <= 36);
	CHECK(above >= 4 && above <= 36);
}

int main(void)
{
	test_draws();
	test_halves();
	test_bounds();
	test_p();
	test_coverage();
	return check_done();
}
