#include "schema/cell_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rng.h"
#include "tests/check.h"

static struct cell_list_work work;
static struct err err;

static struct sample random_sample(struct rng *r)
{
	struct sample s = sample_absent;

	s.dns_us = rng_unit(r) < 0.3 ? US_NONE : (int64_t)(20000 * rng_unit(r));
	s.tcp_us = (int64_t)(300000 * rng_unit(r));
	s.tls_us = rng_unit(r) < 0.3 ? US_NONE : (int64_t)(30000000 * rng_unit(r)); /* some need five bytes */
	s.wait_us = (int64_t)(400000 * rng_unit(r));
	s.body_us = rng_unit(r) < 0.1 ? US_NONE : (int64_t)(900000 * rng_unit(r));
	s.min_rtt_us = rng_unit(r) < 0.1 ? US_NONE : (int64_t)(300000 * rng_unit(r));
	s.nth = rng_unit(r) < 0.3;
	return s;
}

static void bytes(void)
{
	static const unsigned char want[] = {
		2,                                 /* a list */
		3, 2, 0, 0, 1, 0x80 | 80, 0x80 | 37, 76, /* attempts, first, none failed, outage, flagged; 1.25 s */
		0,                                 /* no failures */
		2,
		0x02, 0x39, 0x30, 0x00,            /* tcp 12345 us */
		0x43, 0x01, 0x00, 0x00, 0x02, 0x00, 0x00, /* not the first: dns 1, tcp 2 us */
	};
	struct cell counters = {.attempts = 3, .first_attempts = 2, .flagged = 1, .timeout_us = 1250000}, c = {0};
	struct cell_list l = {0};
	struct sample s = sample_absent;
	struct buf out;
	double total;

	CHECK_CASE("the storage form of a list, byte by byte");
	buf_init(&out, 0);
	s.tcp_us = 12345;
	CHECK(cell_list_add(&l, &s));
	s.dns_us = 1;
	s.tcp_us = 2;
	s.nth = 1;
	CHECK(cell_list_add(&l, &s));
	CHECK(cell_list_encode(&counters, &l, &work, &out, &total));
	CHECK_INT(out.len, sizeof want);
	CHECK(out.len == sizeof want && memcmp(out.data, want, sizeof want) == 0);
	CHECK(isnan(total));
	CHECK(cell_list_is(want, sizeof want) && !cell_list_is("\1", 1) && !cell_list_is("", 0));
	CHECK_INT(cell_decode(&c, want, sizeof want, ~0u, &err), 0);
	CHECK(c.attempts == 3 && c.first_attempts == 2 && c.flagged == 1 && c.timeout_us == 1250000);
	CHECK(c.sketch[M_TCP].n == 2 && c.sketch[M_DNS].n == 0 && c.sketch[M_TOTAL].n == 0);

	CHECK_CASE("only the measures that are wanted");
	CHECK_INT(cell_decode(&c, want, sizeof want, 1u << M_DNS, &err), 0);
	CHECK_INT(c.sketch[M_TCP].n, 0);

	CHECK_CASE("cut short anywhere it is refused, and with bytes too many");
	for (size_t len = 0; len < sizeof want; len++) {
		unsigned char *exact = malloc(len + 1);
		memcpy(exact, want, len);
		CHECK_INT(cell_decode(&c, exact, len, len % 2 ? ~0u : 0, &err), LAT_DATAERR);
		CHECK_INT(cell_list_decode(&c, &l, exact, len, &err), LAT_DATAERR);
		free(exact);
	}
	CHECK(buf_addc(&out, 0));
	CHECK_INT(cell_decode(&c, out.data, out.len, 0, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "1 bytes too many");
	CHECK_INT(cell_list_decode(&c, &l, out.data, out.len, &err), LAT_DATAERR);

	CHECK_CASE("a list of none, or of too many");
	CHECK_INT(cell_decode(&c, "\2\0\0\0\0\0\0\0\0", 9, 0, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "a list of 0 samples (1 to 16)");
	CHECK_INT(cell_decode(&c, "\2\0\0\0\0\0\0\0\21" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 26, 0, &err),
	          LAT_DATAERR);
	CHECK_CONTAINS(err.text, "17");

	CHECK_CASE("what is no list is not read as one");
	CHECK_INT(cell_list_decode(&c, &l, "\1\0\0\0\0\0\0\0\0", 9, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "not a list");
	cell_free(&c);
	cell_list_free(&l);
	buf_free(&out);
}

/* The same samples by way of sketches and of lists: first `n`, then as many more as there may be. */
static void same_as_sketches(int n, uint64_t seed)
{
	struct cell by_sketch = {0}, counters = {0}, c = {0}, merged = {0};
	struct cell_list l = {0}, again = {0};
	struct buf out;
	struct rng r;
	double total;

	buf_init(&out, 0);
	rng_seed(&r, seed);
	for (int i = 0; i < n; i++) {
		struct sample s = random_sample(&r);
		CHECK(cell_add(&by_sketch, &s, CELL_FOLD, 10000000));
		CHECK(cell_count(&counters, &s, CELL_FOLD, 10000000) && cell_list_add(&l, &s));
	}
	CHECK(cell_list_encode(&counters, &l, &work, &out, &total));
	CHECK_INT(cell_list_is(out.data, out.len), n >= 1 && n <= 16);
	CHECK_INT(cell_decode(&c, out.data, out.len, ~0u, &err), 0);
	CHECK(cell_equal(&c, &by_sketch));
	double want = sketch_quantile(&by_sketch.sketch[M_TOTAL], 0.5);
	CHECK(total == want || (isnan(total) && isnan(want)));
	CHECK(cell_list_merge(&merged, &counters, &l) && cell_equal(&merged, &by_sketch));
	if (cell_list_is(out.data, out.len)) {
		struct cell head = {0};
		CHECK_INT(cell_list_decode(&head, &again, out.data, out.len, &err), 0);
		CHECK(again.samples == l.samples && again.len == l.len && memcmp(again.data, l.data, l.len) == 0);
		CHECK_INT(head.attempts, n);
		/* Twice the same: a list still, or sketches. */
		CHECK(cell_list_append(&again, &l) && cell_merge(&head, &counters) && cell_merge(&by_sketch, &c));
		buf_clear(&out);
		CHECK(cell_list_encode(&head, &again, &work, &out, &total));
		CHECK_INT(cell_list_is(out.data, out.len), 2 * n <= 16);
		CHECK_INT(cell_decode(&c, out.data, out.len, ~0u, &err), 0);
		CHECK(cell_equal(&c, &by_sketch));
		CHECK(total == sketch_quantile(&by_sketch.sketch[M_TOTAL], 0.5) || isnan(total));
		cell_free(&head);
	}
	cell_free(&by_sketch);
	cell_free(&c);
	cell_free(&merged);
	cell_list_free(&l);
	cell_list_free(&again);
	buf_free(&out);
}

int main(void)
{
	bytes();
	CHECK_CASE("to the bucket the same as by sketches, of none, few and many samples");
	for (int n = 0; n <= 20; n++)
		same_as_sketches(n, (uint64_t)n + 1);
	same_as_sketches(60, 7);
	same_as_sketches(3000, 8);
	cell_list_work_free(&work);
	return check_done();
}
