/* Mixtures: who weighs what. Expectations are worked by hand, or by adding the parts up
 * with lib/dist.h, which is another implementation of the same definition. */
#include <stdlib.h>

#include "lib/rng.h"
#include "report/mixture.h"
#include "tests/check.h"

#define MAX 8

struct bench {
	struct arena arena;
	struct mixture m;
	struct arm arm;
	struct dist dist[MAX];
	struct curve curve[MAX];
	size_t n;
	double one[MAX];
};

static void start(struct bench *b, size_t blocks)
{
	*b = (struct bench){0};
	for (size_t i = 0; i < MAX; i++)
		b->one[i] = 1;
	arm_begin(&b->arm, blocks);
}

static void add_group(struct bench *b, double weight)
{
	double *g = vec_add(&b->m.group);

	if (g == NULL)
		abort();
	*g = weight;
}

static void add_member(struct bench *b)
{
	struct mixture_member *m = vec_add(&b->m.member);

	if (m == NULL)
		abort();
	*m = (struct mixture_member){.vantage = b->m.member.len - 1, .group = b->m.group.len - 1};
	arm_probe(&b->arm);
}

/* A block of the member added last: values in ms, each of weight 1, and failures. */
static void add_block(struct bench *b, uint32_t block, const double *ms, size_t n, double failures)
{
	struct dist *d = &b->dist[b->n];
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		ok = ok && dist_add_value(d, ms[i] * 1000, 1);
	dist_add_failures(d, failures, 10e6);
	if (!ok || !curve_make(&b->curve[b->n], d, &b->arena))
		abort();
	arm_piece(&b->arm, block, &(struct piece){.curve = &b->curve[b->n], .factor = 1});
	b->n++;
}

static void finish(struct bench *b)
{
	arm_free(&b->arm);
	mixture_free(&b->m);
	for (size_t i = 0; i < MAX; i++)
		dist_free(&b->dist[i]);
	arena_free(&b->arena);
}

static double ask(struct bench *b, const double *blocks, double q, bool *failed)
{
	struct mixture_draw d = {.block = blocks};

	return mixture_quantile(&b->m, &b->arm, &d, q, 10e6, failed) / 1000;
}

#define NEAR(got, want) CHECK_NEAR(got, want, 0.0101 * (want)) /* two alpha: a bucket is that wide */

static void test_probes(void)
{
	struct bench b;
	double three[] = {100, 200, 300}, one[] = {1000};

	/* Each value of the first weighs 1/6, that of the second 1/2. */
	CHECK_CASE("probes weigh the same, however much they measured");
	start(&b, 1);
	add_group(&b, 1);
	add_member(&b);
	add_block(&b, 0, three, 3, 0);
	add_member(&b);
	add_block(&b, 0, one, 1, 0);
	CHECK(arm_close(&b.arm));
	NEAR(ask(&b, b.one, 0.15, NULL), 100);
	NEAR(ask(&b, b.one, 0.30, NULL), 200);
	NEAR(ask(&b, b.one, 0.45, NULL), 300);
	NEAR(ask(&b, b.one, 0.50, NULL), 300); /* just reached */
	NEAR(ask(&b, b.one, 0.51, NULL), 1000);
	finish(&b);
}

static void test_groups(void)
{
	struct bench b;
	double ten[] = {10}, twenty[] = {20}, hundred[] = {100};

	/* Shares: 1/4, 1/4 and 1/2. */
	CHECK_CASE("probes of a country share its weight");
	start(&b, 1);
	add_group(&b, 1);
	add_member(&b);
	add_block(&b, 0, ten, 1, 0);
	add_member(&b);
	add_block(&b, 0, twenty, 1, 0);
	add_group(&b, 1);
	add_member(&b);
	add_block(&b, 0, hundred, 1, 0);
	CHECK(arm_close(&b.arm));
	NEAR(ask(&b, b.one, 0.24, NULL), 10);
	NEAR(ask(&b, b.one, 0.26, NULL), 20);
	NEAR(ask(&b, b.one, 0.49, NULL), 20);
	NEAR(ask(&b, b.one, 0.51, NULL), 100);
	CHECK_NEAR(mixture_effective_groups(&b.m), 2, 1e-12);

	/* 9 : 1 gives shares of .45, .45 and .1; (9 + 1)^2 / (81 + 1) = 1.2195. */
	CHECK_CASE("a weights file tilts the countries");
	b.m.group.at[0] = 9;
	NEAR(ask(&b, b.one, 0.44, NULL), 10);
	NEAR(ask(&b, b.one, 0.89, NULL), 20);
	NEAR(ask(&b, b.one, 0.91, NULL), 100);
	CHECK_NEAR(mixture_effective_groups(&b.m), 100.0 / 82, 1e-12);

	/* Vantages drawn 0, 2 and 1 times: half 20, half 100. */
	CHECK_CASE("probes can be drawn");
	b.m.group.at[0] = 1;
	uint16_t times[] = {0, 2, 1};
	struct mixture_draw d = {.block = b.one, .vantage = times};
	NEAR(mixture_quantile(&b.m, &b.arm, &d, 0.01, 10e6, NULL) / 1000, 20);
	NEAR(mixture_quantile(&b.m, &b.arm, &d, 0.49, 10e6, NULL) / 1000, 20);
	NEAR(mixture_quantile(&b.m, &b.arm, &d, 0.51, 10e6, NULL) / 1000, 100);
	finish(&b);
}

