/* Corners of the definitions, each in a world (lab.h) small enough to be worked out by hand:
 * total = dns + 4 rtt + server + 10. */
#include "report/evaluate.h"
#include "report/markdown.h"
#include "report/report_json.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

#define NEAR(got, want) CHECK_NEAR(got, want, 0.02 * (want))

static struct report judge(struct lab *l, struct evaluate_options o)
{
	struct report r;
	struct err err = {0};

	lab_must(evaluate_report(l->store, l->registry, &o, &r, &err), &err);
	return r;
}

static const struct report_region *find(const struct report *r, const char *id)
{
	for (size_t i = 0; i < r->regions.len; i++)
		if (strcmp(r->regions.at[i].id, id) == 0)
			return &r->regions.at[i];
	fprintf(stderr, "no region %s\n", id);
	abort();
}

/* ---- steering --------------------------------------------------------------------------- */

/* Seven visits of ten take dns 50 and 600 after it (rtt 145), three take 350 and 900 (rtt 220): 650
 * and 1250, hence a p75 of 1250. If dns knew nothing of the rest it would be 950: dns 50 and 600
 * in 49 of 100, 950 in 42, 1250 in 9. All go to fra, which is the best, so no steering brings that;
 * dns of 50 does (900 + 50). */
static void steered_rounds(struct lab *l, const char *edge)
{
	for (int i = 0; i < 60; i++) {
		bool slow = i % 10 >= 7;
		double rtt = slow ? 220 : 145, dns = slow ? 350 : 50;
		struct visit v[] = {{"www", NULL, edge, rtt, 10, dns, NEL_OK},
		                    {"www", "fra", NULL, rtt, 10, -1, NEL_OK},
		                    {"www", "syd", NULL, 300, 10, -1, NEL_OK},
		                    {"origin", NULL, NULL, 5, 5, 5, NEL_OK}};
		lab_round(l, "mumbai-1", i / 10.0, v, LAT_COUNT(v));
	}
}

static void test_steered_well(void)
{
	struct lab l;

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "mumbai-1", "IN");
	steered_rounds(&l, "fra");
	struct report r = judge(&l, lab_window(6, 1));
	const struct report_region *g = find(&r, "country/IN");
	CHECK_CASE("who is sent to the best node already has nothing to gain by steering");
	NEAR(g->objective.ms, 1250);
	NEAR(g->fix_ms[FIX_STEERING], 1250);
	NEAR(g->fix_ms[FIX_DNS], 950);
	CHECK_INT(g->verdict, VERDICT_SLOW_DNS);
	CHECK_INT(g->also.len, 0);
	report_free(&r);
	lab_close(&l);
}

/* ---- a candidate ---------------------------------------------------------------------------- */

/* Of mumbai-1's visits six of ten go to fra (300 ms, 1230 in all), four to lon (20 ms, 110); delhi-1 is served in
 * 200. A node in Singapore is 100 ms from mumbai-1: fra's share becomes 1230 - 4 * 200 = 430, and lon's stays. Of
 * India, two tenths take 110, five 200 and three 1230 or 430: p60 is 200. */
