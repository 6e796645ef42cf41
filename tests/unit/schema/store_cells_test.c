/* The store's contract (schema/store.h): cells, their windows and units, their order, the fold.
 * Every case runs against both implementations; what is expected comes from paper and pencil. */
#include "schema/store.h"

#include "tests/unit/schema/store_both.h"

/* ---- cases: cells ------------------------------------------------------------------------ */

static void one_cell(struct store *s)
{
	begin("a cell counts what it should");
	struct batch *b = fixture_batch(1, "mumbai-1", HOUR),
		     *c = fixture_batch(2, "mumbai-1", HOUR + US_PER_S);
	struct batch *out = fixture_batch(3, "mumbai-1", HOUR), *odd = fixture_batch(4, "mumbai-1", HOUR);
	fixture_sample(b, "www", HOUR);                /* total 733 ms, ttfb 373 */
	fixture_sample(b, "www", HOUR + 5)->nth = 1;   /* in no sum */
	fixture_sample(b, "www", HOUR + 6)->lagged = true; /* it succeeded; how fast nobody knows */
	struct sample *lost = fixture_sample(b, "www", HOUR + 7);
	lost->error = NEL_TCP_TIMED_OUT;               /* of the same series, by the edge */
	lost->lagged = true;                           /* we may have made it */
	struct sample *slow = fixture_sample(c, "www", HOUR + US_PER_HOUR - 1);
	slow->body_us = 1360000;                       /* total 1733 ms */
	c->timeout_ms = 12000;
	fixture_sample(out, "www", HOUR + 1)->error = NEL_TCP_REFUSED;
	out->round_ok = 0;
	fixture_sample(odd, "www", HOUR + 2);
	put_and_free(s, b);
	put_and_free(s, c);
	put_and_free(s, out);
	struct store_batch sb = fixture_push(odd);
	sb.clock_implausible = true;
	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	fixture_free(odd);

	told_vec v = scan(s, window(0, INT64_MAX, US_PER_HOUR));
	CHECK_INT(v.len, 1);
	if (v.len == 1) {
		const struct told *t = v.at[0];
		CHECK_STR(t->probe, "mumbai-1");
		CHECK_STR(t->series, "www/00000000000000aa/-/lon/cdn/cold/4/9.9.9.9/-/2/1.3");
		CHECK_INT(t->start_us, HOUR);
		CHECK_INT(t->cell.attempts, 4);
		CHECK_INT(t->cell.first_attempts, 3);
		CHECK_INT(cell_failures(&t->cell), 0);
		CHECK_INT(t->cell.outages, 1);
		CHECK_INT(t->cell.flagged, 3);
		CHECK_INT(t->cell.timeout_us, 12000000);
		CHECK_INT(t->cell.sketch[M_TOTAL].n, 2);
		CHECK_INT(t->cell.sketch[M_TCP].n, 3);
		/* 0.503 %: what the sketch promises for a value alone in its bucket */
		CHECK_NEAR(sketch_quantile(&t->cell.sketch[M_TOTAL], 0), 733000, 733000 * 0.00503);
		CHECK_NEAR(sketch_quantile(&t->cell.sketch[M_TOTAL], 1), 1733000, 1733000 * 0.00503);
		CHECK_NEAR(sketch_quantile(&t->cell.sketch[M_SERVER], 0.5), 6000, 6000 * 0.01006);
		CHECK_NEAR(sketch_quantile(&t->cell.sketch[M_TTFB], 0.5), 373000, 373000 * 0.01006);
	}
	fixture_forget(&v);

	begin("only the wanted measures are filled");
	struct store_window w = window(0, INT64_MAX, US_PER_HOUR);
	w.measures = 1u << M_TCP;
	struct batch *late = fixture_batch(9, "mumbai-1", HOUR);
	fixture_sample(late, "www", HOUR + 9);
	put_and_free(s, late);
	v = scan(s, w);
	CHECK_INT(v.len, 1);
	CHECK_INT(v.at[0]->cell.sketch[M_TCP].n, 4);
	CHECK_INT(v.at[0]->cell.attempts, 5);
	for (int m = 0; m < MEASURES; m++)
		CHECK(m == M_TCP || v.at[0]->cell.sketch[m].n == 0);
	fixture_forget(&v);
}

