#include "lib/sketch.h"

#include <stdlib.h>

#include "lib/rng.h"
#include "lib/stats.h"
#include "tests/check.h"

static void add(struct sketch *s, int64_t us, uint64_t times)
{
	CHECK(sketch_add(s, us, times));
}

static void test_buckets(void)
{
	/* From exact fractions, (201/199)^i: i = 1, 693, 1170, 2000 are 1.010050..,
	 * 1022.553.., 120583.47.., 485246064.23... */
	CHECK_CASE("buckets of known values");
	CHECK_INT(sketch_bucket(1), 0);
	CHECK_INT(sketch_bucket(2), 70); /* ln 2 / ln gamma = 69.31 */
	CHECK_INT(sketch_bucket(1022), 693);
	CHECK_INT(sketch_bucket(1023), 694);
	CHECK_INT(sketch_bucket(120583), 1170);
	CHECK_INT(sketch_bucket(120584), 1171);
	CHECK_INT(sketch_bucket(485246064), 2000);
	CHECK_INT(sketch_bucket(485246065), 2001);
	CHECK_INT(sketch_bucket(0x1p63), 4367);
	CHECK_INT(sketch_bucket(0.995), 0);
	CHECK_INT(sketch_bucket(0.5), -69);
	CHECK_INT(sketch_bucket(1e-300), -69076); /* ceil(-300 ln 10 / ln gamma) = ceil(-69076.98) */

	CHECK_CASE("bounds are powers of gamma");
	CHECK_NEAR(sketch_bucket_high(0), 1, 0);
	CHECK_NEAR(sketch_bucket_high(1), 1.010050251256281407, 1e-16);
	CHECK_NEAR(sketch_bucket_low(1), 1, 0);
	CHECK_NEAR(sketch_bucket_high(1170), 120583.4714781293217, 2e-11);
	CHECK_NEAR(sketch_bucket_high(-64) * sketch_bucket_high(64), 1, 1e-15);
	CHECK_NEAR(sketch_bucket_high(-200) * sketch_bucket_high(200), 1, 1e-15);

	/* Whatever the rounding, a value lies in the bucket whose bounds enclose it. */
	CHECK_CASE("borders belong to the bucket below");
	for (int i = -100; i <= SKETCH_MAX_BUCKET; i++) {
		double high = sketch_bucket_high(i);
		CHECK_INT(sketch_bucket(high), i);
		CHECK_INT(sketch_bucket(nextafter(high, INFINITY)), i + 1);
		CHECK_INT(sketch_bucket(sketch_bucket_middle(i)), i);
		CHECK(sketch_bucket_low(i + 1) == high);
	}

	CHECK_CASE("the middle is off by alpha at both ends");
	CHECK_NEAR(sketch_bucket_middle(1000) / sketch_bucket_low(1000), 1.005, 1e-12);
	CHECK_NEAR(sketch_bucket_middle(1000) / sketch_bucket_high(1000), 0.995, 1e-12);
}