static void test_candidate_where_nearer(void)
{
	struct lab l;

	lab_open(&l, "objective { metric = \"total\"  quantile = 0.6  limit_ms = 100 }\n"
	             "target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
	             "node \"fra\" { address = {\"192.0.2.1\"} }\nnode \"lon\" { address = {\"192.0.2.2\"} }\n"
	             "candidate \"sin\" { url = \"https://sin.example.net/\" }\n");
	lab_datacenter(&l, "mumbai-1", "IN");
	lab_datacenter(&l, "delhi-1", "IN");
	for (int i = 0; i < 60; i++) {
		bool far = i % 10 < 6;
		struct visit v[] = {{"www", NULL, far ? "fra" : "lon", far ? 300 : 20, 10, 10, NEL_OK},
		                    {"www", "fra", NULL, 300, 10, -1, NEL_OK}, {"www", "lon", NULL, 20, 10, -1, NEL_OK},
		                    {"sin", NULL, NULL, 100, 5, -1, NEL_OK}};
		struct visit d[] = {{"www", NULL, "fra", 42.5, 10, 10, NEL_OK}, {"www", "fra", NULL, 42.5, 10, -1, NEL_OK},
		                    {"www", "lon", NULL, 50, 10, -1, NEL_OK}};
		lab_round(&l, "mumbai-1", i / 10.0, v, LAT_COUNT(v));
		lab_round(&l, "delhi-1", i / 10.0, d, LAT_COUNT(d));
	}
	struct evaluate_options o = lab_window(6, 1);
	o.by_probe = true;
	struct report r = judge(&l, o);
	CHECK_CASE("a candidate is used by the share of visitors that is farther from its node");
	NEAR(find(&r, "probe/mumbai-1")->objective.ms, 1230);
	CHECK_NEAR(find(&r, "probe/mumbai-1")->fix_ms[FIX_NODE], 430, 20);
	NEAR(find(&r, "country/IN")->objective.ms, 200);
	NEAR(find(&r, "country/IN")->fix_ms[FIX_NODE], 200);
	report_free(&r);
	lab_close(&l);
}

/* ---- how many blocks an interval rests on ------------------------------------------------ */

/* A round of visits to www, of which the body was asked for or not. */
static void heads(struct lab *l, const char *probe, double hour, const struct visit *v, size_t n, bool body)
{
	lab_begin(l, probe, hour);
	for (size_t i = 0; i < n; i++) {
		struct sample *s = lab_sample(l, &v[i], NULL);
		s->body_us = body ? s->body_us : US_NONE;
	}
	lab_end(l);
}

static void test_blocks_of_a_measure(void)
{
	static const struct visit v[] = {{"www", NULL, "fra", 100, 10, 10, NEL_OK}};
	struct evaluate_options o = lab_window(6, 1);
	struct lab l;

	o.metric_given = true;
	o.metric = M_TTFB;
	o.limit_ms = 500;
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "mumbai-1", "IN");
	for (int i = 0; i < 30; i++)
		heads(&l, "mumbai-1", i / 5.0, v, 1, i < 15);
	struct report r = judge(&l, o);
	const struct report_target *t = &find(&r, "country/IN")->targets.at[0];
	CHECK_CASE("ttfb is known in six blocks, total in three: no interval of that");
	CHECK(!isnan(t->phase[M_TTFB][P75].high));
	NEAR(t->phase[M_TOTAL][P75].ms, 430);
	CHECK(isnan(t->phase[M_TOTAL][P75].low) && isnan(t->phase[M_TOTAL][P75].high));
	CHECK(isnan(t->phase[M_TOTAL][P95].high));
	report_free(&r);
	lab_close(&l);
}

/* A candidate measured in four blocks of twelve, 20 ms in two of them and 40 in two: its p75 is 40, that of
 * one replicate in four 20. Of four blocks the distance is multiplied by 2.353 / 1.645 * sqrt(4 / 3) = 1.652,
 * of twelve it would be by 1.796 / 1.645 * sqrt(12 / 11) = 1.140. */
static void test_blocks_of_a_candidate(void)
{
	struct evaluate_options o = lab_window(12, 1);
	struct lab l;

	o.metric_given = true;
	o.metric = M_MIN_RTT;
	o.limit_ms = 50;
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "mumbai-1", "IN");
	for (int hour = 0; hour < 12; hour++) {
		struct visit v[] = {{"www", NULL, "fra", 200, 10, 10, NEL_OK},
		                    {"sin", NULL, NULL, hour < 2 ? 20 : 40, 5, -1, NEL_OK}};
		lab_round(&l, "mumbai-1", hour, v, hour < 4 ? 2 : 1);
	}
	struct report r = judge(&l, o);
	const struct report_region *g = find(&r, "country/IN");
	CHECK_CASE("the bounds of a recommendation rest on the blocks in which the candidate was measured");
	CHECK_INT(g->blocks, 12);
	CHECK_INT(g->verdict, VERDICT_NEEDS_NODE);
	NEAR(g->recommend.predicted_ms, 40);
	CHECK_NEAR(g->recommend.low, 40 - 1.652 * 20 - 0.2, 1.2);
	report_free(&r);
	lab_close(&l);
}

