#include "lib/stats.h"

#include "lib/attr.h"
#include "lib/rng.h"
#include "tests/check.h"

/* |got / want - 1| <= tol */
#define CHECK_RELATIVE(got, want, tol) CHECK_NEAR((got) / (want), 1.0, tol)

#define TWO_SIDED_95 0.975 /* our `conf` is one-sided */

static void wilson(uint64_t k, uint64_t n, double low, double high)
{
	double l, h;
	stats_wilson(k, n, TWO_SIDED_95, &l, &h);
	CHECK_NEAR(l, low, 0.00005);
	CHECK_NEAR(h, high, 0.00005);
}

/* p of k1/n1 less p of k2/n2, as the paper has it: ours is the second less the first. */
static void newcombe(uint64_t k1, uint64_t n1, uint64_t k2, uint64_t n2, double low, double high)
{
	double l, h;
	stats_newcombe(k2, n2, k1, n1, TWO_SIDED_95, &l, &h);
	CHECK_NEAR(l, low, 0.00005);
	CHECK_NEAR(h, high, 0.00005);
}

int main(void)
{
	/* Known to 16 digits from tables; those far out by Python's mpmath, 30 digits. */
	CHECK_CASE("normal quantiles");
	CHECK_RELATIVE(stats_normal_quantile(0.95), 1.6448536269514727, 1e-14);
	CHECK_RELATIVE(stats_normal_quantile(0.975), 1.959963984540054, 1e-14);
	CHECK_RELATIVE(stats_normal_quantile(0.025), -1.959963984540054, 1e-14);
	CHECK_RELATIVE(stats_normal_quantile(0.999), 3.0902323061678135, 1e-14);
	CHECK_RELATIVE(stats_normal_quantile(1e-9), -5.9978070150076869, 1e-14);
	CHECK_NEAR(stats_normal_quantile(0.5), 0, 0);
	/* Near the middle z = (p - 1/2) sqrt(2 pi) (1 + pi / 3 (p - 1/2)^2 ...). */
	double p_near = 0.5 + 1e-7, off = p_near - 0.5;
	CHECK_RELATIVE(stats_normal_quantile(p_near), off * 2.5066282746310005, 1e-13);
	CHECK_RELATIVE(stats_normal_quantile(0.5 - off), off * -2.5066282746310005, 1e-13);

	CHECK_CASE("the ends of the normal distribution");
	CHECK(stats_normal_quantile(0) == -INFINITY && stats_normal_quantile(1) == INFINITY);
	CHECK(isnan(stats_normal_quantile(-0.1)) && isnan(stats_normal_quantile(NAN)));

	/* One degree of freedom is Cauchy's distribution, t = tan(pi (p - 1/2)): tan 0.45 pi,
	 * tan 0.475 pi; two: t = (2p - 1) / sqrt(2p (1 - p)) = 0.9 / sqrt(0.095). */
	CHECK_CASE("t quantiles in closed form");
	CHECK_RELATIVE(stats_t_quantile(0.95, 1), 6.313751514675043, 1e-12);
	CHECK_RELATIVE(stats_t_quantile(0.975, 1), 12.706204736174694, 1e-12);
	CHECK_RELATIVE(stats_t_quantile(0.75, 1), 1.0, 1e-12);
	CHECK_RELATIVE(stats_t_quantile(0.95, 2), 2.9199855803537251, 1e-12);
	CHECK_RELATIVE(stats_t_quantile(p_near, 1), tan(3.14159265358979323846 * off), 1e-13);
	CHECK_RELATIVE(stats_t_quantile(p_near, 2), 2 * off / sqrt(2 * p_near * (1 - p_near)), 1e-13);
	for (double p = 0.501; p < 0.9995; p += 0.001) {
		CHECK_RELATIVE(stats_t_quantile(p, 1), tan(3.14159265358979323846 * (p - 0.5)), 1e-10);
		CHECK_RELATIVE(stats_t_quantile(p, 2), (2 * p - 1) / sqrt(2 * p * (1 - p)), 1e-11);
		CHECK_RELATIVE(stats_t_quantile(1 - p, 2), stats_t_quantile(p, 2) * -1, 1e-11);
	}

	/* Any table has them to 3 places (2.353, 2.228, 2.750, 1.658); the rest by mpmath. */
	CHECK_CASE("t quantiles of the tables");
	CHECK_RELATIVE(stats_t_quantile(0.95, 3), 2.3533634348018239, 1e-12);
	CHECK_RELATIVE(stats_t_quantile(0.975, 10), 2.2281388519862747, 1e-12);
	CHECK_RELATIVE(stats_t_quantile(0.995, 30), 2.7499956535672253, 1e-12);
	CHECK_RELATIVE(stats_t_quantile(0.95, 120), 1.6576508993552356, 1e-12);
	CHECK_RELATIVE(stats_t_quantile(0.99, 2.5), 5.3531111730308743, 1e-12);
	CHECK_RELATIVE(stats_t_quantile(0.95, 2000), 1.6456158666989076, 1e-12);

	CHECK_CASE("t: continuous where the method changes, normal in the end");
	CHECK_RELATIVE(stats_t_quantile(0.999, 1000), stats_t_quantile(0.999, 999.999999), 1e-10);
	CHECK_RELATIVE(stats_t_quantile(0.75 - 1e-12, 5), stats_t_quantile(0.75 + 1e-12, 5), 1e-11);
	CHECK_RELATIVE(stats_t_quantile(0.95, 1e12), 1.6448536269514727, 1e-11);
	CHECK(stats_t_quantile(0.5, 3) == 0 && stats_t_quantile(0, 3) == -INFINITY);
	CHECK(isnan(stats_t_quantile(0.5, 0)) && isnan(stats_t_quantile(1.5, 3)));

	/* R. G. Newcombe, "Two-sided confidence intervals for the single proportion",
	 * Statistics in Medicine 17 (1998), table I, method 3. */
	CHECK_CASE("Wilson: the examples of Newcombe's paper");
	wilson(81, 263, 0.2553, 0.3662);
	wilson(15, 148, 0.0624, 0.1605);
	wilson(0, 20, 0, 0.1611);
	wilson(1, 29, 0.0061, 0.1718);

	CHECK_CASE("Wilson: ends are exact, nothing known is 0 to 1");
	double l, h;
	for (uint64_t n = 1; n < 200; n++) {
		double conf = 0.8 + 0.0009 * (double)n;
		stats_wilson(0, n, conf, &l, &h);
		CHECK(l == 0 && h > 0 && h < 1);
		stats_wilson(n, n, conf, &l, &h);
		CHECK(l > 0 && l < 1 && h == 1);
	}
	stats_wilson(0, 0, 0.95, &l, &h);
	CHECK(l == 0 && h == 1);
	/* z = 1.6449, n = 10, k = 0: z^2 / (n + z^2) = 2.70554 / 12.70554. */
	stats_wilson(0, 10, 0.95, &l, &h);
	CHECK_NEAR(h, 0.212942, 1e-6);

	/* R. G. Newcombe, "Interval estimation for the difference between independent
	 * proportions", Statistics in Medicine 17 (1998), table II, method 10. */
	CHECK_CASE("Newcombe: the examples of the paper");
	newcombe(56, 70, 48, 80, 0.0524, 0.3339);
	newcombe(9, 10, 3, 10, 0.1705, 0.8090);
	newcombe(6, 7, 2, 7, 0.0582, 0.8062);
	newcombe(5, 56, 0, 29, -0.0381, 0.1926);
	newcombe(0, 10, 0, 20, -0.1611, 0.2775);
	newcombe(0, 10, 0, 10, -0.2775, 0.2775);
	newcombe(10, 10, 0, 20, 0.6791, 1.0000);
	newcombe(10, 10, 0, 10, 0.6075, 1.0000);
	stats_newcombe(1, 2, 0, 0, 0.95, &l, &h);
	CHECK(l == -1 && h == 1);

	/* By hand: 0.01 <= 0.05/4, 0.013 <= 0.05/3, 0.03 > 0.05/2: 0.03 and all above stand,
	 * though 0.04 <= 0.05/1. */
	CHECK_CASE("Holm: stops at the first that stands");
	static const double p[] = { 0.04, 0.01, 0.03, 0.013 };
	bool reject[4];
	CHECK(stats_holm(p, 4, 0.05, reject));
	CHECK(!reject[0] && reject[1] && !reject[2] && reject[3]);

	CHECK_CASE("Holm: bounds are met by equality, all may fall, NAN never does");
	static const double even[] = { 0.025, 0.05 };
	CHECK(stats_holm(even, 2, 0.05, reject));
	CHECK(reject[0] && reject[1]);
	static const double none[] = { NAN, 0.02 };
	CHECK(stats_holm(none, 2, 0.05, reject));
	CHECK(!reject[0] && reject[1]);
	static const double last[] = { 0.02, NAN };
	CHECK(stats_holm(last, 2, 0.05, reject));
	CHECK(reject[0] && !reject[1]);
	CHECK(stats_holm(none, 0, 0.05, NULL));

	/* Type 7: rank q (n - 1). */
	CHECK_CASE("quantiles of a few numbers");
	double x[] = { 40, 10, 30, 20 };
	CHECK_NEAR(stats_quantile(x, 4, 0.5), 25, 0);
	CHECK(x[0] == 10 && x[3] == 40);
	CHECK_NEAR(stats_quantile(x, 4, 0.75), 32.5, 1e-12);
	CHECK_NEAR(stats_quantile(x, 4, 0), 10, 0);
	CHECK_NEAR(stats_quantile(x, 4, 1), 40, 0);
	CHECK_NEAR(stats_quantile(x, 1, 0.9), 10, 0);
	CHECK(isnan(stats_quantile(x, 0, 0.5)));

	/* Slopes of (1,1) (2,2) (3,3) (4,14): 1, 1, 13/3, 1, 6, 11: median (1 + 13/3) / 2 =
	 * 8/3. Intercepts 1 - 8/3, 2 - 16/3, 3 - 8, 14 - 32/3 = -5/3, -10/3, -5, 10/3: median
	 * (-10/3 - 5/3) / 2 = -5/2. */
	CHECK_CASE("Theil and Sen by hand");
	static const double xs[] = { 1, 2, 3, 4 }, ys[] = { 1, 2, 3, 14 };
	double a = 0, r = 0;
	CHECK(stats_theil_sen(xs, ys, 4, &a, &r));
	CHECK_NEAR(r, 8.0 / 3, 1e-12);
	CHECK_NEAR(a, -2.5, 1e-12);

	/* y = 1 + 2 x, but the first and the last of seven points are 100 too high. Of 21
	 * slopes the 10 among the good points are 2, and that between the bad ones too; 5 are
	 * below, 5 above. */
	CHECK_CASE("Theil and Sen do not mind two outliers of seven");
	static const double x7[] = { 1, 2, 3, 4, 5, 6, 7 }, y7[] = { 103, 5, 7, 9, 11, 13, 115 };
	CHECK(stats_theil_sen(x7, y7, 7, &a, &r));
	CHECK_NEAR(r, 2, 1e-12);
	CHECK_NEAR(a, 1, 1e-12);

	CHECK_CASE("Theil and Sen leave out equal x, and need two that differ");
	static const double x5[] = { 1, 1, 1, 2, 2 }, y5[] = { 0, 3, 3, 5, 5 };
	CHECK(stats_theil_sen(x5, y5, 5, &a, &r)); /* slopes 5 5 2 2 2 2: median 2 */
	CHECK_NEAR(r, 2, 1e-12);
	CHECK_NEAR(a, 1, 1e-12);                   /* -2 1 1 1 1 */
	CHECK(!stats_theil_sen(x5, y5, 3, &a, &r));
	CHECK(!stats_theil_sen(x5, y5, 1, &a, &r));
	CHECK(!stats_theil_sen(x5, y5, 0, &a, &r));
	CHECK_NEAR(r, 2, 1e-12);

	/* The median is by selection, the quantile by sorting: they must agree. With x = 0, 1
	 * and many points between, each y of x = 1 less each of x = 0 is a slope. */
	CHECK_CASE("Theil and Sen on many points, against sorting");
	struct rng g;
	rng_seed(&g, 7);
	for (int round = 0; round < 20; round++) {
		double mx[60], my[60], slope[60 * 59 / 2];
		size_t n = 40 + (size_t)round, slopes = 0;
		for (size_t i = 0; i < n; i++) {
			mx[i] = rng_below(&g, 10);
			my[i] = 3 + 2 * mx[i] + rng_unit(&g) * rng_below(&g, 50);
		}
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < i; j++)
				if (mx[i] != mx[j])
					slope[slopes++] = (my[i] - my[j]) / (mx[i] - mx[j]);
		double want = stats_quantile(slope, slopes, 0.5);
		CHECK(stats_theil_sen(mx, my, n, &a, &r));
		CHECK_NEAR(r, want, 1e-12);
		for (size_t i = 0; i < n; i++)
			my[i] -= r * mx[i];
		CHECK_NEAR(a, stats_quantile(my, n, 0.5), 1e-12);
	}

	/* m = 4: 2.353363 / 1.644854 * sqrt(4/3) = 1.652080; m = 28: 1.703288 / 1.644854 *
	 * sqrt(28/27) = 1.054528. */
	CHECK_CASE("widening for few blocks");
	CHECK_NEAR(stats_block_widening(4), 1.652080, 2e-6);
	CHECK_NEAR(stats_block_widening(28), 1.054528, 2e-6);
	CHECK(stats_block_widening(1) == INFINITY && stats_block_widening(0) == INFINITY);
	CHECK_NEAR(stats_block_widening(1000000), 1, 2e-6);
	return check_done();
}
