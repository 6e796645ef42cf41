/* What imports leave open: visits without a body, hence without a total, and round trips that are no
 * visits. Blocks of six hours; by paper and pencil. */
#include "report/atlas.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

#define NEAR(got, want) CHECK_NEAR(got, want, 0.0101 * (want)) /* a bucket is two alpha wide */

#define PLAN(metric, limit)                                                                        \
	"objective { metric = \"" metric "\"  quantile = 0.75  limit_ms = " limit " }\n"           \
	"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"                   \
	"node \"fra\" { address = {\"192.0.2.1\"} }\n"

static void imported(struct lab *l, const char *name, const char *source)
{
	struct probe_row row = {.name = name, .country = "IN", .lat = NAN, .lon = NAN,
	                        .network = NETWORK_DATACENTER, .place_source = "import", .source = source,
	                        .enrolled_us = LAB_START, .last_seen_us = US_NONE, .last_skew_us = STORE_NO_SKEW};
	struct err err = {0};

	lab_must(registry_import_vantages(l->registry, &row, 1, &err), &err);
}

enum what { GET, HEAD, PING };

/* `n` of a kind in that hour, of which the last `failed` fail. ttfb is 10 + 3 * 20 + 10, total 30 more. */
static void add(struct lab *l, const char *name, int hour, const char *node, enum what what, int n, int failed)
{
	for (int i = 0; i < n; i++) {
		struct visit v = {"www", node, NULL, 20, 10, 10,
		                  i < n - failed ? NEL_OK : what == PING ? NEL_TCP_TIMED_OUT : NEL_HTTP_ERROR};
		lab_begin(l, name, hour + (double)i / n);
		struct sample *s = lab_sample(l, &v, NULL);
		s->nth = what == PING;
		if (what == PING)
			s->dns_us = s->tcp_us = s->tls_us = s->wait_us = s->body_us = US_NONE;
		else
			s->min_rtt_us = US_NONE;
		if (what == HEAD)
			s->body_us = US_NONE;
		if (what == PING || v.error != NEL_OK)
			s->http = s->tls = NULL; /* one series with a visit that failed */
		l->batch.round_ok = US_NONE; /* an import does not tell */
		lab_end(l);
	}
}

static struct report judge(struct lab *l, double hours)
{
	struct evaluate_options o = lab_window(hours, 6);
	struct report r;
	struct err err = {0};

	lab_must(evaluate_report(l->store, l->registry, &o, &r, &err), &err);
	return r;
}

static const struct report_region *india(const struct report *r)
{
	for (size_t i = 0; i < r->regions.len; i++)
		if (strcmp(r->regions.at[i].id, "country/IN") == 0)
			return &r->regions.at[i];
	abort();
}

static bool noted(const struct report *r, const char *part)
{
	for (size_t i = 0; i < r->notes.len; i++)
		if (strstr(r->notes.at[i], part) != NULL)
			return true;
	return false;
}

static struct atlas loaded(struct lab *l, double hours)
{
	struct evaluate_options o = lab_window(hours, 6);
	struct atlas a;
	struct err err = {0};

	lab_must(atlas_load(&a, l->store, l->registry, &o, &err), &err);
	return a;
}

/* Five HEADs in each of 24 hours, but for hour 7 with one that fails: 116, of which 115 succeed. */
static void heads(struct lab *l, const char *plan)
{
	lab_open(l, plan);
	imported(l, "gp.a", "globalping");
	for (int hour = 0; hour < 24; hour++)
		add(l, "gp.a", hour, NULL, HEAD, hour == 7 ? 1 : 5, hour == 7);
}

static void test_heads(void)
{
	struct lab l;

	heads(&l, PLAN("ttfb", "500"));
	add(&l, "gp.a", 9, NULL, HEAD, 5, 1); /* an hour of ten now, one of them failed */
	struct report r = judge(&l, 24);
	const struct report_target *t = &india(&r)->targets.at[0];

	CHECK_CASE("HEADs alone: ttfb is judged");
	CHECK_INT(india(&r)->verdict, VERDICT_OK);
	NEAR(t->phase[M_TTFB][P75].ms, 80);
	CHECK_NEAR(t->availability, (22 + 0.9) / 24, 1e-9);

	CHECK_CASE("HEADs alone: no total, and no failed one either");
	for (int q = 0; q < QUANTILES; q++)
		CHECK(isnan(t->phase[M_TOTAL][q].ms) && !t->phase[M_TOTAL][q].fail);
	CHECK(noted(&r, "no whole visit was measured: bodies were not asked for"));
	CHECK(!noted(&r, "--metric ttfb"));
	report_free(&r);
	lab_close(&l);
}

