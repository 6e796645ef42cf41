/* Tallies of codes are sketches by another way: the same buckets, the same bytes. */
#include <math.h>
#include <stdlib.h>

#include "lib/rng.h"
#include "lib/sketch_tally.h"
#include "tests/check.h"

static const struct sketch_scale *scale;

static void codes(void)
{
	struct rng r;
	int wrong = 0;

	CHECK_CASE("by the definition, on paper: gamma is 201/199");
	/* 1 = gamma^0 is bucket 0; 2: ln 2 / ln gamma = 69.31, so bucket 70; 1000: 690.77, 691. */
	CHECK_INT(sketch_scale_code(scale, -7), 0);
	CHECK_INT(sketch_scale_code(scale, 0), 0);
	CHECK_INT(sketch_scale_code(scale, 1), 1);
	CHECK_INT(sketch_scale_code(scale, 2), 71);
	CHECK_INT(sketch_scale_code(scale, 1000), 692);

	CHECK_CASE("sketch_bucket() says the same of each number to two million, and of each border's neighbours");
	for (int64_t us = 1; us <= 2000000; us++)
		wrong += sketch_scale_code(scale, us) != sketch_bucket((double)us) + 1;
	for (int i = 0; i <= 4366; i++)
		for (int64_t d = -1; d <= 1; d++) {
			int64_t us = (int64_t)sketch_bucket_high(i) + d;
			if (us > 0)
				wrong += sketch_scale_code(scale, us) != sketch_bucket((double)us) + 1;
		}
	CHECK_INT(wrong, 0);

	CHECK_CASE("and of numbers of every size, to the largest");
	rng_seed(&r, 4);
	for (int i = 0; i < 200000; i++) {
		int64_t us = (int64_t)(rng_next(&r) >> (1 + rng_below(&r, 62)));
		if (us > 0)
			wrong += sketch_scale_code(scale, us) != sketch_bucket((double)us) + 1;
	}
	CHECK_INT(sketch_scale_code(scale, INT64_MAX), sketch_bucket((double)INT64_MAX) + 1);
	CHECK_INT(wrong, 0);
}

static struct sketch_tally tally; /* is empty between one use and the next */

/* `n` values below `below`: as a tally and as a sketch. */
static void same_bytes(struct rng *r, size_t n, uint32_t below)
{
	struct sketch s = {0}, again = {0};
	struct buf by_tally, by_sketch;

	buf_init(&by_tally, 0);
	buf_init(&by_sketch, 0);
	for (size_t i = 0; i < n; i++) {
		int64_t us = rng_below(r, below);
		sketch_tally_add(&tally, sketch_scale_code(scale, us));
		CHECK(sketch_add(&s, us, 1));
	}
	CHECK(sketch_tally_into(&tally, &again) && sketch_equal(&s, &again));
	CHECK(sketch_tally_encode(&tally, &by_tally) && sketch_encode(&s, &by_sketch));
	CHECK(by_tally.len == by_sketch.len && memcmp(by_tally.data, by_sketch.data, by_tally.len) == 0);
	for (double q = -0.25; q < 1.3; q += 0.125) {
		double quantile = sketch_tally_quantile(&tally, q);
		CHECK(n == 0 ? isnan(quantile) : quantile == sketch_quantile(&s, q));
	}
	sketch_tally_clear(&tally);
	sketch_free(&s);
	sketch_free(&again);
	buf_free(&by_tally);
	buf_free(&by_sketch);
}

static void tallies
(void)
{
	struct rng r;
	struct buf out;
	uint16_t example[] = {sketch_scale_code(scale, 120000), 1, 0, 1};

	CHECK_CASE("the example of sketch.h: 0, 1, 1 and 120000 us");
	buf_init(&out, 0);
	for (int i = 0; i < 4; i++)
		sketch_tally_add(&tally, example[i]);
	CHECK(sketch_tally_encode(&tally, &out));
	/* Rank 0.5 * 3 = 1.5, between the two in bucket 0, which reaches from 199/201 to 1: at a quarter and at
	 * three quarters of it, so in its middle, 200/201. */
	CHECK_NEAR(sketch_tally_quantile(&tally, 0.5), 200.0 / 201, 1e-12);
	CHECK_NEAR(sketch_tally_quantile(&tally, 1.0 / 3), 199.5 / 201, 1e-12);
	CHECK_NEAR(sketch_tally_quantile(&tally, 0), 0, 0);
	CHECK(isnan(sketch_tally_quantile(&tally, (double)NAN)));
	sketch_tally_clear(&tally);
	CHECK_INT(out.len, 6);
	CHECK(out.len == 6 && memcmp(out.data, "\x01\x02\x01\x00\xa2\x12", 6) == 0);
	buf_free(&out);

	CHECK_CASE("cleared, it is as it was before the first");
	static const struct sketch_tally empty;
	CHECK(memcmp(&tally, &empty, sizeof tally) == 0);

	CHECK_CASE("added to a sketch that has values: each is there as often as both have it");
	struct sketch s = {0};
	CHECK(sketch_add(&s, 1, 3) && sketch_add(&s, 2, 1));
	for (int i = 0; i < 4; i++)
		sketch_tally_add(&tally, example[i]);
	CHECK(sketch_tally_into(&tally, &s));
	sketch_tally_clear(&tally);
	CHECK_INT(s.n, 8);     /* 1 1 1 2, and 0 1 1 120000 */
	CHECK_INT(s.zeros, 1);
	CHECK_NEAR(sketch_quantile(&s, 1), 120000, 120000 * 0.00503);
	buf_init(&out, 0);
	CHECK(sketch_encode(&s, &out));
	/* One zero, three buckets: the first five times (3 more than 2), the 70th after 69 empty ones (138 =
	 * 1 x 128 + 10), the 1170th after 1099 (2198 = 17 x 128 + 22). */
	CHECK_INT(out.len, 8);
	CHECK(out.len == 8 && memcmp(out.data, "\x01\x03\x01\x03\x8a\x01\x96\x11", 8) == 0);
	buf_free(&out);
	sketch_free(&s);

	CHECK_CASE("few and many, near and far, are the bytes of their sketch");
	rng_seed(&r, 9);
	for (size_t n = 0; n < 60; n++) {
		same_bytes(&r, n, 3);
		same_bytes(&r, n, 5000);
		same_bytes(&r, n, UINT32_MAX);
	}
	same_bytes(&r, 5000, 200);
	same_bytes(&r, 5000, UINT32_MAX);
}

int main(void)
{
	scale = sketch_scale();
	codes();
	tallies();
	return check_done();
}
