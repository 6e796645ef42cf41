#include "schema/cell.h"

#include <math.h>
#include <stdlib.h>

#include "lib/rng.h"
#include "lib/stats.h"
#include "tests/check.h"

static const struct sample whole = {
	.dns_us = 7123, .tcp_us = 120345, .tls_us = 121456, .wait_us = 124567, .body_us = 360123,
	.min_rtt_us = 119990,
};

/* A value about `mean`, normally distributed with a tenth of it. */
static int64_t around(struct rng *r, double mean)
{
	return (int64_t)(mean * (1 + 0.1 * stats_normal_quantile(0.0005 + 0.999 * rng_unit(r))));
}

static struct sample random_sample(struct rng *r)
{
	struct sample s = whole;

	s.dns_us = around(r, 7123);
	s.tcp_us = around(r, 120345);
	s.tls_us = around(r, 121456);
	s.wait_us = around(r, 124567);
	s.body_us = around(r, 360123);
	s.min_rtt_us = around(r, 119990);
	return s;
}

/* A cell with something of everything. */
static void fill(struct cell *c, uint64_t seed, int n)
{
	struct rng r;

	rng_seed(&r, seed);
	for (int i = 0; i < n; i++) {
		struct sample s = random_sample(&r);
		if (i % 10 == 3)
			s.error = i % 20 == 3 ? NEL_TCP_TIMED_OUT : NEL_HTTP_ERROR;
		s.nth = i % 5 == 4;
		CHECK(cell_add(c, &s, i % 17 == 16 ? CELL_OUTAGE : i % 13 == 12 ? CELL_FLAGGED : i % 13 == 5 ? CELL_LATE : CELL_FOLD, 10000000));
	}
}

static void test_counting(void)
{
	struct cell c = {0};
	struct sample s = whole;

	CHECK_CASE("successes, failures, second samples");
	CHECK(cell_add(&c, &s, CELL_FOLD, 5000000));
	s.nth = 1;
	CHECK(cell_add(&c, &s, CELL_FOLD, 10000000));
	s.error = NEL_TCP_REFUSED;
	CHECK(cell_add(&c, &s, CELL_FOLD, 2000000));
	s.nth = 0;
	CHECK(cell_add(&c, &s, CELL_FOLD, 2000000));
	s.error = NEL_DNS_FAILED;
	CHECK(cell_add(&c, &s, CELL_FOLD, 2000000));
	CHECK_INT(c.attempts, 5);
	CHECK_INT(c.first_attempts, 3);
	CHECK_INT(c.first_failures, 2);
	CHECK_INT(c.failures[NEL_TCP_REFUSED], 2);
	CHECK_INT(c.failures[NEL_DNS_FAILED], 1);
	CHECK_INT(c.failures[NEL_OK], 0);
	CHECK_INT(cell_failures(&c), 3);
	CHECK_INT(c.timeout_us, 10000000);
	CHECK_INT(c.sketch[M_TCP].n, 2);   /* both successes */
	CHECK_INT(c.sketch[M_TOTAL].n, 1); /* the first of the round only */
	/* alone in its bucket a value is right to alpha */
	CHECK_NEAR(sketch_quantile(&c.sketch[M_TOTAL], 0.5), 733614, 733614 * SKETCH_ALPHA);

	CHECK_CASE("outages and flagged samples are counted and not folded");
	s = whole;
	CHECK(cell_add(&c, &s, CELL_OUTAGE, 99000000));
	s.error = NEL_TCP_REFUSED;
	CHECK(cell_add(&c, &s, CELL_OUTAGE, 99000000));
	CHECK(cell_add(&c, &s, CELL_FLAGGED, 99000000));
	CHECK_INT(c.outages, 2);
	CHECK_INT(c.flagged, 1);
	CHECK_INT(c.attempts, 5);
	CHECK_INT(cell_failures(&c), 3);
	CHECK_INT(c.timeout_us, 10000000);
	CHECK_INT(c.sketch[M_TCP].n, 2);

	CHECK_CASE("cleared is empty");
	struct cell empty = {0};
	CHECK(!cell_equal(&c, &empty));
	cell_clear(&c);
	CHECK(cell_equal(&c, &empty));
	cell_free(&c);

	CHECK_CASE("what becomes of a sample");
	struct batch b = {.round_ok = 3};
	s = whole;
	CHECK_INT(cell_verdict_of(&b, &s, false), CELL_FOLD);
	CHECK_INT(cell_verdict_of(&b, &s, true), CELL_FLAGGED);
	b.round_ok = US_NONE;
	CHECK_INT(cell_verdict_of(&b, &s, false), CELL_FOLD);
	b.round_ok = 0;
	CHECK_INT(cell_verdict_of(&b, &s, false), CELL_OUTAGE);
	s.lagged = true;
	CHECK_INT(cell_verdict_of(&b, &s, false), CELL_FLAGGED);
	b.round_ok = 3;
	CHECK_INT(cell_verdict_of(&b, &s, false), CELL_LATE);
	b.round_ok = US_NONE;
	CHECK_INT(cell_verdict_of(&b, &s, false), CELL_LATE);
	CHECK_INT(cell_verdict_of(&b, &s, true), CELL_FLAGGED);
	s.error = NEL_TCP_TIMED_OUT;
	CHECK_INT(cell_verdict_of(&b, &s, false), CELL_FLAGGED);
}