static void hours(struct store *s)
{
	begin("a sample belongs to the hour of its own start");
	struct batch *b = fixture_batch(1, "mumbai-1", HOUR);
	for (int64_t minute = 0; minute < 6 * 60; minute++) /* one a minute, six hours */
		fixture_sample(b, "www", HOUR + minute * 60 * US_PER_S);
	fixture_sample(b, "www", HOUR + 6 * US_PER_HOUR - 1);
	put_and_free(s, b);
	expect_starts(s, 0, INT64_MAX, US_PER_HOUR, "0:60 1:60 2:60 3:60 4:60 5:61 ");

	begin("an hour that the window cuts holds what lies in the window");
	expect_starts(s, HOUR + 30 * 60 * US_PER_S, HOUR + 2 * US_PER_HOUR + 1, US_PER_HOUR,
	              "0:30 1:60 2:1 ");
	expect_starts(s, HOUR + 1, HOUR + US_PER_HOUR, US_PER_HOUR, "0:59 ");
	expect_starts(s, HOUR, HOUR + 1, US_PER_HOUR, "0:1 ");
	expect_starts(s, HOUR + 59 * 60 * US_PER_S, HOUR + 61 * 60 * US_PER_S, US_PER_HOUR, "0:1 1:1 ");
	expect_starts(s, HOUR + US_PER_HOUR, HOUR + 2 * US_PER_HOUR, US_PER_HOUR, "1:60 ");
	expect_starts(s, HOUR + US_PER_HOUR - 1, HOUR + 2 * US_PER_HOUR + 1, US_PER_HOUR, "1:60 2:1 ");
	expect_starts(s, HOUR + 6 * US_PER_HOUR, INT64_MAX, US_PER_HOUR, "");
	expect_starts(s, HOUR + 5, HOUR + 5, US_PER_HOUR, "");

	begin("units of several hours");
	expect_starts(s, 0, INT64_MAX, 6 * US_PER_HOUR, "0:361 ");
	expect_starts(s, 0, INT64_MAX, 2 * US_PER_HOUR, "0:120 1:120 2:121 ");
	expect_starts(s, HOUR + 30 * 60 * US_PER_S, HOUR + 5 * US_PER_HOUR + 1, 3 * US_PER_HOUR,
	              "0:150 1:121 ");
	expect_starts(s, 0, INT64_MAX, 24 * US_PER_HOUR * 365000, "0:361 ");

	begin("units below an hour");
	expect_starts(s, HOUR, HOUR + 5 * 60 * US_PER_S, 2 * 60 * US_PER_S, "0:2 1:2 2:1 ");
	expect_starts(s, HOUR + 60 * US_PER_S, HOUR + 5 * 60 * US_PER_S + 1, 2 * 60 * US_PER_S,
	              "0:1 1:2 2:2 ");
	expect_starts(s, HOUR, HOUR + 181 * US_PER_S, 10 * US_PER_S, "0:1 6:1 12:1 18:1 ");

	begin("a unit that is none is refused");
	struct store_window w = window(0, INT64_MAX, 90 * 60 * US_PER_S);
	CHECK_INT(store_scan_cells(s, &w, never_cell, NULL, &err), LAT_USAGE);
	w.unit_us = 0;
	CHECK_INT(store_scan_cells(s, &w, never_cell, NULL, &err), LAT_USAGE);
}

static void order(struct store *s)
{
	begin("cells come by probe, start, series; a series has one pointer");
	static const char *const probes[] = {"zulu", "alpha", "mike", "alpha-2"};
	uint64_t number = 0;
	for (int p = 0; p < 4; p++)
		for (int64_t h = 2; h >= 0; h--) {
			struct batch *b = fixture_batch(++number, probes[p], HOUR + h * US_PER_HOUR);
			fixture_sample(b, "www", HOUR + h * US_PER_HOUR)->node = "lon";
			fixture_sample(b, "www", HOUR + h * US_PER_HOUR);
			fixture_sample(b, "origin", HOUR + h * US_PER_HOUR)->role = ROLE_BASELINE;
			put_and_free(s, b);
			size_t left;
			if (p % 2 == 0) /* half of them before, half after the fold */
				CHECK_INT(store_fold(s, 2, &left, &err), 0);
		}
	told_vec v = scan(s, window(0, INT64_MAX, US_PER_HOUR));
	CHECK_INT(v.len, 36);
	static const char *const sorted[] = {"alpha", "alpha-2", "mike", "zulu"};
	static const char *const series[] = {"origin/00000000000000aa/-/lon/baseline/cold/4/9.9.9.9/-/2/1.3",
	                                     "www/00000000000000aa/-/lon/cdn/cold/4/9.9.9.9/-/2/1.3",
	                                     "www/00000000000000aa/lon/lon/cdn/cold/4/9.9.9.9/-/2/1.3"};
	for (size_t i = 0; i < v.len; i++) {
		CHECK_STR(v.at[i]->probe, sorted[i / 9]);
		CHECK_INT(v.at[i]->start_us, HOUR + (int64_t)(i / 3 % 3) * US_PER_HOUR);
		CHECK_STR(v.at[i]->series, series[i % 3]);
		CHECK(v.at[i]->pointer == v.at[i % 3]->pointer);
	}
	fixture_forget(&v);
}

