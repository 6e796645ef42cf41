/* Places of addresses, and which addresses answered (schema/store.h), on both implementations;
 * what is expected comes from paper and pencil. */
#include <math.h>

#include "schema/store.h"

#include "tests/unit/schema/store_both.h"

/* ---- places ------------------------------------------------------------------------- */

static int print_place(void *ctx, const struct store_place *p, struct err *e)
{
	char *text = ctx;
	size_t len = strlen(text);

	(void)e;
	snprintf(text + len, 1000 - len, "%s %s %s %.2f %.2f %s %" PRId64 " %" PRId64 "\n", p->addr,
	         p->country != NULL ? p->country : "-", p->city != NULL ? p->city : "-", p->lat, p->lon,
	         p->asn != NULL ? p->asn : "-", p->built_s, p->found_us);
	return 0;
}

static void expect_places(struct store *s, const char *want)
{
	char text[1000] = "";

	CHECK_INT(store_scan_places(s, print_place, text, &err), 0);
	CHECK_STR(text, want);
}

static void places(struct store *s)
{
	begin("places are kept by address, in its order, one that isn't known too");
	const struct store_place first[] = {
		{"203.0.113.9", "DE", "Frankfurt", 50.11, 8.68, "AS64500 A", 1000, 1},
		{"198.51.100.1", NULL, NULL, NAN, NAN, NULL, US_NONE, 2},
	};
	expect_places(s, "");
	CHECK_INT(store_put_places(s, NULL, 0, &err), 0);
	CHECK_INT(store_put_places(s, first, 2, &err), 0);
	expect_places(s, "198.51.100.1 - - nan nan - -1 2\n"
	                 "203.0.113.9 DE Frankfurt 50.11 8.68 AS64500 A 1000 1\n");

	begin("a later database counts, whatever it says");
	const struct store_place later[] = {
		{"203.0.113.9", "NL", NULL, NAN, NAN, NULL, 2000, 3},
		{"198.51.100.1", "FR", "Paris", 48.86, 2.35, "AS64501 B", 2000, 3},
	};
	CHECK_INT(store_put_places(s, first, 1, &err), 0);
	CHECK_INT(store_put_places(s, later, 2, &err), 0);
	expect_places(s, "198.51.100.1 FR Paris 48.86 2.35 AS64501 B 2000 3\n"
	                 "203.0.113.9 NL - nan nan AS64500 A 2000 3\n");

	begin("where no database of places was asked, the place stays; the network is the new one's");
	const struct store_place none = {"198.51.100.1", NULL, NULL, NAN, NAN, "AS64502 C", US_NONE, 4};
	CHECK_INT(store_put_places(s, &none, 1, &err), 0);
	expect_places(s, "198.51.100.1 FR Paris 48.86 2.35 AS64502 C 2000 4\n"
	                 "203.0.113.9 NL - nan nan AS64500 A 2000 3\n");

	begin("what says the same as before changes nothing, not the time either");
	struct store_place again = later[0];
	again.found_us = 5;
	CHECK_INT(store_put_places(s, &again, 1, &err), 0);
	expect_places(s, "198.51.100.1 FR Paris 48.86 2.35 AS64502 C 2000 4\n"
	                 "203.0.113.9 NL - nan nan AS64500 A 2000 3\n");

	begin("an address has text");
	const struct store_place nameless = {"", "FR", NULL, NAN, NAN, NULL, 1, 1};
	CHECK_INT(store_put_places(s, &nameless, 1, &err), LAT_DATAERR);
}

/* ---- edges --------------------------------------------------------------------------- */

static int print_edge(void *ctx, const struct store_edge *edge, struct err *e)
{
	char *text = ctx;
	size_t len = strlen(text);
	double median = sketch_quantile(edge->min_rtt, 0.5);

	(void)e;
	snprintf(text + len, 1000 - len, "%s %s %s %s %" PRIu64 " %" PRIu64 " %.0f\n", edge->probe,
	         edge->series->target, edge->series->edge != NULL ? edge->series->edge : "-", edge->addr,
	         edge->samples, edge->min_rtt->n, isnan(median) ? -1 : round(median / 1000));
	return 0;
}

static void expect_edges(struct store *s, struct store_edge_window w, const char *want)
{
	char text[1000] = "";
	uint64_t every = 0;

	CHECK_INT(store_scan_edges(s, &w, &every, print_edge, text, &err), 0);
	CHECK_STR(text, want);
	CHECK_INT(every, 1);
}

static struct sample *add(struct batch *b, const char *target, const char *addr, int64_t rtt_us, int64_t t_us)
{
	struct sample *s = fixture_sample(b, target, t_us);

	s->addr = addr;
	s->edge = NULL;
	s->role = ROLE_BASELINE;
	s->min_rtt_us = rtt_us;
	return s;
}