static const struct gate_region *region_of(const struct gate *g, const char *id)
{
	for (size_t i = 0; i < g->regions.len; i++)
		if (strcmp(g->regions.at[i].id, id) == 0)
			return &g->regions.at[i];
	fprintf(stderr, "no region %s\n", id);
	abort();
}

static struct gate without(struct lab *l, const char *node, struct evaluate_options o)
{
	struct whatif_options w = {.common = o, .remove = &node, .removes = 1};
	struct gate g;
	struct err err = {0};

	lab_must(evaluate_whatif(l->store, l->registry, &w, &g, &err), &err);
	return g;
}

/* The other node is there in every hour, its total in one of six. */
static void test_blocks_of_a_gate(void)
{
	static const struct visit v[] = {{"www", NULL, "lon", 10, 10, 10, NEL_OK},
	                                 {"www", "lon", NULL, 10, 10, -1, NEL_OK}},
	                          far = {"www", "fra", NULL, 100, 10, -1, NEL_OK};
	struct lab l;

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "london-1", "GB");
	for (int hour = 0; hour < 6; hour++) {
		lab_round(&l, "london-1", hour, v, 2);
		heads(&l, "london-1", hour + 0.5, &far, 1, hour == 3);
	}
	struct gate g = without(&l, "lon", lab_window(6, 1));
	const struct gate_region *r = region_of(&g, "country/GB");
	CHECK_CASE("a gate counts blocks in which the metric of both arms is known: one is too few");
	CHECK_INT(r->blocks, 1);
	CHECK_INT(r->verdict, GATE_INCONCLUSIVE);
	CHECK(isnan(r->low));
	NEAR(r->before_ms, 70);
	NEAR(r->after_ms, 430);
	CHECK_CONTAINS(r->why, "data of both in 1 block of 1 h at london-1, where a verdict needs 4; by the point");
	gate_free(&g);
	lab_close(&l);
}

/* ---- weights ------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static bool noted(const struct report *r, const char *part)
{
	for (size_t i = 0; i < r->notes.len; i++)
		if (strstr(r->notes.at[i], part) != NULL)
			return true;
	return false;
}

static double share_of(const struct report *r, const char *node)
{
	for (size_t i = 0; i < r->nodes.len; i++)
		if (strcmp(r->nodes.at[i].name, node) == 0)
			return r->nodes.at[i].share;
	abort();
}

/* mumbai-1 in all six blocks, 110 ms; singapore-1 in two, 70; berlin-1 in all. */
static void weighed_world(struct lab *l)
{
	static const struct visit in = {"www", NULL, "fra", 20, 10, 10, NEL_OK}, sg = {"www", NULL, "syd", 10, 10, 10, NEL_OK};

	lab_open(l, LAB_PLAN);
	lab_datacenter(l, "mumbai-1", "IN");
	lab_datacenter(l, "singapore-1", "SG");
	lab_datacenter(l, "berlin-1", "DE");
	lab_rounds(l, "mumbai-1", 0, 6, 1, &in, 1);
	lab_rounds(l, "singapore-1", 0, 2, 1, &sg, 1);
	lab_rounds(l, "berlin-1", 0, 6, 1, &in, 1);
}

static struct report weighed(struct lab *l, const char *text)
{
	struct evaluate_options o = lab_window(6, 1);
	char path[300];

	snprintf(path, sizeof path, "%s/weights", l->folder);
	write_file(path, text);
	o.weights_file = path;
	struct report r = judge(l, o);
	unlink(path);
	return r;
}

