/* Cumulated distributions and the arms made of them. Values are chosen on the borders of
 * buckets (gamma^i, i from lib/sketch.h), so that the cumulated weight at them is exact. */
#include <stdlib.h>

#include "report/arm.h"
#include "tests/check.h"

static struct arena arena;

static struct curve curve_of(const double *us, const double *weight, size_t n, double fail)
{
	struct dist d = {0};
	struct curve c;
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		ok = ok && dist_add_value(&d, us[i], weight[i]);
	dist_add_failures(&d, fail, 10e6);
	ok = ok && curve_make(&c, &d, &arena);
	dist_free(&d);
	if (!ok)
		abort();
	return c;
}

static void test_curve(void)
{
	double border = sketch_bucket_high(1000); /* about 22 s in microseconds */
	double us[] = {0, 100, border}, weight[] = {1, 2, 3};
	struct curve c = curve_of(us, weight, 3, 4);

	CHECK_CASE("curve: cumulates zeros, values and, in the total only, failures");
	CHECK_NEAR(c.total, 10, 1e-12);
	CHECK_NEAR(curve_at(&c, -1), 0, 0);
	CHECK_NEAR(curve_at(&c, 0), 1, 1e-12);
	CHECK_NEAR(curve_at(&c, 50), 1, 1e-12);
	CHECK_NEAR(curve_at(&c, 102), 3, 1e-12);
	CHECK_NEAR(curve_at(&c, border), 6, 1e-9);
	CHECK_NEAR(curve_at(&c, 1e12), 6, 1e-12);

	CHECK_CASE("curve: inside a bucket the weight is spread evenly");
	double low = sketch_bucket_low(1000);
	CHECK_NEAR(curve_at(&c, low), 3, 1e-9);
	CHECK_NEAR(curve_at(&c, low + (border - low) / 4), 3.75, 1e-9);

	CHECK_CASE("curve: at the upper bounds of buckets");
	CHECK_NEAR(curve_at_bucket(&c, 999), 3, 1e-12);
	CHECK_NEAR(curve_at_bucket(&c, 1000), 6, 1e-12);
	CHECK_NEAR(curve_at_bucket(&c, 4000), 6, 1e-12);
	CHECK_NEAR(curve_at_bucket(&c, 0), 1, 1e-12);

	CHECK_CASE("curve: empty");
	struct curve none = curve_of(us, weight, 0, 0);
	CHECK_NEAR(none.total, 0, 0);
	CHECK_NEAR(curve_at(&none, 1e6), 0, 0);
	CHECK_NEAR(curve_at_bucket(&none, 5), 0, 0);
}

static double at(struct arm *a, double us, const struct fit *fit)
{
	/* The point whose value is at or just above. */
	int point = us <= 0 ? 0 : sketch_bucket(us) + 1;
	const double *row = arm_row(a, point, fit);

	return row == NULL ? NAN : row[0];
}

static void test_arm(void)
{
	double us[] = {100000, 200000}, weight[] = {1, 1};
	struct curve c = curve_of(us, weight, 2, 0);
	struct fit fit = {.a_us = 30000, .r = 2};
	struct arm a;

	CHECK_CASE("arm: a constant moves every value up");
	arm_begin(&a, 1);
	arm_probe(&a);
	arm_piece(&a, 0, &(struct piece){.curve = &c, .factor = 2, .add_us = 50000});
	CHECK(arm_close(&a));
	CHECK_NEAR(a.weight[0], 4, 1e-12);
	CHECK_NEAR(at(&a, 140000, NULL), 0, 1e-12);
	CHECK_NEAR(at(&a, 155000, NULL), 2, 1e-12);
	CHECK_NEAR(at(&a, 240000, NULL), 2, 1e-12);
	CHECK_NEAR(at(&a, 260000, NULL), 4, 1e-12);
	arm_free(&a);

	/* 200 - 2 * (60 - 20) = 120, and 100 - 80 = 20 is below the floor 30 + 2 * 20 + 5 = 75. */
	CHECK_CASE("arm: a prediction moves down by r times the gain, not below the floor");
	arm_begin(&a, 1);
	arm_probe(&a);
	arm_piece(&a, 0, &(struct piece){.curve = &c, .factor = 1, .predicted = true, .gain_us = 40000,
	                                 .rtt_us = 20000, .extra_us = 5000});
	CHECK(arm_close(&a));
	CHECK(a.predicted);
	CHECK_NEAR(at(&a, 70000, &fit), 0, 1e-12);
	CHECK_NEAR(at(&a, 80000, &fit), 1, 1e-12);
	CHECK_NEAR(at(&a, 115000, &fit), 1, 1e-12);
	CHECK_NEAR(at(&a, 125000, &fit), 2, 1e-12);

	CHECK_CASE("arm: another fit moves it elsewhere, and the first is still right afterwards");
	struct fit other = {.a_us = 0, .r = 1}; /* 200 - 40 = 160 and 60, the floor is 25 */
	CHECK_NEAR(at(&a, 55000, &other), 0, 1e-12);
	CHECK_NEAR(at(&a, 65000, &other), 1, 1e-12);
	CHECK_NEAR(at(&a, 125000, &other), 1, 1e-12);
	CHECK_NEAR(at(&a, 165000, &other), 2, 1e-12);
	CHECK_NEAR(at(&a, 125000, &fit), 2, 1e-12);
	arm_free(&a);

	/* 150 + 200 - 80 = 270 and 150 + 100 - 80 = 170; the floor is 30 + 40. */
	CHECK_CASE("arm: a constant first, then the prediction");
	arm_begin(&a, 1);
	arm_probe(&a);
	arm_piece(&a, 0, &(struct piece){.curve = &c, .factor = 1, .add_us = 150000, .predicted = true,
	                                 .gain_us = 40000, .rtt_us = 20000});
	CHECK(arm_close(&a));
	CHECK_NEAR(at(&a, 165000, &fit), 0, 1e-12);
	CHECK_NEAR(at(&a, 175000, &fit), 1, 1e-12);
	CHECK_NEAR(at(&a, 262000, &fit), 1, 1e-12);
	CHECK_NEAR(at(&a, 278000, &fit), 2, 1e-12);
	arm_free(&a);

	CHECK_CASE("arm: blocks are counted where there is weight");
	struct curve none = {0};
	arm_begin(&a, 5);
	arm_probe(&a);
	arm_piece(&a, 1, &(struct piece){.curve = &c, .factor = 1});
	arm_piece(&a, 1, &(struct piece){.curve = &c, .factor = 1});
	arm_piece(&a, 2, &(struct piece){.curve = &none, .factor = 1});
	arm_piece(&a, 4, &(struct piece){.curve = &c, .factor = 0.5});
	arm_probe(&a);
	CHECK(arm_close(&a));
	CHECK_INT(arm_blocks(&a, 0), 2);
	CHECK_INT(arm_blocks(&a, 1), 0);
	CHECK_NEAR(a.weight[1], 4, 1e-12);
	CHECK_NEAR(a.weight[2], 0, 0);
	CHECK_NEAR(a.weight[4], 1, 1e-12);
	CHECK_NEAR(a.weight[5 + 1], 0, 0);
	arm_free(&a);
}

int main(void)
{
	test_curve();
	test_arm();
	arena_free(&arena);
	return check_done();
}