static void null_and_empty(struct store *s)
{
	begin("NULL and the empty string are two series, and stay two");
	struct batch *b = fixture_batch(1, "p", HOUR), *c = fixture_batch(2, "p", HOUR);
	fixture_sample(b, "www", HOUR)->edge = NULL;
	fixture_sample(b, "www", HOUR)->edge = "";
	fixture_sample(c, "www", HOUR)->edge = NULL;
	fixture_sample(c, "www", HOUR)->edge = "";
	put_and_free(s, b);
	size_t left;
	CHECK_INT(store_fold(s, 1, &left, &err), 0);
	put_and_free(s, c);
	told_vec v = scan(s, window(0, INT64_MAX, US_PER_HOUR));
	CHECK_STR(starts(&v, US_PER_HOUR), "0:2 0:2 ");
	fixture_forget(&v);
}

static void folding(struct store *s)
{
	begin("each batch is folded once, late ones too");
	size_t left = 0;
	for (uint64_t i = 1; i <= 5; i++) {
		struct batch *b = fixture_batch(i, "mumbai-1", HOUR + (int64_t)i * US_PER_HOUR);
		fixture_sample(b, "www", b->started_us);
		put_and_free(s, b);
	}
	CHECK_INT(store_fold(s, 2, &left, &err), 0);
	CHECK_INT(left, 3);
	CHECK_INT(totals(s).unfolded, 3);
	CHECK_INT(store_fold(s, 0, &left, &err), 0);
	CHECK_INT(left, 3);
	CHECK_INT(store_fold(s, 100, &left, &err), 0);
	CHECK_INT(left, 0);
	CHECK_INT(store_fold(s, 100, &left, &err), 0);
	struct batch *late = fixture_batch(9, "mumbai-1", HOUR + US_PER_HOUR);
	fixture_sample(late, "www", HOUR + US_PER_HOUR + 7);
	put_and_free(s, late);
	CHECK_INT(totals(s).unfolded, 1);
	expect_starts(s, 0, INT64_MAX, US_PER_HOUR, "1:2 2:1 3:1 4:1 5:1 ");
	CHECK_INT(totals(s).unfolded, 0);
	expect_starts(s, 0, INT64_MAX, US_PER_HOUR, "1:2 2:1 3:1 4:1 5:1 ");
}

static void many_left(struct store *s)
{
	begin("what is left of very many is not counted to the end, but by the totals");
	enum { AT_ONCE = 715 }; /* 14 x 715 = 10010 */
	struct batch *b[AT_ONCE];
	struct store_batch push[AT_ONCE];
	size_t left = 0;

	CHECK_INT(STORE_LEFT_MOST, 10000);
	for (int i = 0; i < 14; i++) {
		for (int k = 0; k < AT_ONCE; k++) {
			b[k] = fixture_batch((uint64_t)(1 + i * AT_ONCE + k), "mumbai-1", HOUR);
			push[k] = fixture_push(b[k]);
		}
		CHECK_INT(store_append(s, push, AT_ONCE, &err), 0);
		for (int k = 0; k < AT_ONCE; k++)
			fixture_free(b[k]);
	}
	CHECK_INT(store_fold(s, 9, &left, &err), 0);
	CHECK_INT(left, 10000);
	CHECK_INT(totals(s).unfolded, 10001);
	CHECK_INT(store_fold(s, 2, &left, &err), 0);
	CHECK_INT(left, 9999);
}

static both_case *const cases[] = {
	one_cell, hours, order, null_and_empty, folding, many_left,
};

int main(void)
{
	return run_both(cases, sizeof cases / sizeof cases[0], "store_cells_test");
}