static void test_weights(void)
{
	struct lab l;

	weighed_world(&l);
	struct report r = weighed(&l, "country/IN 0\ncountry/SG 1\ncountry/DE 1\n");
	CHECK_CASE("who weighs nothing does not say how many blocks are enough for the others");
	CHECK_INT(find(&r, "continent/AS")->blocks, 2);
	NEAR(find(&r, "continent/AS")->objective.ms, 70);
	CHECK_CONTAINS(find(&r, "continent/AS")->why, "data in 2 blocks of 1 h at singapore-1, where a verdict needs 4");
	CHECK(noted(&r, "mumbai-1 stands in a country that the weights file gives no share"));
	report_free(&r);

	CHECK_CASE("a continent without any share: its countries weigh the same, and that is what is said");
	r = weighed(&l, "country/IN 0\ncountry/DE 1\n");
	CHECK_INT(find(&r, "continent/AS")->probes.len, 1); /* singapore-1 has too few blocks beside mumbai-1 */
	NEAR(find(&r, "continent/AS")->objective.ms, 110);
	CHECK(!noted(&r, "left out of its continent") && !noted(&r, "left out of their continents"));
	CHECK(noted(&r, "the weights file gives no country of Asia a share: they weigh the same"));
	report_free(&r);

	/* All of Asia's visitors that count go to fra, and all of Europe's. */
	CHECK_CASE("shares of nodes: continents weigh as the file says; one that it does not name nothing");
	r = weighed(&l, "country/SG 1\ncountry/DE 1\ncontinent/EU 0.5\n");
	CHECK_NEAR(share_of(&r, "fra"), 1, 1e-9);
	CHECK_NEAR(share_of(&r, "syd"), 0, 1e-9);
	report_free(&r);
	r = weighed(&l, "country/SG 1\ncountry/DE 1\ncontinent/EU 3\ncontinent/AS 1\n");
	CHECK_NEAR(share_of(&r, "syd"), 0.25, 1e-9);
	report_free(&r);
	r = weighed(&l, "country/SG 1\ncountry/DE 1\n");
	CHECK_NEAR(share_of(&r, "syd"), 0.5, 1e-9);
	report_free(&r);
	lab_close(&l);
}

/* ---- to generalise --------------------------------------------------------------------------- */

/* Ten countries of one vantage each, six at 860 ms and four at 1220: p75 is 1220. Of ten drawn there are at most
 * two slow ones, and p75 is 860, in 17 of 100 replicates: so the lower bound is
 * 1220 - 2.015 / 1.645 * sqrt(6 / 5) * (1220 - 860) - 6 = 731. */
static void test_generalise(void)
{
	static const char *const countries[] = {"AT", "BE", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "IT"};
	struct evaluate_options o = lab_window(6, 1);
	struct lab l;

	lab_open(&l, LAB_PLAN);
	for (size_t i = 0; i < LAT_COUNT(countries); i++) {
		struct visit v = {"www", NULL, "fra", i < 6 ? 207.5 : 297.5, 10, 10, NEL_OK};
		lab_datacenter(&l, countries[i], countries[i]);
		lab_rounds(&l, countries[i], 0, 6, 1, &v, 1);
	}
	struct report r = judge(&l, o);
	CHECK_CASE("vantages at hand: they are what they are");
	CHECK_NEAR(find(&r, "continent/EU")->objective.low, 1220 * 0.995, 13);
	report_free(&r);
	o.generalise = true;
	r = judge(&l, o);
	CHECK_CASE("to generalise, vantages that are alone in their country are drawn among each other");
	CHECK_NEAR(find(&r, "continent/EU")->objective.low, 731, 20);
	report_free(&r);
	lab_close(&l);
}

/* ---- bounds ------------------------------------------------------------------------------------ */

static struct report halves(struct lab *l, int slow, struct visit a, struct visit b)
{
	static const struct visit base = {"origin", NULL, NULL, 5, 5, 5, NEL_OK};

