/* The robust fit. Lines are made by hand; the plain fit is compared with lib/stats.h. */
#include <stdlib.h>

#include "lib/rng.h"
#include "lib/stats.h"
#include "report/predict.h"
#include "tests/check.h"

#define PROBES 6
#define NODES 5

/* metric = 30 ms + 4 rtt */
static size_t make_line(struct predict_pair *pairs, double noise_us, struct rng *rng)
{
	size_t n = 0;

	for (size_t p = 0; p < PROBES; p++)
		for (size_t k = 0; k < NODES; k++) {
			double rtt = 1000 * (5 + 11 * (double)p + 37 * (double)k);
			double noise = noise_us == 0 ? 0 : noise_us * (rng_unit(rng) - 0.5);
			pairs[n++] = (struct predict_pair){.probe = p, .node = k, .rtt_us = rtt,
			                                   .metric_us = 30000 + 4 * rtt + noise};
		}
	return n;
}

static void test_line(void)
{
	struct predict_pair pairs[PROBES * NODES];
	struct model m;
	size_t n = make_line(pairs, 0, NULL);

	CHECK_CASE("a line is found exactly, and every resample finds it too");
	CHECK(predict_fit(&m, pairs, n, PROBES, NODES, 1));
	CHECK(m.ok);
	CHECK_INT(m.pairs, 30);
	CHECK_NEAR(m.point.r, 4, 1e-9);
	CHECK_NEAR(m.point.a_us, 30000, 1e-3);
	for (int k = 0; k < PREDICT_REFITS; k++) {
		CHECK_NEAR(m.refit[k].r, 4, 1e-9);
		CHECK_NEAR(m.refit[k].a_us, 30000, 1e-3);
	}

	CHECK_CASE("the range of RTTs");
	CHECK_NEAR(m.rtt_min_us, 5000, 0);
	CHECK_NEAR(m.rtt_max_us, 208000, 0); /* 5 + 55 + 148 */
	CHECK(predict_extrapolates(&m, 4999));
	CHECK(!predict_extrapolates(&m, 5000));
	CHECK(!predict_extrapolates(&m, 208000));
	CHECK(predict_extrapolates(&m, 208001));
	CHECK(predict_extrapolates(&m, NAN));

	/* A fifth of the nodes (six of thirty pairs) a second slower: 36 % of the slopes are of
	 * such a pair and another one, and the median stands. */
	CHECK_CASE("one slow node does not move it");
	for (size_t i = 0; i < n; i++)
		pairs[i].metric_us += pairs[i].node == 2 ? 1e6 : 0;
	CHECK(predict_fit(&m, pairs, n, PROBES, NODES, 1));
	CHECK_NEAR(m.point.r, 4, 1e-6);
	CHECK_NEAR(m.point.a_us, 30000, 1);
}

static void test_plain(void)
{
	struct predict_pair pairs[PROBES * NODES];
	double x[PROBES * NODES], y[PROBES * NODES], a, r;
	struct model m;
	struct rng rng;

	CHECK_CASE("without resampling it is Theil and Sen's line");
	rng_seed(&rng, 3);
	for (int round = 0; round < 20; round++) {
		size_t n = make_line(pairs, 80000, &rng)
		           - (size_t)(round % 3); /* even and odd numbers of slopes */
		for (size_t i = 0; i < n; i++) {
			x[i] = pairs[i].rtt_us;
			y[i] = pairs[i].metric_us;
		}
		CHECK(predict_fit(&m, pairs, n, PROBES, NODES, 1));
		CHECK(stats_theil_sen(x, y, n, &a, &r));
		CHECK_NEAR(m.point.r, r, 1e-9);
		CHECK_NEAR(m.point.a_us, a, 1e-3);
	}

	CHECK_CASE("resamples differ, lie around it, and are the same for a seed");
	struct model again;
	double sum = 0, least = INFINITY, most = -INFINITY;
	CHECK(predict_fit(&again, pairs, 28, PROBES, NODES, 1));
	CHECK(predict_fit(&m, pairs, 28, PROBES, NODES, 1));
	for (int k = 0; k < PREDICT_REFITS; k++) {
		CHECK_NEAR(m.refit[k].r, again.refit[k].r, 0);
		sum += m.refit[k].r;
		least = fmin(least, m.refit[k].r);
		most = fmax(most, m.refit[k].r);
	}
	CHECK(most - least > 0.02 && most - least < 2);
	CHECK_NEAR(sum / PREDICT_REFITS, m.point.r, 0.2);
	CHECK(predict_fit(&again, pairs, 28, PROBES, NODES, 2));
	CHECK(again.refit[0].r != m.refit[0].r);
}

static void test_none(void)
{
	struct predict_pair pairs[PROBES * NODES];
	struct model m;

	make_line(pairs, 0, NULL);
	CHECK_CASE("two pairs are no line");
	CHECK(predict_fit(&m, pairs, 2, PROBES, NODES, 1));
	CHECK(!m.ok);
	CHECK(predict_fit(&m, pairs, 0, PROBES, NODES, 1));
	CHECK(!m.ok);
	CHECK(isnan(m.rtt_min_us));

	CHECK_CASE("nor are equal RTTs, nor a time that falls as the RTT grows");
	for (size_t i = 0; i < 10; i++)
		pairs[i].rtt_us = 5000;
	CHECK(predict_fit(&m, pairs, 10, PROBES, NODES, 1));
	CHECK(!m.ok);
	make_line(pairs, 0, NULL);
	for (size_t i = 0; i < 30; i++)
		pairs[i].metric_us = 1e6 - pairs[i].metric_us;
	CHECK(predict_fit(&m, pairs, 30, PROBES, NODES, 1));
	CHECK(!m.ok);
}

static void test_many(void)
{
	size_t n = 3 * PREDICT_PAIRS;
	struct predict_pair *pairs = calloc(n, sizeof *pairs);
	struct model m;

	CHECK_CASE("of many pairs some are drawn; the range is of all");
	for (size_t i = 0; i < n; i++)
		pairs[i] = (struct predict_pair){.probe = i / 10,
		                                 .node = i % 10,
		                                 .rtt_us = 1000 + 10 * (double)i,
		                                 .metric_us = 5000 + 3 * (1000 + 10 * (double)i)};
	CHECK(predict_fit(&m, pairs, n, n / 10, 10, 1));
	CHECK(m.ok);
	CHECK_INT(m.pairs, n);
	CHECK_NEAR(m.point.r, 3, 1e-9);
	CHECK_NEAR(m.rtt_max_us, 1000 + 10 * (double)(n - 1), 0);
	free(pairs);
}

int main(void)
{
	test_line();
	test_plain();
	test_none();
	test_many();
	return check_done();
}