static void test_blocks(void)
{
	struct bench b;
	double fast[] = {100, 100, 100}, slow[] = {900}, other[] = {500};

	CHECK_CASE("units weigh the same over blocks, and a draw counts them as often as it drew");
	start(&b, 2);
	add_group(&b, 1);
	add_member(&b);
	add_block(&b, 0, fast, 3, 0);
	add_block(&b, 1, slow, 1, 0);
	CHECK(arm_close(&b.arm));
	NEAR(ask(&b, b.one, 0.74, NULL), 100);
	NEAR(ask(&b, b.one, 0.76, NULL), 900);
	double thrice[] = {1, 3}; /* 3 of 100 against 3 of 900 */
	NEAR(ask(&b, thrice, 0.49, NULL), 100);
	NEAR(ask(&b, thrice, 0.51, NULL), 900);
	finish(&b);

	CHECK_CASE("a probe without data in the blocks drawn drops out, and so may all");
	start(&b, 3);
	add_group(&b, 1);
	add_member(&b);
	add_block(&b, 0, fast, 3, 0);
	add_group(&b, 1);
	add_member(&b);
	add_block(&b, 1, other, 1, 0);
	CHECK(arm_close(&b.arm));
	double first[] = {2, 0, 0}, last[] = {0, 0, 2};
	NEAR(ask(&b, first, 0.99, NULL), 100);
	NEAR(ask(&b, b.one, 0.99, NULL), 500);
	CHECK(isnan(ask(&b, last, 0.5, NULL)));
	finish(&b);
}

static void test_failures(void)
{
	struct bench b;
	double fast[] = {100, 100, 100};
	bool failed;

	CHECK_CASE("failures lie above every success, and count as the timeout");
	start(&b, 1);
	add_group(&b, 1);
	add_member(&b);
	add_block(&b, 0, fast, 3, 1);
	CHECK(arm_close(&b.arm));
	NEAR(ask(&b, b.one, 0.75, &failed), 100);
	CHECK(!failed);
	CHECK_NEAR(ask(&b, b.one, 0.76, &failed), 10000, 1e-9);
	CHECK(failed);
	finish(&b);
}

/* Random weights against lib/dist.h. */
static void test_against_dist(void)
{
	struct rng rng;

	CHECK_CASE("the same as adding distributions up");
	rng_seed(&rng, 7);
	for (int round = 0; round < 50; round++) {
		struct bench b;
		struct dist sum = {0};
		double counts[3];
		start(&b, 3);
		for (size_t i = 0; i < 3; i++)
			counts[i] = rng_below(&rng, 3);
		counts[rng_below(&rng, 3)] = 1;
		add_group(&b, 1);
		for (int p = 0; p < 2; p++) {
			size_t first = b.n;
			double total = 0;
			add_member(&b);
			for (uint32_t k = 0; k < 3; k++) {
				double ms[20];
				size_t n = 1 + rng_below(&rng, 20);
				for (size_t i = 0; i < n; i++)
					ms[i] = rng_unit(&rng) * 400;
				add_block(&b, k, ms, n, rng_below(&rng, 2));
				total += counts[k] * dist_total(&b.dist[b.n - 1]);
			}
			for (size_t k = 0; k < 3; k++)
				CHECK(dist_add(&sum, &b.dist[first + k], counts[k] / total));
		}
		CHECK(arm_close(&b.arm));
		for (double q = 0.05; q < 1; q += 0.1)
			CHECK_NEAR(ask(&b, counts, q, NULL), dist_quantile(&sum, q, NULL) / 1000, 1e-5);
		dist_free(&sum);
		finish(&b);
	}
}

int main(void)
{
	test_probes();
	test_groups();
	test_blocks();
	test_failures();
	test_against_dist();
	return check_done();
}