static void test_late(void)
{
	struct cell c = {0};
	struct sample s = whole;

	/* Ten attempts: four successes in time, one of them its round's second, four that lagged, one of
	 * them a second, two failures. And two lagged failures, and an outage. */
	CHECK_CASE("a lagged success is an attempt and has no value");
	for (int i = 0; i < 8; i++) {
		s.nth = i % 4 == 3;
		CHECK(cell_add(&c, &s, i < 4 ? CELL_FOLD : CELL_LATE, 10000000));
	}
	s.nth = 0;
	s.error = NEL_TCP_TIMED_OUT;
	for (int i = 0; i < 4; i++)
		CHECK(cell_add(&c, &s, i < 2 ? CELL_FOLD : CELL_FLAGGED, 10000000));
	CHECK(cell_add(&c, &s, CELL_OUTAGE, 10000000));
	CHECK_INT(c.attempts, 10);
	CHECK_INT(c.first_attempts, 8);
	CHECK_INT(cell_failures(&c), 2);
	CHECK_INT(c.first_failures, 2);
	CHECK_INT(c.flagged, 6);
	CHECK_INT(c.outages, 1);
	CHECK_INT(c.sketch[M_TCP].n, 4);
	CHECK_INT(c.sketch[M_TOTAL].n, 3);

	CHECK_CASE("counted with the others, each sample is one");
	CHECK_INT(cell_samples(&c), 13);
	cell_clear(&c);
	CHECK_INT(cell_samples(&c), 0);
	CHECK(cell_add(&c, &s, CELL_FLAGGED, 10000000));
	CHECK_INT(cell_samples(&c), 1);
	s.error = NEL_OK;
	CHECK(cell_add(&c, &s, CELL_LATE, 10000000));
	CHECK_INT(cell_samples(&c), 2);
	cell_free(&c);
}

static void test_merge(void)
{
	struct cell a = {0}, b = {0}, both = {0}, twice = {0};

	CHECK_CASE("merged is the same as counted together, in either order");
	fill(&a, 1, 100);
	fill(&b, 2, 70);
	fill(&both, 1, 100);
	fill(&both, 2, 70);
	CHECK(cell_merge(&twice, &b) && cell_merge(&twice, &a));
	CHECK(cell_merge(&a, &b));
	CHECK(cell_equal(&a, &both));
	CHECK(cell_equal(&twice, &both));
	CHECK(both.outages != 0 && both.flagged != 0 && both.first_failures != 0);

	CHECK_CASE("equal looks at every counter");
	both.flagged++;
	CHECK(!cell_equal(&a, &both));
	both.flagged--;
	both.failures[NEL_HTTP_ERROR]++;
	CHECK(!cell_equal(&a, &both));
	both.failures[NEL_HTTP_ERROR]--;
	CHECK(sketch_add(&both.sketch[M_SERVER], 5, 1));
	CHECK(!cell_equal(&a, &both));
	cell_free(&a);
	cell_free(&b);
	cell_free(&both);
	cell_free(&twice);
}

static void test_storage_form(void)
{
	/* By hand. A tcp of 1 us is in bucket 0 (ln 1 = 0), which a sketch writes as: no zeros,
	 * one bucket, no gap, once: 00 01 00. 10000000 in groups of seven bits, lowest first:
	 * 0, 45, 98, 4. tcp.refused is type 8, tcp measure 1. */
	static const unsigned char want[] = {
		1, 2, 2, 1, 0, 1, 0x80, 0x80 | 45, 0x80 | 98, 4, 1, 8, 1, 1 << M_TCP, 3, 0, 1, 0,
	};
	struct cell c = {0}, d = {0};
	struct err err = {0};
	struct buf out;
	struct sample s = {
		.dns_us = US_NONE, .tcp_us = 1, .tls_us = US_NONE, .wait_us = US_NONE, .body_us = US_NONE,
		.min_rtt_us = US_NONE,
	};

	CHECK_CASE("the storage form, byte by byte");
	buf_init(&out, 0);
	CHECK(cell_add(&c, &s, CELL_FOLD, 10000000));
	s.error = NEL_TCP_REFUSED;
	CHECK(cell_add(&c, &s, CELL_FOLD, 10000000));
	CHECK(cell_add(&c, &s, CELL_FLAGGED, 10000000));
	CHECK(cell_encode(&c, &out));
	CHECK_INT(out.len, sizeof want);
	CHECK(out.len == sizeof want && memcmp(out.data, want, sizeof want) == 0);
	CHECK_INT(cell_decode(&d, want, sizeof want, ~0u, &err), 0);
	CHECK(cell_equal(&c, &d));

	CHECK_CASE("appended, and an empty cell too");
	size_t before = out.len;
	cell_clear(&c);
	CHECK(cell_encode(&c, &out));
	CHECK_INT(out.len - before, 9);
	CHECK_INT(cell_decode(&d, out.data + before, out.len - before, ~0u, &err), 0);
	CHECK(cell_equal(&c, &d));
	cell_free(&c);
	cell_free(&d);
	buf_free(&out);
}