static void test_quantiles_by_hand(void)
{
	struct sketch s = { 0 };

	CHECK_CASE("empty: no quantile");
	CHECK(isnan(sketch_quantile(&s, 0.5)));

	CHECK_CASE("zeros, and negative values as zeros");
	add(&s, 0, 3);
	add(&s, -5, 1);
	CHECK_INT(s.n, 4);
	CHECK_INT(s.zeros, 4);
	CHECK_NEAR(sketch_quantile(&s, 1), 0, 0);

	/* Five values: 0 0 0 0 and one in bucket 1170 (119383.6 to 120583.5), which alone in
	 * it lies at its half, 119983.55. q = 7/8 is rank 3.5: half way to it. */
	CHECK_CASE("interpolation from zero to a value that stands alone");
	add(&s, 120000, 1);
	double alone = (sketch_bucket_low(1170) + sketch_bucket_high(1170)) / 2;
	CHECK_NEAR(alone, 119983.55, 0.01);
	CHECK_NEAR(sketch_quantile(&s, 1), alone, 1e-9);
	CHECK_NEAR(sketch_quantile(&s, 0.875), alone / 2, 1e-9);
	CHECK_NEAR(sketch_quantile(&s, 0.75), 0, 0);
	sketch_free(&s);

	/* Four values in one bucket lie at 1/8, 3/8, 5/8, 7/8 of it; the median at 1/2. */
	CHECK_CASE("several values are spread over their bucket");
	add(&s, 120000, 4);
	double lo = sketch_bucket_low(1170), width = sketch_bucket_high(1170) - lo;
	CHECK_NEAR(sketch_quantile(&s, 0), lo + width / 8, 1e-9);
	CHECK_NEAR(sketch_quantile(&s, 1.0 / 3), lo + width * 3 / 8, 1e-6);
	CHECK_NEAR(sketch_quantile(&s, 0.5), lo + width / 2, 1e-9);
	CHECK_NEAR(sketch_quantile(&s, 1), lo + width * 7 / 8, 1e-9);
	CHECK_NEAR(sketch_quantile(&s, 2), sketch_quantile(&s, 1), 0);
	CHECK_NEAR(sketch_quantile(&s, -1), sketch_quantile(&s, 0), 0);
	CHECK(isnan(sketch_quantile(&s, NAN)));
	sketch_free(&s);

	CHECK_CASE("the smallest and the largest value there is");
	add(&s, INT64_MAX, 1);
	add(&s, 1, 1);
	CHECK_NEAR(sketch_quantile(&s, 0), 1, 0.01);
	CHECK_NEAR(sketch_quantile(&s, 1) / 0x1p63, 1, 0.01);

	CHECK_CASE("more values than can be counted exactly are refused");
	CHECK(!sketch_add(&s, 5, SKETCH_MAX_VALUES - 1));
	CHECK_INT(s.n, 2);
	CHECK(sketch_add(&s, 5, SKETCH_MAX_VALUES - 2));
	CHECK(!sketch_add(&s, 0, 1));
	CHECK(!sketch_merge(&s, &s));
	sketch_free(&s);
}

/* ---- random data ----------------------------------------------------------------- */

static double normal(struct rng *r)
{
	return stats_normal_quantile((rng_unit(r) * 0x1p53 + 0.5) * 0x1p-53);
}

enum shape { EXPONENTIAL, LOGNORMAL, BIMODAL, SHAPES };

static int64_t draw(struct rng *r, enum shape shape)
{
	switch (shape) {
	case EXPONENTIAL:
		return (int64_t)(-100000 * log(1 - rng_unit(r)));
	case LOGNORMAL:
		return (int64_t)(50000 * exp(normal(r)));
	default: /* a cache that hits in two of three cases */
		return (int64_t)(rng_below(r, 3) != 0 ? 2000 + 100 * fabs(normal(r))
		                                      : 180000 + 9000 * normal(r));
	}
}

#define VALUES 20000

static void test_quantiles_of_random_data(void)
{
	static const char *const name[] = {
		"within 2 alpha of exact: exponential", "within 2 alpha of exact: lognormal",
		"within 2 alpha of exact: bimodal",
	};
	static const double qs[] = { 0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.6, 0.75, 0.9, 0.95, 0.99,
		0.999, 1 };
	static double exact[VALUES];
	for (int shape = 0; shape < SHAPES; shape++) {
		CHECK_CASE(name[shape]);
		struct rng r;
		rng_seed(&r, 100 + (uint64_t)shape);
		struct sketch s = { 0 };
		for (int i = 0; i < VALUES; i++) {
			int64_t us = draw(&r, (enum shape)shape);
			exact[i] = (double)us;
			add(&s, us, 1);
		}
		for (size_t i = 0; i < LAT_COUNT(qs); i++) {
			double want = stats_quantile(exact, VALUES, qs[i]);
			CHECK_NEAR(sketch_quantile(&s, qs[i]), want, 2 * SKETCH_ALPHA * want);
		}
		sketch_free(&s);
	}
}

#define PARTS 24