	lab_open(l, LAB_PLAN);
	lab_datacenter(l, "mumbai-1", "IN");
	for (int hour = 0; hour < 6; hour++) {
		struct visit v[] = {hour < slow ? b : a, base};
		lab_rounds(l, "mumbai-1", hour, hour + 1, 5, v, 2);
	}
	return judge(l, lab_window(6, 1));
}

/* The factor for six blocks is 2.015 / 1.645 * sqrt(6 / 5) = 1.342. */
static void test_bounds_of_times(void)
{
	const struct visit fast = {"www", NULL, "fra", 7.5, 10, 10, NEL_OK},
	                   slow = {"www", NULL, "fra", 297.5, 10, 10, NEL_OK},
	                   good = {"www", NULL, "fra", 215, 10, 20, NEL_OK},
	                   dead = {.target = "www", .error = NEL_TCP_TIMED_OUT};
	struct lab l;

	/* 60 in three blocks, 1220 in three: p75 is 1220. Five fast of six are drawn in 11 of 100 replicates:
	 * 1220 - 1.342 * 1160 would be -337. */
	struct report r = halves(&l, 3, fast, slow);
	CHECK_CASE("no time is below 0");
	NEAR(find(&r, "country/IN")->objective.ms, 1220);
	CHECK_NEAR(find(&r, "country/IN")->objective.low, 0, 0);
	report_free(&r);
	lab_close(&l);

	/* 900, and failures (10 s) in one block of six; two of these are drawn in 26 of 100 replicates:
	 * 900 + 1.342 * 9100 would be 13.1 s. */
	r = halves(&l, 1, good, dead);
	CHECK_CASE("no time is above what a failure counts as");
	NEAR(find(&r, "country/IN")->objective.ms, 900);
	CHECK_NEAR(find(&r, "country/IN")->objective.high, 10000, 0);
	report_free(&r);
	lab_close(&l);

	r = halves(&l, 3, good, dead);
	CHECK_CASE("a failure has no bounds in milliseconds");
	CHECK(find(&r, "country/IN")->objective.fail);
	CHECK(isnan(find(&r, "country/IN")->objective.low) && isnan(find(&r, "country/IN")->objective.high));
	report_free(&r);
	lab_close(&l);
}

/* ---- failures ---------------------------------------------------------------------------------- */

/* Two of five visits fail, through DNS and on fra by address; a timeout is 10 s. */
static void test_failing_fixes(void)
{
	struct lab l;

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "mumbai-1", "IN");
	lab_datacenter(&l, "berlin-1", "DE");
	for (int i = 0; i < 30; i++) {
		enum nel_type e = i % 5 < 2 ? NEL_TCP_TIMED_OUT : NEL_OK;
		struct visit v[] = {{"www", NULL, "fra", 100, 10, 20, e}, {"www", "fra", NULL, 100, 10, -1, e},
		                    {"sin", NULL, NULL, 30, 5, -1, NEL_OK}, {"origin", NULL, NULL, 5, 5, 5, NEL_OK}};
		struct visit well[] = {{"www", "fra", NULL, 5, 10, -1, NEL_OK}, {"www", "lon", NULL, 15, 10, -1, NEL_OK},
		                       {"www", "syd", NULL, 280, 10, -1, NEL_OK}};
		lab_round(&l, "mumbai-1", i / 5.0, v, LAT_COUNT(v));
		lab_round(&l, "berlin-1", i / 5.0, well, LAT_COUNT(well));
	}
	struct report r = judge(&l, lab_window(6, 1));
	const struct report_region *g = find(&r, "country/IN");
	CHECK_CASE("a fix under which the quantile is still a failure brings a failure, not ten seconds");
	CHECK_INT(g->verdict, VERDICT_UNREACHABLE);
	CHECK(g->objective.fail);
	CHECK(isinf(g->fix_ms[FIX_DNS]) && isinf(g->fix_ms[FIX_STEERING]) && isinf(g->fix_ms[FIX_NODE]));
	CHECK(isinf(g->fix_all_ms));
	CHECK(g->recommend.candidate == NULL);
	CHECK(g->steering_regret.fail && isnan(g->steering_regret.low));
	CHECK_STR(g->candidates.at[0].candidate, "sin");
	CHECK(isinf(g->candidates.at[0].predicted_ms) && !g->candidates.at[0].meets);
	struct view view = {.report = &r, .by = VIEW_COUNTRY};
	struct buf json = {0}, page = {0};
	struct err err = {0};
	lab_must(report_json_write(&view, &json, &err), &err);
	CHECK_CONTAINS(buf_str(&json), "\"fail\": [");
	CHECK(strstr(buf_str(&json), "10000") == NULL);
	lab_must(markdown_write(&view, &page, &err), &err);
	CHECK_CONTAINS(buf_str(&page), "| fail | fail | fail | fail | fail |");
	buf_free(&json);
	buf_free(&page);
	report_free(&r);
	lab_close(&l);
}