static void test_round_trip(void)
{
	struct cell c = {0}, d = {0};
	struct err err = {0};
	struct buf out;

	CHECK_CASE("encoded and decoded is the same");
	buf_init(&out, 0);
	fill(&c, 3, 2000);
	CHECK(cell_encode(&c, &out));
	CHECK_INT(cell_decode(&d, out.data, out.len, ~0u, &err), 0);
	CHECK(cell_equal(&c, &d));
	CHECK(d.sketch[M_TOTAL].n > 1000);

	CHECK_CASE("counters of every size come back: of one byte, of two, of ten");
	static const uint64_t counts[] = {0, 127, 128, UINT64_MAX};
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct cell one = {.attempts = counts[i], .outages = counts[3 - i], .failures[NEL_TCP_REFUSED] = counts[i]};
		out.len = 0;
		CHECK(cell_encode(&one, &out));
		CHECK_INT(cell_decode(&d, out.data, out.len, 0, &err), 0);
		CHECK(cell_equal(&one, &d));
	}
	/* An attempts of 2^64: what would follow its 63 bits is 2. */
	CHECK_INT(cell_decode(&d, "\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\0\0\0\0\0\0\0", 18, 0, &err), LAT_DATAERR);
	out.len = 0;
	CHECK(cell_encode(&c, &out));

	CHECK_CASE("only the measures that are wanted");
	CHECK_INT(cell_decode(&d, out.data, out.len, 1u << M_TOTAL | 1u << M_SERVER, &err), 0);
	for (int m = 0; m < MEASURES; m++) {
		bool wanted = m == M_TOTAL || m == M_SERVER;
		CHECK_INT(d.sketch[m].n, wanted ? c.sketch[m].n : 0);
	}
	CHECK(sketch_equal(&c.sketch[M_SERVER], &d.sketch[M_SERVER]));
	CHECK_INT(d.attempts, c.attempts);
	CHECK_INT(cell_failures(&d), cell_failures(&c));

	CHECK_CASE("cut short anywhere it is refused");
	for (size_t len = 0; len < out.len; len++) {
		char *exact = malloc(len + 1); /* so that a sanitizer sees a byte too many */
		memcpy(exact, out.data, len);
		CHECK_INT(cell_decode(&d, exact, len, len % 2 ? ~0u : 0, &err), LAT_DATAERR);
		free(exact);
	}

	CHECK_CASE("bytes too many, another version, an unheard measure or failure");
	CHECK(buf_addc(&out, 0));
	CHECK_INT(cell_decode(&d, out.data, out.len, 0, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "1 bytes too many");
	CHECK_INT(cell_decode(&d, "\3\0\0\0\0\0\0\0\0", 9, 0, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "version");
	CHECK_INT(cell_decode(&d, "\1\0\0\0\0\0\0\0\x80\x80\2", 11, 0, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "measure");
	CHECK_INT(cell_decode(&d, "\1\0\0\0\0\0\0\1\x7f\1\0", 11, 0, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "127");
	cell_free(&c);
	cell_free(&d);
	buf_free(&out);
}

static void test_size(void)
{
	struct cell c = {0};
	struct buf out;
	struct rng r;

	/* The budget for a cell of 60 samples and 15 measures. */
	CHECK_CASE("60 samples take at most 1.2 KB");
	buf_init(&out, 0);
	rng_seed(&r, 7);
	for (int i = 0; i < 60; i++) {
		struct sample s = random_sample(&r);
		CHECK(cell_add(&c, &s, CELL_FOLD, 10000000));
	}
	CHECK(cell_encode(&c, &out));
	CHECK(out.len <= 1200);
	printf("    a cell of 60 samples, 15 measures: %zu bytes\n", out.len);
	cell_free(&c);
	buf_free(&out);
}

int main(void)
{
	test_counting();
	test_late();
	test_merge();
	test_storage_form();
	test_round_trip();
	test_size();
	return check_done();
}