static void test_merges(void)
{
	struct rng r;
	struct sketch part[PARTS] = { { 0 } }, all = { 0 };
	rng_seed(&r, 5);
	for (int i = 0; i < 6000; i++) {
		int64_t us = i % 50 == 0 ? 0 : draw(&r, (enum shape)(i % SHAPES));
		add(&all, us, 1);
		add(&part[rng_below(&r, PARTS - 1)], us, 1); /* the last stays empty */
	}

	CHECK_CASE("merges in any order are equal, in bytes too");
	struct buf want, got;
	buf_init(&want, 0);
	buf_init(&got, 0);
	CHECK(sketch_encode(&all, &want));
	for (int round = 0; round < 200; round++) {
		int order[PARTS];
		for (int i = 0; i < PARTS; i++) {
			int j = (int)rng_below(&r, (uint32_t)i + 1);
			order[i] = order[j];
			order[j] = i;
		}
		/* Some are merged in pairs first: (a + b) + (c + d). */
		struct sketch sum = { 0 }, pair = { 0 };
		for (int i = 0; i < PARTS; i++) {
			CHECK(sketch_merge(&pair, &part[order[i]]));
			if (rng_below(&r, 2) == 0) {
				CHECK(sketch_merge(&sum, &pair));
				sketch_clear(&pair);
			}
		}
		CHECK(sketch_merge(&sum, &pair));
		CHECK(sketch_equal(&sum, &all) && sketch_equal(&all, &sum));
		buf_clear(&got);
		CHECK(sketch_encode(&sum, &got));
		CHECK(got.len == want.len && memcmp(got.data, want.data, got.len) == 0);
		sketch_free(&sum);
		sketch_free(&pair);
	}
	buf_free(&want);
	buf_free(&got);

	CHECK_CASE("equal means the same values in the same buckets");
	struct sketch a = { 0 }, b = { 0 };
	CHECK(sketch_equal(&a, &b));
	add(&a, 100, 2);
	add(&b, 100, 1);
	CHECK(!sketch_equal(&a, &b));
	add(&b, 200, 1);
	CHECK(!sketch_equal(&a, &b)); /* as many values, other buckets */
	sketch_clear(&b);
	add(&b, 200, 2);
	CHECK(!sketch_equal(&a, &b)); /* the same pattern, another place */
	sketch_clear(&a);
	add(&a, 0, 2);
	CHECK(!sketch_equal(&a, &b));

	CHECK_CASE("a sketch merged into itself is doubled");
	sketch_clear(&a);
	add(&a, 100, 2);
	add(&a, 100000, 1);
	add(&a, 0, 1);
	CHECK(sketch_merge(&a, &a));
	CHECK_INT(a.n, 8);
	CHECK_INT(a.zeros, 2);
	add(&b, 100, 2);
	sketch_clear(&b);
	add(&b, 100000, 2);
	add(&b, 100, 4);
	add(&b, 0, 2);
	CHECK(sketch_equal(&a, &b));

	CHECK_CASE("a cleared sketch can be used for any other range");
	for (int i = 0; i < 64; i++) {
		sketch_clear(&a);
		sketch_clear(&b);
		CHECK_INT(a.n, 0);
		int64_t first = (int64_t)(rng_next(&r) >> 1 >> rng_below(&r, 63));
		int64_t second = (int64_t)(rng_next(&r) >> 1 >> rng_below(&r, 63));
		add(&a, first, 3);
		add(&a, second, 2);
		add(&b, second, 2);
		add(&b, first, 3);
		CHECK(sketch_equal(&a, &b));
		CHECK_INT(a.n, 5);
	}
	sketch_free(&a);
	sketch_free(&b);

	CHECK_CASE("the order of values does not matter");
	for (int64_t us = 1; us < INT64_MAX / 3; us = us * 3 + 1)
		add(&a, us, 1);
	for (int64_t us = INT64_MAX / 3 * 2; us > 0; us /= 3)
		add(&a, us, 1);
	for (int64_t us = INT64_MAX / 3 * 2; us > 0; us /= 3)
		add(&b, us, 1);
	for (int64_t us = 1; us < INT64_MAX / 3; us = us * 3 + 1)
		add(&b, us, 1);
	CHECK(sketch_equal(&a, &b));
	CHECK(a.len <= SKETCH_MAX_BUCKET + 1);
	sketch_free(&a);
	sketch_free(&b);
	sketch_free(&all);
	for (int i = 0; i < PARTS; i++)
		sketch_free(&part[i]);
}

/* ---- storage form ------------------------------------------------------------------ */

static struct err decode_err;