/* dublin-1 gets no answer at all, so it says nothing of who answers: all that do are lon. */
static void test_gate_shares(void)
{
	static const struct visit well[] = {{"www", NULL, "lon", 10, 10, 10, NEL_OK}},
	                          dead[] = {{.target = "www", .error = NEL_TCP_TIMED_OUT},
	                                    {"origin", NULL, NULL, 5, 5, 5, NEL_OK}};
	struct whatif_options w = {.common = lab_window(6, 1)};
	struct lab l;
	struct gate g;
	struct err err = {0};

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "london-1", "GB");
	lab_datacenter(&l, "dublin-1", "IE");
	lab_rounds(&l, "london-1", 0, 6, 1, well, 1);
	lab_rounds(&l, "dublin-1", 0, 6, 1, dead, 2);
	lab_must(evaluate_whatif(l.store, l.registry, &w, &g, &err), &err);
	CHECK_CASE("shares of visits: who got no answer has none");
	double lon = 0;
	for (size_t i = 0; i < g.share.len; i++)
		lon = strcmp(g.share.at[i].node, "lon") == 0 ? g.share.at[i].before : lon;
	CHECK_NEAR(lon, 1, 1e-9);
	gate_free(&g);
	lab_close(&l);
}

/* One visit in ten fails. The others go to syd with a slow dns: 500 + 1240 + 20. At fra it would be 820, so that
 * neither steering (1320) nor dns of 20 (1280) is enough, but both (840). */
static void test_unreachable_also(void)
{
	struct lab l;

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "mumbai-1", "IN");
	for (int i = 0; i < 60; i++) {
		struct visit v[] = {{"www", NULL, "syd", 310, 10, i % 10 < 2 ? 20 : 500, NEL_OK},
		                    {"www", "fra", NULL, 200, 10, -1, NEL_OK}, {"www", "syd", NULL, 310, 10, -1, NEL_OK},
		                    {"origin", NULL, NULL, 5, 5, 5, NEL_OK}};
		if (i % 10 == 9)
			v[0] = (struct visit){.target = "www", .error = NEL_DNS_UNREACHABLE};
		lab_round(&l, "mumbai-1", i / 10.0, v, LAT_COUNT(v));
	}
	struct report r = judge(&l, lab_window(6, 1));
	const struct report_region *g = find(&r, "country/IN");
	CHECK_CASE("unreachable, and slow as well: all fixes of the smallest set stand beside it");
	NEAR(g->objective.ms, 1760);
	CHECK_INT(g->verdict, VERDICT_UNREACHABLE);
	CHECK_INT(g->also.len, 2);
	CHECK_INT(g->also.at[0], VERDICT_MIS_STEERED);
	CHECK_INT(g->also.at[1], VERDICT_SLOW_DNS);
	report_free(&r);
	lab_close(&l);
}