static void edges(struct store *s)
{
	const struct store_edge_window all = {0, INT64_MAX, 0};

	begin("no samples, no edges");
	expect_edges(s, all, "");

	begin("successes by probe, target and address, with the median of their round trips");
	struct batch *b = fixture_batch(1, "b", HOUR), *a = fixture_batch(2, "a", HOUR + 10);
	add(b, "rival", "198.51.100.2", 20000, HOUR);
	add(b, "rival", "198.51.100.1", 10000, HOUR + 1);
	add(b, "rival", "198.51.100.2", 30000, HOUR + 2);
	add(b, "rival", "198.51.100.2", 90000, HOUR + 3);
	add(b, "origin", "203.0.113.1", US_NONE, HOUR + 4);
	add(a, "rival", "198.51.100.2", 50000, HOUR + 10)->edge = "lon";
	put(s, b, STORE_ADDED);
	put_and_free(s, a);
	const char *want = "a rival lon 198.51.100.2 1 1 50\n"
	                   "b origin - 203.0.113.1 1 0 -1\n"
	                   "b rival - 198.51.100.1 1 1 10\n"
	                   "b rival - 198.51.100.2 3 3 30\n";
	expect_edges(s, all, want);
	fixture_free(b);

	begin("not those of a node, a candidate, another kind, a failure, nor what lost its clock");
	struct batch *c = fixture_batch(3, "b", HOUR);
	add(c, "rival", "198.51.100.2", 1, HOUR)->node = "lon";
	add(c, "sin", "198.51.100.2", 1, HOUR)->role = ROLE_CANDIDATE;
	add(c, "rival", "198.51.100.2", 1, HOUR)->kind = KIND_RARE;
	add(c, "rival", NULL, 1, HOUR);
	fixture_failure(c, "rival", HOUR, NEL_TCP_TIMED_OUT);
	put_and_free(s, c);
	struct batch *d = fixture_batch(4, "b", HOUR);
	add(d, "rival", "198.51.100.2", 1, HOUR);
	struct store_batch push = fixture_push(d);
	push.clock_implausible = true;
	CHECK_INT(store_append(s, &push, 1, &err), 0);
	fixture_free(d);
	expect_edges(s, all, want);

	begin("who answered a sample that lagged is known, but not how fast");
	struct batch *late = fixture_batch(5, "a", HOUR + 10);
	add(late, "rival", "198.51.100.2", 1, HOUR + 10)->lagged = true;
	put_and_free(s, late);
	struct batch *lost = fixture_batch(6, "a", HOUR + 10);
	fixture_failure(lost, "rival", HOUR + 10, NEL_TCP_TIMED_OUT)->lagged = true;
	put_and_free(s, lost);
	want = "a rival - 198.51.100.2 1 0 -1\n"
	       "a rival lon 198.51.100.2 1 1 50\n"
	       "b origin - 203.0.113.1 1 0 -1\n"
	       "b rival - 198.51.100.1 1 1 10\n"
	       "b rival - 198.51.100.2 3 3 30\n";
	expect_edges(s, all, want);

	begin("the window's alone");
	expect_edges(s, (struct store_edge_window){HOUR + 1, HOUR + 3, 0},
	             "b rival - 198.51.100.1 1 1 10\n"
	             "b rival - 198.51.100.2 1 1 30\n");
	expect_edges(s, (struct store_edge_window){HOUR + 5, HOUR + 10, 0}, "");
	expect_edges(s, (struct store_edge_window){0, INT64_MAX, 14}, want); /* 14 samples are in believed batches */
}

static int sum_samples(void *ctx, const struct store_edge *edge, struct err *e)
{
	(void)e;
	*(uint64_t *)ctx += edge->samples;
	return 0;
}

static int refuse(void *ctx, const struct store_edge *edge, struct err *e)
{
	(void)ctx, (void)edge, (void)e;
	return 77;
}

static void thinned(struct store *s)
{
	begin("a window of too many samples is read in part: 300 in batches of one, at most 100: one in three");
	uint64_t every = 0, read = 0;
	for (uint64_t i = 1; i <= 300; i++) {
		struct batch *b = fixture_batch(i, "b", HOUR + (int64_t)i);
		add(b, "rival", "198.51.100.2", 20000, HOUR + (int64_t)i);
		put_and_free(s, b);
	}
	const struct store_edge_window w = {0, INT64_MAX, 100};
	CHECK_INT(store_scan_edges(s, &w, &every, sum_samples, &read, &err), 0);
	CHECK_INT(every, 3);
	CHECK(read > 60 && read < 140); /* binomial, n = 300, p = 1/3: 100 and five times 8.2 */
	CHECK_INT(store_scan_edges(s, &w, NULL, refuse, NULL, &err), 77);
}

static both_case *const cases[] = {places, edges, thinned};

int main(void)
{
	return run_both(cases, sizeof cases / sizeof cases[0], "store_places_test");
}