static int decode(struct sketch *s, const char *bytes, size_t len, size_t *used)
{
	/* A copy of its own size on the heap, so that a sanitizer sees a read beyond it. */
	char *copy = malloc(len + 1);
	memcpy(copy, bytes, len);
	char *tight = realloc(copy, len == 0 ? 1 : len);
	decode_err = (struct err){ 0 };
	int rc = sketch_decode(s, tight, len, used, &decode_err);
	free(tight);
	return rc;
}

static void test_storage(void)
{
	struct sketch s = { 0 }, t = { 0 };
	struct buf b;
	size_t used;
	buf_init(&b, 0);

	CHECK_CASE("the example of the header, byte for byte");
	add(&s, 120000, 1);
	add(&s, 1, 2);
	add(&s, 0, 1);
	CHECK(sketch_encode(&s, &b));
	CHECK(b.len == 6 && memcmp(b.data, "\x01\x02\x01\x00\xa2\x12", 6) == 0);

	CHECK_CASE("decoded it is the same; what follows is left alone");
	add(&t, 7777, 3); /* to be replaced */
	CHECK_INT(decode(&t, "\x01\x02\x01\x00\xa2\x12XYZ", 9, &used), 0);
	CHECK_INT(used, 6);
	CHECK(sketch_equal(&s, &t));

	CHECK_CASE("an empty sketch is two bytes");
	sketch_clear(&s);
	buf_clear(&b);
	CHECK(sketch_encode(&s, &b));
	CHECK(b.len == 2 && memcmp(b.data, "\0\0", 2) == 0);
	CHECK_INT(decode(&t, "\0\0", 2, &used), 0);
	CHECK(sketch_equal(&s, &t) && used == 2);

	CHECK_CASE("the ends of the range and large counts come back");
	add(&s, 1, 1);
	add(&s, INT64_MAX, 3);
	add(&s, 5000, 1ULL << 52);
	add(&s, 0, 1ULL << 40);
	buf_clear(&b);
	CHECK(sketch_encode(&s, &b));
	CHECK_INT(decode(&t, b.data, b.len, &used), 0);
	CHECK(sketch_equal(&s, &t) && used == b.len);

	CHECK_CASE("an end that comes too early, at every length");
	for (size_t len = 0; len < b.len; len++) {
		CHECK_INT(decode(&t, b.data, len, &used), LAT_DATAERR);
		CHECK_CONTAINS(decode_err.text, "ends too early");
		CHECK(t.n == 0 && used == 0);
	}

	CHECK_CASE("encoding stops at the buffer's limit");
	struct buf tight;
	buf_init(&tight, b.len - 1);
	CHECK(!sketch_encode(&s, &tight));
	buf_free(&tight);
	buf_init(&tight, b.len);
	CHECK(sketch_encode(&s, &tight));
	buf_free(&tight);

	CHECK_CASE("the last bucket there is, and one beyond");
	/* 4400 << 1 = 8800 = 0x60, 0x44 in 7-bit digits. */
	CHECK_INT(decode(&t, "\x00\x01\xe0\x44", 4, &used), 0);
	CHECK_INT(decode(&t, "\x00\x01\xe2\x44", 4, &used), LAT_DATAERR);
	CHECK_CONTAINS(decode_err.text, "not a sketch: a bucket beyond the last");
	CHECK_INT(decode(&t, "\x00\x02\xe0\x44\x00", 5, &used), LAT_DATAERR);

	CHECK_CASE("what no encoder writes");
	CHECK_INT(decode(&t, "\x80\x00\x00", 3, &used), LAT_DATAERR); /* zero in two bytes */
	CHECK_CONTAINS(decode_err.text, "longer than need be");
	CHECK_INT(decode(&t, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00", 11, &used), LAT_DATAERR);
	CHECK_CONTAINS(decode_err.text, "above 64 bits");
	CHECK_INT(decode(&t, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 11, &used), LAT_DATAERR);
	CHECK_CONTAINS(decode_err.text, "too many values"); /* 2^64 - 1 zeros */
	CHECK_INT(decode(&t, "\x00\xb2\x22", 3, &used), LAT_DATAERR); /* 4402 buckets */
	CHECK_CONTAINS(decode_err.text, "more buckets than there are");
	/* 2^53 zeros are allowed, and one value more is not; nor is it with 2^53 in a bucket. */
	CHECK_INT(decode(&t, "\x80\x80\x80\x80\x80\x80\x80\x10\x00", 9, &used), 0);
	CHECK_INT(t.n, SKETCH_MAX_VALUES);
	CHECK_INT(decode(&t, "\x80\x80\x80\x80\x80\x80\x80\x10\x01\x00", 10, &used), LAT_DATAERR);
	CHECK_INT(decode(&t, "\x00\x01\x01\xff\xff\xff\xff\xff\xff\xff\x0f", 11, &used), LAT_DATAERR);
	/* A count of 2^64 - 1 + 2 must not come round to 1. */
	CHECK_INT(decode(&t, "\x00\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13, &used), LAT_DATAERR);
	CHECK_INT(decode(&t, "\x00\x01\x01\xfe\xff\xff\xff\xff\xff\xff\x0f", 11, &used), 0);
	CHECK_INT(t.n, SKETCH_MAX_VALUES);

	/* Random sketches come back; with a byte changed they are refused, or are another
	 * sketch whose encoding is exactly the changed bytes. */
	CHECK_CASE("one form for one sketch, also when bytes are damaged");
	struct rng r;
	rng_seed(&r, 9);
	struct buf again;
	buf_init(&again, 0);
	int refused = 0;
	for (int round = 0; round < 3000; round++) {
		sketch_clear(&s);
		for (uint32_t i = rng_below(&r, 30); i > 0; i--)
			add(&s, (int64_t)(rng_next(&r) >> (1 + rng_below(&r, 63))),
			    1 + rng_below(&r, 3) * rng_below(&r, 300));
		buf_clear(&b);
		CHECK(sketch_encode(&s, &b));
		CHECK_INT(decode(&t, b.data, b.len, &used), 0);
		CHECK(sketch_equal(&s, &t) && used == b.len);
		b.data[rng_below(&r, (uint32_t)b.len)] = (char)rng_next(&r);
		if (decode(&t, b.data, b.len, &used) != 0) {
			refused++;
			continue;
		}
		buf_clear(&again);
		CHECK(sketch_encode(&t, &again));
		CHECK(again.len == used && memcmp(again.data, b.data, used) == 0);
	}
	CHECK(refused > 300 && refused < 2700);
	buf_free(&again);
	buf_free(&b);
	sketch_free(&s);
	sketch_free(&t);
}

static void test_codes(void)
{
	static const uint16_t example[] = {1171, 0, 1, 1}; /* 120000, 0, 1, 1 us */
	struct sketch s = {0}, t = {0};
	struct buf b;
	struct rng r;

	CHECK_CASE("values by their codes, at once");
	buf_init(&b, 0);
	CHECK(sketch_add_codes(&s, example, 4) && sketch_encode(&s, &b));
	CHECK(b.len == 6 && memcmp(b.data, "\x01\x02\x01\x00\xa2\x12", 6) == 0); /* as in sketch.h */
	CHECK(sketch_add_codes(&s, example, 0));
	CHECK_INT(s.n, 4);
	sketch_clear(&s);
	rng_seed(&r, 11);
	for (int round = 0; round < 500; round++) {
		uint16_t codes[20];
		uint32_t n = rng_below(&r, 21), range = 1 + rng_below(&r, SKETCH_MAX_BUCKET + 2);
		if (round % 7 == 0) { /* memory that was made for others */
			sketch_clear(&s);
			sketch_clear(&t);
		}
		for (uint32_t i = 0; i < n; i++) {
			codes[i] = (uint16_t)rng_below(&r, range);
			CHECK(sketch_add_bucket(&t, codes[i] - 1, 1));
		}
		CHECK(sketch_add_codes(&s, codes, n));
		CHECK(sketch_equal(&s, &t));
	}
	CHECK(sketch_add(&t, 0, SKETCH_MAX_VALUES - t.n) && !sketch_add_codes(&t, example, 1));
	sketch_free(&s);
	sketch_free(&t);
	buf_free(&b);
}

int main(void)
{
	test_codes();
	test_buckets();
	test_quantiles_by_hand();
	test_quantiles_of_random_data();
	test_merges();
	test_storage();
	return check_done();
}