/* London is sent to lon, which is well; on fra two of five fail. */
static void test_gate_of_failures(void)
{
	struct lab l;

	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "london-1", "GB");
	for (int i = 0; i < 30; i++) {
		struct visit v[] = {{"www", NULL, "lon", 10, 10, 10, NEL_OK}, {"www", "lon", NULL, 10, 10, -1, NEL_OK},
		                    {"www", "fra", NULL, 30, 10, -1, i % 5 < 2 ? NEL_TCP_TIMED_OUT : NEL_OK}};
		lab_round(&l, "london-1", i / 5.0, v, 3);
	}
	struct gate g = without(&l, "lon", lab_window(6, 1));
	const struct gate_region *r = region_of(&g, "country/GB");
	CHECK_CASE("a quantile that becomes a failure has no change in milliseconds, nor bounds of one");
	CHECK(r->after_fail && !r->before_fail);
	CHECK(isnan(r->low) && isnan(r->high));
	/* No hour has a failure before, all six have one after. */
	CHECK_INT(r->failures, GATE_FAIL);
	CHECK_INT(g.verdict, GATE_FAIL);
	gate_free(&g);
	lab_close(&l);
}

/* ---- what a recommendation says ----------------------------------------------------------------- */

/* India's mumbai-1 and delhi-1 are served by fra, 100 ms away: 10 + 400 + 20 = 430. A node in Singapore is
 * 30 ms from mumbai-1; from delhi-1 it was never measured. japan's tokyo-1 is 50 ms from it. */
static void test_recommendation(void)
{
	struct lab l;

	lab_open(&l, "objective { metric = \"total\"  quantile = 0.75  limit_ms = 400 }\n"
	             "target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
	             "node \"fra\" { address = {\"192.0.2.1\"} }\nnode \"lon\" { address = {\"192.0.2.2\"} }\n"
	             "candidate \"sin\" { url = \"https://sin.example.net/\" }\n");
	lab_datacenter(&l, "mumbai-1", "IN");
	lab_datacenter(&l, "delhi-1", "IN");
	lab_datacenter(&l, "tokyo-1", "JP");
	for (int hour = 0; hour < 6; hour++) {
		struct visit v[] = {{"www", NULL, "fra", 100, 10, 10, NEL_OK}, {"www", "fra", NULL, 100, 10, -1, NEL_OK},
		                    {"www", "lon", NULL, 120, 10, -1, NEL_OK},
		                    {"sin", NULL, NULL, 30, 5, -1, NEL_OK}};
		lab_round(&l, "mumbai-1", hour, v, 4);
		lab_round(&l, "delhi-1", hour, v, 3);
		v[3].rtt = 50;
		lab_round(&l, "tokyo-1", hour, v, 4);
	}
	struct report r = judge(&l, lab_window(6, 1));
	const struct recommendation *c = &find(&r, "country/JP")->recommend;
	CHECK_CASE("a prediction of 230 from 430 is as wrong as the 430 may be: alpha of that, 2.15");
	/* With two nodes every refit is the same line. */
	CHECK_NEAR(c->predicted_ms, 230, 20);
	CHECK(c->low <= c->predicted_ms - 2.1 && c->high >= c->predicted_ms + 2.1);
	/* Asia is India and Japan alike: 30 has half of the weight though one of India's two measured it, and
	 * where the cumulated weight reaches a half is 30. */
	CHECK_CASE("the round trip to a candidate: who measured it stands for its country");
	NEAR(find(&r, "continent/AS")->recommend.rtt_ms, 30);
	report_free(&r);
	lab_close(&l);
}

int main(void)
{
	test_candidate_where_nearer();
	test_recommendation();
	test_gate_of_failures();
	test_gate_shares();
	test_unreachable_also();
	test_bounds_of_times();
	test_failing_fixes();
	test_generalise();
	test_weights();
	test_blocks_of_a_measure();
	test_blocks_of_a_candidate();
	test_blocks_of_a_gate();
	test_steered_well();
	return check_done();
}