static void test_heads_by_total(void)
{
	struct lab l;

	heads(&l, PLAN("total", "500"));
	struct report r = judge(&l, 24);
	const struct report_region *g = india(&r);
	const struct report_target *t = &g->targets.at[0];

	CHECK_CASE("HEADs by an objective on total: no data, and why");
	CHECK_INT(g->verdict, VERDICT_NO_DATA);
	CHECK_STR(g->why, "visits of a cdn target came without their total, by which it would be judged.");
	CHECK(isnan(g->objective.ms) && !g->objective.fail);
	CHECK(noted(&r, "--metric ttfb with --limit-ms judges by the first byte"));

	CHECK_CASE("HEADs by an objective on total: what they do tell is told");
	CHECK_INT(t->attempts, 116);
	CHECK_INT(t->failures, 1);
	CHECK_NEAR(t->availability, 23.0 / 24, 1e-9);
	NEAR(t->phase[M_TTFB][P75].ms, 80);
	CHECK(isnan(t->phase[M_TOTAL][P50].ms) && !t->phase[M_TOTAL][P50].fail);
	report_free(&r);

	/* 9 of 124: the Wilson bound (one-sided, 95 %) is 4.3 %. */
	CHECK_CASE("failures need no total: unreachable");
	add(&l, "gp.a", 7, NULL, HEAD, 8, 8);
	r = judge(&l, 24);
	CHECK_INT(india(&r)->verdict, VERDICT_UNREACHABLE);
	CHECK_CONTAINS(india(&r)->why, "9 of 124 attempts fail (7.3 %) at gp.a, mostly http.error");
	report_free(&r);
	lab_close(&l);
}

/* Eight hours of HEADs, three of GETs, one that fails: of eleven hours with a success three have a total. */
static void test_some(void)
{
	struct lab l;

	lab_open(&l, PLAN("total", "500"));
	imported(&l, "gp.a", "globalping");
	for (int hour = 0; hour < 11; hour++)
		add(&l, "gp.a", hour, NULL, hour < 8 ? HEAD : GET, 2, 0);
	add(&l, "gp.a", 11, NULL, HEAD, 2, 2);
	imported(&l, "gp.b", "globalping");
	imported(&l, "atlas.c", "ripe-atlas");
	add(&l, "gp.b", 0, NULL, GET, 1, 1);
	add(&l, "atlas.c", 0, NULL, GET, 1, 1);
	struct atlas a = loaded(&l, 12);
	const struct track *t[] = {&a.vantages.at[0].track[0], &a.vantages.at[1].track[0], &a.vantages.at[2].track[0]};

	CHECK_CASE("a failed hour weighs as much as the hours that were measured as a whole do");
	CHECK_STR(a.vantages.at[1].name, "gp.a");
	CHECK_NEAR(t[1]->window[M_TOTAL].fail, 3.0 / 11, 1e-12);
	CHECK_NEAR(dist_total(&t[1]->window[M_TOTAL]), 3 + 3.0 / 11, 1e-12);
	CHECK_NEAR(part_lot(&t[1]->part[1], 1)->dist[SLOT_TOTAL].fail, 3.0 / 11, 1e-12);
	CHECK_NEAR(t[1]->window[M_TTFB].fail, 1, 1e-12);
	CHECK_NEAR(part_lot(&t[1]->part[1], 1)->dist[SLOT_TTFB].fail, 1, 1e-12);
	CHECK_NEAR(dist_total(&part_lot(&t[1]->part[1], 1)->dist[SLOT_NO_SERVER]), 0, 0);

	CHECK_CASE("without a success of its own: as its source's");
	CHECK_NEAR(t[2]->window[M_TOTAL].fail, 3.0 / 11, 1e-12);
	CHECK_CASE("nor of its source: in full");
	CHECK_NEAR(t[0]->window[M_TOTAL].fail, 1, 1e-12);
	CHECK_NEAR(t[0]->window[M_TOTAL].fail_us, 10e6, 0);
	atlas_free(&a);

	struct report r = judge(&l, 12);
	CHECK_CASE("who measured a whole visit now and then is not named");
	CHECK(!noted(&r, "whole visit"));
	report_free(&r);
	imported(&l, "gp.d", "globalping");
	add(&l, "gp.d", 0, NULL, HEAD, 1, 0);
	r = judge(&l, 12);
	CHECK_CASE("who never did is");
	CHECK(noted(&r, "gp.d has measured no whole visit of a target"));
	report_free(&r);
	lab_datacenter(&l, "ours", "IN");
	lab_begin(&l, "ours", 1);
	lab_sample(&l, &(struct visit){"www", NULL, NULL, 20, 10, 10, NEL_OK}, NULL)->lagged = true;
	lab_sample(&l, &(struct visit){"www", NULL, NULL, 20, 10, 10, NEL_OK}, "0123456789abcdef");
	lab_end(&l);
	r = judge(&l, 12);
	CHECK_CASE("who was late did");
	CHECK(noted(&r, "gp.d has measured no whole visit of a target"));
	CHECK(noted(&r, "1 sample was flagged, as the probe's loop lagged or its clock was off: its times "
	                "are left out: ours (1)"));
	CHECK(noted(&r, "1 sample of an earlier definition of www was left out"));
	report_free(&r);
	lab_close(&l);
}

/* Twenty GETs in each of 24 hours and four pings, none of which is answered; the first two hours have
 * pings alone. 440 visits, one of them failed: that hour has 0.95. */
static void pinged(struct lab *l, const char *plan)
{
	lab_open(l, plan);
	imported(l, "gp.a", "globalping");
	for (int hour = 0; hour < 24; hour++) {
		add(l, "gp.a", hour, NULL, PING, 4, 4);
		add(l, "gp.a", hour, NULL, GET, hour < 2 ? 0 : 20, hour == 5);
	}
}

static void test_pings(void)
{
	struct lab l;

	pinged(&l, PLAN("ttfb", "500"));
	struct report r = judge(&l, 24);
	const struct report_target *t = &india(&r)->targets.at[0];

	CHECK_CASE("lost pings are no lost visits");
	CHECK_INT(india(&r)->verdict, VERDICT_OK);
	CHECK_INT(t->attempts, 440);
	CHECK_INT(t->failures, 1);
	CHECK_NEAR(t->availability, (21 + 0.95) / 22, 1e-9);
	uint64_t types = 0;
	for (int i = 0; i < NEL_TYPES; i++)
		types += t->failures_by_type[i];
	CHECK_INT(types, 1);
	report_free(&r);

	struct atlas a = loaded(&l, 24);
	const struct part *p = &a.vantages.at[0].track[0].part[1];
	CHECK_CASE("nor do they make an hour one that fails");
	CHECK(bits_get(&p->failing, 5) && !bits_get(&p->failing, 4) && !bits_get(&p->failing, 0));
	CHECK_INT(a.vantages.at[0].attempts, 440 + 96); /* of the vantage all is told */
	atlas_free(&a);
	lab_close(&l);

	pinged(&l, PLAN("min_rtt", "500"));
	a = loaded(&l, 24);
	CHECK_CASE("where round trips are judged they count");
	CHECK_INT(a.vantages.at[0].track[0].attempts, 440 + 96);
	CHECK_INT(a.vantages.at[0].track[0].failures, 1 + 96);
	CHECK_INT(a.vantages.at[0].track[0].by_type[NEL_TCP_TIMED_OUT], 96);
	CHECK(bits_get(&a.vantages.at[0].track[0].part[1].failing, 4));
	atlas_free(&a);
	lab_close(&l);
}

static void test_bare(void)
{
	struct lab l;

	lab_open(&l, PLAN("ttfb", "500"));
	imported(&l, "gp.a", "globalping");
	lab_datacenter(&l, "ours", "IN");
	for (int hour = 0; hour < 4; hour++) {
		add(&l, "gp.a", hour, "fra", PING, 4, 1);
		add(&l, "ours", hour, NULL, GET, 4, 0);
		add(&l, "ours", hour, NULL, PING, 4, 2); /* second samples of a round: visits as any */
	}
	struct atlas a = loaded(&l, 6);
	const struct track *node = &a.vantages.at[0].track[atlas_node(&a, 0, 0)], *own = &a.vantages.at[1].track[0];

	CHECK_CASE("a node with round trips alone: these are its availability");
	CHECK_INT(node->attempts, 16);
	CHECK_INT(node->failures, 4);
	CHECK_NEAR(node->available / node->units, 0.75, 1e-12);

	CHECK_CASE("our own probe's second samples count");
	CHECK_INT(own->attempts, 32);
	CHECK_INT(own->failures, 8);
	CHECK_NEAR(own->available / own->units, 0.75, 1e-12);
	CHECK(bits_get(&own->part[1].failing, 0));
	atlas_free(&a);
	lab_close(&l);
}

int main(void)
{
	test_heads();
	test_heads_by_total();
	test_some();
	test_pings();
	test_bare();
	return check_done();
}
