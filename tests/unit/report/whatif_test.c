/* The gate on a change that was not made yet. In this world (lab.h) total = dns + 4 rtt +
 * server + 10; servers take 10. */
#include "report/evaluate.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

#define NEAR(got, want)                                                                                      \
	CHECK_NEAR(got, want, 0.0151 * (want)) /* buckets are 1 % wide, sums of two a little more */

struct asked {
	const char *add, *remove, *require;
	enum policy policy;
};

static int try(struct lab *l, double hours, double block, struct asked a, struct gate *g, struct err *err)
{
	struct whatif_options o = {.common = lab_window(hours, block), .add = &a.add, .adds = a.add != NULL,
	                           .remove = &a.remove, .removes = a.remove != NULL, .policy = a.policy,
	                           .require = &a.require, .requires = a.require != NULL};

	return evaluate_whatif(l->store, l->registry, &o, g, err);
}

static struct gate ask(struct lab *l, struct asked a)
{
	struct gate g;
	struct err err = {0};

	lab_must(try(l, 6, 1, a, &g, &err), &err);
	return g;
}

static const struct gate_region *find(const struct gate *g, const char *id)
{
	for (size_t i = 0; i < g->regions.len; i++)
		if (strcmp(g->regions.at[i].id, id) == 0)
			return &g->regions.at[i];
	return NULL;
}

static double share(const struct gate *g, const char *node, bool after)
{
	for (size_t i = 0; i < g->share.len; i++)
		if (strcmp(g->share.at[i].node, node) == 0)
			return after ? g->share.at[i].after : g->share.at[i].before;
	return -1;
}

/* A vantage that is served by one node and measures all. */
static void at(struct lab *l, const char *probe, const char *country, const char *by, double served_rtt,
               double fra, double lon, double syd, double sin_rtt)
{
	struct visit v[] = {{"www", NULL, by, served_rtt, 10, 10, NEL_OK},
	                    {"www", "fra", NULL, fra, 10, -1, NEL_OK},
	                    {"www", "lon", NULL, lon, 10, -1, NEL_OK},
	                    {"www", "syd", NULL, syd, 10, -1, NEL_OK},
	                    {"sin", NULL, NULL, sin_rtt, 5, -1, NEL_OK}};

	lab_datacenter(l, probe, country);
	lab_rounds(l, probe, 0, 6, 5, v, LAT_COUNT(v));
}

/* London at lon: 10 + 40 + 20 = 70. Berlin at fra: 10 + 60 + 20 = 90. Mumbai at fra: 10 + 480
 * + 20 = 510. */
static void world(struct lab *l)
{
	lab_open(l, LAB_PLAN);
	at(l, "london-1", "GB", "lon", 10, 30, 10, 300, 170);
	at(l, "berlin-1", "DE", "fra", 15, 15, 25, 290, 160);
	at(l, "mumbai-1", "IN", "fra", 120, 120, 130, 150, 34);
}

static void test_nothing(struct lab *l)
{
	struct gate g = ask(l, (struct asked){0});

	CHECK_CASE("no change at all: nothing, exactly, and PASS");
	CHECK_INT(g.verdict, GATE_PASS);
	CHECK_INT(g.regions.len, 5); /* three countries, two continents */
	for (size_t i = 0; i < g.regions.len; i++) {
		const struct gate_region *r = &g.regions.at[i];
		CHECK_NEAR(r->delta_ms, 0, 0);
		CHECK_NEAR(r->low, 0, 0);
		CHECK_NEAR(r->high, 0, 0);
		CHECK_NEAR(r->before_ms, r->after_ms, 0);
		CHECK_INT(r->verdict, GATE_PASS);
		CHECK_INT(r->crosses, 0);
	}
	CHECK_STR(g.regions.at[0].id,
	          "country/IN"); /* Asia before Europe, Germany before the United Kingdom */
	CHECK_STR(g.regions.at[1].id, "country/DE");
	CHECK_STR(g.regions.at[2].id, "country/GB");
	CHECK_STR(g.regions.at[3].id, "continent/AS");
	CHECK_STR(g.regions.at[4].id, "continent/EU");
	CHECK_STR(find(&g, "country/DE")->why, "nothing changes at berlin-1: p75 of total stays at 90 ms.");
	CHECK_STR(g.policy, "observed");
	CHECK_STR(g.basis, "vantages");
	gate_free(&g);
}

static void test_remove(struct lab *l)
{
	struct gate g = ask(l, (struct asked){.remove = "lon"});
	const struct gate_region *r = find(&g, "country/GB");

	/* london-1 by address at fra: 120 + 20, and 10 of dns: 150. */
	CHECK_CASE("a node removed: who had it goes to the best remaining one");
	CHECK_INT(g.verdict, GATE_FAIL);
	CHECK_INT(r->verdict, GATE_FAIL);
	CHECK_INT(r->failures, GATE_PASS);
	NEAR(r->before_ms, 70);
	NEAR(r->after_ms, 150);
	CHECK_NEAR(r->delta_ms, r->after_ms - r->before_ms, 1e-12);
	CHECK_NEAR(r->margin_ms, 10, 1e-12);
	/* Nothing varies: the bounds are alpha times both away. */
	CHECK_NEAR(r->high - r->delta_ms, 0.005 * (r->before_ms + r->after_ms), 1e-6);
	CHECK_NEAR(r->delta_ms - r->low, 0.005 * (r->before_ms + r->after_ms), 1e-6);
	CHECK_INT(r->blocks, 6);
	CHECK_INT(r->crosses, 0);
	CHECK_STR(r->target, "www");
	CHECK_CONTAINS(r->why, "at london-1, sent to fra; a change of +");
	CHECK_STR(g.remove.at[0], "lon");

	CHECK_CASE("others do not move");
	CHECK_NEAR(find(&g, "country/DE")->delta_ms, 0, 0);
	CHECK_NEAR(find(&g, "country/IN")->delta_ms, 0, 0);
	CHECK_INT(find(&g, "continent/AS")->verdict, GATE_PASS);

	/* Europe: half 70, half 90; afterwards half 90, half 150: p75 from 90 to 150. */
	CHECK_CASE("the continent is the mixture of its countries");
	NEAR(find(&g, "continent/EU")->before_ms, 90);
	NEAR(find(&g, "continent/EU")->after_ms, 150);
	CHECK_INT(find(&g, "continent/EU")->verdict, GATE_FAIL);

	/* Europe: fra and lon one half each; Asia: fra. Continents weigh the same. */
	CHECK_CASE("who serves how much, before and after");
	CHECK_NEAR(share(&g, "fra", false), 0.75, 1e-12);
	CHECK_NEAR(share(&g, "lon", false), 0.25, 1e-12);
	CHECK_NEAR(share(&g, "fra", true), 1, 1e-12);
	CHECK_NEAR(share(&g, "lon", true), 0, 1e-12);
	CHECK_NEAR(share(&g, "syd", true), 0, 1e-12);
	gate_free(&g);
}

static void test_add(struct lab *l)
{
	struct gate g = ask(l, (struct asked){.add = "sin"});
	const struct gate_region *r = find(&g, "country/IN");

	/* 510 - 4 * (120 - 34) = 166. */
	CHECK_CASE("a candidate added: who is nearer to it goes there");
	CHECK_INT(g.verdict, GATE_PASS);
	CHECK_INT(r->verdict, GATE_PASS);
	NEAR(r->before_ms, 510);
	CHECK_NEAR(r->after_ms, 166, 10);
	CHECK_NEAR(r->margin_ms, 0.1 * r->before_ms, 1e-9);
	CHECK(r->high < -300);
	CHECK(!r->extrapolated);
	CHECK_CONTAINS(r->why, "sent to sin");
	CHECK_NEAR(find(&g, "country/GB")->delta_ms, 0, 0);
	CHECK_NEAR(share(&g, "sin", true), 0.5, 1e-12);
	CHECK_NEAR(share(&g, "sin", false), 0, 1e-12);
	gate_free(&g);

	CHECK_CASE("a candidate that nobody measured is no PASS");
	g = ask(l, (struct asked){.add = "bom"});
	CHECK_INT(g.verdict, GATE_INCONCLUSIVE);
	bool told = false;
	for (size_t i = 0; i < g.notes.len; i++)
		told |= strstr(g.notes.at[i], "candidate bom was not measured") != NULL;
	CHECK(told);
	gate_free(&g);
}

static void test_usage(struct lab *l)
{
	struct gate g;
	struct err err = {0};

	CHECK_CASE("names that the plan does not have");
	CHECK_INT(try(l, 6, 1, (struct asked){.remove = "lonn"}, &g, &err), LAT_USAGE);
	CHECK_STR(err.text, "no node lonn in the plan; there are: fra, lon, syd");
	CHECK_INT(try(l, 6, 1, (struct asked){.add = "fre"}, &g, &err), LAT_USAGE);
	CHECK_STR(err.text, "no candidate fre in the plan; there are: sin, bom");
	CHECK_INT(try(l, 6, 1, (struct asked){.add = "fra"}, &g, &err), LAT_USAGE);
	CHECK_STR(err.text, "fra is a node already; candidates are: sin, bom");
	CHECK_INT(try(l, 6, 1, (struct asked){.require = "India"}, &g, &err), LAT_USAGE);
	CHECK_CONTAINS(err.text, "India is no region");

	CHECK_CASE("nothing left");
	const char *all[] = {"fra", "lon", "syd"};
	struct whatif_options o = {.common = lab_window(6, 1), .remove = all, .removes = 3};
	CHECK_INT(evaluate_whatif(l->store, l->registry, &o, &g, &err), LAT_USAGE);
	CHECK_CONTAINS(err.text, "nothing would be left");
}

static void test_require(struct lab *l)
{
	CHECK_CASE("a region that must be judged and has no data blocks a PASS");
	struct gate g = ask(l, (struct asked){.require = "country/JP"});
	CHECK_INT(g.verdict, GATE_INCONCLUSIVE);
	CHECK_INT(g.required_missing.len, 1);
	CHECK_STR(g.required_missing.at[0], "country/JP");
	gate_free(&g);
	g = ask(l, (struct asked){.require = "country/IN"});
	CHECK_INT(g.verdict, GATE_PASS);
	CHECK_INT(g.required_missing.len, 0);
	gate_free(&g);

	CHECK_CASE("one without data that nobody asked for is listed, and does not block");
	lab_datacenter(l, "tokyo-1", "JP");
	g = ask(l, (struct asked){0});
	CHECK_INT(g.verdict, GATE_PASS);
	CHECK_INT(g.not_judged.len, 1);
	CHECK_STR(g.not_judged.at[0], "country/JP");
	gate_free(&g);

	CHECK_CASE("three blocks are too few");
	struct err err = {0};
	lab_must(try(l, 3, 1, (struct asked){0}, &g, &err), &err);
	CHECK_INT(g.verdict, GATE_INCONCLUSIVE);
	CHECK_INT(find(&g, "country/IN")->verdict, GATE_INCONCLUSIVE);
	CHECK_CONTAINS(find(&g, "country/IN")->why, "data of both in 3 blocks of 1 h at mumbai-1");
	gate_free(&g);
}

static void test_shares(void)
{
	struct visit all[] = {{"www", NULL, NULL, 0, 10, 10, NEL_OK},
	                      {"www", "fra", NULL, 30, 10, -1, NEL_OK},
	                      {"www", "lon", NULL, 10, 10, -1, NEL_OK}};
	struct lab l;

	/* Six visits in ten at lon (70), four at fra (150): p50 is 70. Without lon all are at fra.
	 * Four of ten stay as they were, whatever by address says. */
	CHECK_CASE("shares move, not vantages");
	lab_open(&l, "objective { quantile = 0.5 limit_ms = 100 metric = \"total\" }\n"
	         "target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
	         "node \"fra\" { address = {\"192.0.2.1\"} }\nnode \"lon\" { address = {\"192.0.2.2\"} }\n");
	lab_datacenter(&l, "london-1", "GB");
	for (int i = 0; i < 60; i++) {
		all[0].edge = i % 10 < 6 ? "lon" : "fra";
		all[0].rtt = i % 10 < 6 ? 10 : 30;
		lab_round(&l, "london-1", i / 10.0, all, 3);
	}
	struct gate g = ask(&l, (struct asked){.remove = "lon"});
	const struct gate_region *r = find(&g, "country/GB");
	NEAR(r->before_ms, 70);
	NEAR(r->after_ms, 150);
	CHECK_INT(r->crosses, 1);
	CHECK_CONTAINS(r->why, "it would no longer meet the objective");
	CHECK_NEAR(share(&g, "lon", false), 0.6, 1e-9);
	CHECK_NEAR(share(&g, "fra", false), 0.4, 1e-9);
	gate_free(&g);

	/* fra removed: 4 of ten go to lon by address, which is what lon takes: all 70. */
	CHECK_CASE("and to better places, too");
	g = ask(&l, (struct asked){.remove = "fra"});
	r = find(&g, "country/GB");
	NEAR(r->after_ms, 70);
	CHECK_INT(r->verdict, GATE_PASS);
	gate_free(&g);
	lab_close(&l);

	/* 11 in 20 from lon, through DNS 70; 9 from syd, 1230. By address fra (150) is better than lon
	 * (190), so it gets what syd had: still 11 in 20 take 70, and p50 is 70, p60 would be 150. */
	CHECK_CASE("a share keeps its weight");
	lab_open(&l, "objective { quantile = 0.5 limit_ms = 100 metric = \"total\" }\n"
	         "target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
	         "node \"fra\" { address = {\"192.0.2.1\"} }\nnode \"lon\" { address = {\"192.0.2.2\"} }\n"
	         "node \"syd\" { address = {\"192.0.2.3\"} }\n");
	lab_datacenter(&l, "london-1", "GB");
	for (int i = 0; i < 120; i++) {
		struct visit v[] = {
			{"www", NULL, i % 20 < 11 ? "lon" : "syd", i % 20 < 11 ? 10 : 300, 10, 10, NEL_OK},
			{"www", "fra", NULL, 30, 10, -1, NEL_OK},
			{"www", "lon", NULL, 40, 10, -1, NEL_OK},
			{"www", "syd", NULL, 300, 10, -1, NEL_OK}};
		lab_round(&l, "london-1", i / 20.0, v, 4);
	}
	g = ask(&l, (struct asked){.remove = "syd"});
	r = find(&g, "country/GB");
	NEAR(r->before_ms, 70);
	NEAR(r->after_ms, 70);
	CHECK_NEAR(share(&g, "syd", false), 0.45, 1e-9);
	CHECK_NEAR(share(&g, "fra", true), 0.45, 1e-9);
	CHECK_NEAR(share(&g, "lon", true), 0.55, 1e-9);
	gate_free(&g);
	lab_close(&l);
}

static void test_failures(void)
{
	struct visit all[] = {{"www", NULL, "lon", 10, 10, 10, NEL_OK},
	                      {"www", "fra", NULL, 11, 10, -1, NEL_OK},
	                      {"www", "lon", NULL, 10, 10, -1, NEL_OK}};
	struct visit bad = {"www", "fra", NULL, 0, 0, -1, NEL_TCP_RESET};
	struct lab l;

	/* By address fra takes 74 with dns, within the margin of 70 + 10; but in every hour one of
	 * its ten visits fails: 0 of 6 units before, 6 of 6 after. */
	CHECK_CASE("a fallback that fails now and then: as fast, and worse");
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "london-1", "GB");
	for (int i = 0; i < 60; i++) {
		struct visit v[] = {all[0], i % 10 == 3 ? bad : all[1], all[2]};
		lab_round(&l, "london-1", i / 10.0, v, 3);
	}
	struct gate g = ask(&l, (struct asked){.remove = "lon"});
	const struct gate_region *r = find(&g, "country/GB");
	NEAR(r->after_ms, 74);
	CHECK(r->high < r->margin_ms);
	CHECK_INT(r->failures, GATE_FAIL);
	CHECK_INT(r->verdict, GATE_FAIL);
	CHECK_INT(g.verdict, GATE_FAIL);
	CHECK_NEAR(r->failing_before, 0, 0);
	CHECK_NEAR(r->failing_after, 1, 0);
	CHECK_CONTAINS(r->why, "probe-hours with a failure go from 0 to 6 of 6");
	gate_free(&g);
	lab_close(&l);

	/* One in 60 fails: 1 unit of 6, which may be chance (lower bound below 0). */
	CHECK_CASE("one failing unit more cannot be told from chance");
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "london-1", "GB");
	for (int i = 0; i < 60; i++) {
		struct visit v[] = {all[0], i == 33 ? bad : all[1], all[2]};
		lab_round(&l, "london-1", i / 10.0, v, 3);
	}
	g = ask(&l, (struct asked){.remove = "lon"});
	CHECK_INT(find(&g, "country/GB")->failures, GATE_INCONCLUSIVE);
	CHECK_INT(g.verdict, GATE_INCONCLUSIVE);
	gate_free(&g);
	lab_close(&l);

	/* Every second visit to fra fails: its p75 is a failure. */
	CHECK_CASE("a quantile among the failures: failures alone decide");
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "london-1", "GB");
	for (int i = 0; i < 60; i++) {
		struct visit v[] = {all[0], i % 2 == 0 ? bad : all[1], all[2]};
		lab_round(&l, "london-1", i / 10.0, v, 3);
	}
	g = ask(&l, (struct asked){.remove = "lon"});
	r = find(&g, "country/GB");
	CHECK(r->after_fail && !r->before_fail);
	CHECK_NEAR(r->after_ms, 10000, 1e-6);
	CHECK_INT(r->verdict, GATE_FAIL);
	CHECK_INT(r->crosses, 1);
	CHECK_CONTAINS(r->why, "p75 of total is a failure after at london-1");
	gate_free(&g);
	lab_close(&l);

	/* Before, one in five fails in each hour, and p75 is a success; by address two in five do. All
	 * units fail before as after, so that the failures do not tell: but it is no PASS. */
	CHECK_CASE("a quantile that gets among the failures is no PASS");
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "london-1", "GB");
	for (int i = 0; i < 60; i++) {
		struct visit failed = {"www", NULL, "lon", 0, 0, -1, NEL_TCP_RESET};
		struct visit v[] = {i % 5 == 0 ? failed : all[0], i % 5 < 2 ? bad : all[1], all[2]};
		lab_round(&l, "london-1", i / 10.0, v, 3);
	}
	g = ask(&l, (struct asked){.remove = "lon"});
	r = find(&g, "country/GB");
	CHECK(r->after_fail && !r->before_fail);
	CHECK_INT(r->failures, GATE_PASS);
	CHECK_INT(r->verdict, GATE_INCONCLUSIVE);
	gate_free(&g);

	/* The other way round, p75 is a failure at both: fra removed, nothing moves. */
	CHECK_CASE("a quantile among the failures before: failures alone decide");
	lab_close(&l);
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "london-1", "GB");
	for (int i = 0; i < 60; i++) {
		struct visit failed = {"www", NULL, "lon", 0, 0, -1, NEL_TCP_RESET};
		struct visit v[] = {i % 5 < 2 ? failed : all[0], all[1], all[2]};
		lab_round(&l, "london-1", i / 10.0, v, 3);
	}
	g = ask(&l, (struct asked){.remove = "lon"});
	r = find(&g, "country/GB");
	CHECK(r->before_fail && !r->after_fail);
	CHECK_INT(r->verdict, GATE_PASS);
	CHECK_INT(r->crosses, -1);
	CHECK_CONTAINS(r->why, "p75 of total is a failure before at london-1, so failures alone decide");
	gate_free(&g);
	lab_close(&l);
}

static void test_hidden(void)
{
	struct lab l;

	/* Five vantages of one country: four at fra (90), one at lon (70), which goes to fra by
	 * address (150): a fifth of the weight, above p75, which stays 90. */
	CHECK_CASE("a vantage that loses under a region that does not");
	lab_open(&l, LAB_PLAN);
	at(&l, "a-1", "GB", "fra", 15, 15, 25, 290, 160);
	at(&l, "a-2", "GB", "fra", 15, 15, 25, 290, 160);
	at(&l, "a-3", "GB", "fra", 15, 15, 25, 290, 160);
	at(&l, "a-4", "GB", "fra", 15, 15, 25, 290, 160);
	at(&l, "z-1", "GB", "lon", 10, 30, 10, 300, 170);
	struct gate g = ask(&l, (struct asked){.remove = "lon"});
	const struct gate_region *r = find(&g, "country/GB");
	CHECK_INT(r->verdict, GATE_PASS);
	NEAR(r->before_ms, 90);
	NEAR(r->after_ms, 90);
	CHECK_INT(r->hidden.len, 1);
	CHECK_STR(r->hidden.at[0], "z-1");
	CHECK_CONTAINS(r->why, "hidden by the region: z-1");
	CHECK_INT(g.verdict, GATE_PASS);
	gate_free(&g);
	lab_close(&l);
}

static void test_policies(void)
{
	struct lab l;

	/* london-1 is sent to syd (1230), best by address is lon (10 + 40 + 20 = 70). Under
	 * `best` it is at lon before, at fra (150) after lon is gone. */
	CHECK_CASE("best: every vantage at its best node, before and after");
	lab_open(&l, LAB_PLAN);
	at(&l, "london-1", "GB", "syd", 300, 30, 10, 300, 170);
	struct gate g = ask(&l, (struct asked){.remove = "lon", .policy = POLICY_BEST});
	const struct gate_region *r = find(&g, "country/GB");
	NEAR(r->before_ms, 70);
	NEAR(r->after_ms, 150);
	CHECK_INT(r->verdict, GATE_FAIL);
	CHECK_NEAR(share(&g, "lon", false), 1, 0);
	CHECK_NEAR(share(&g, "fra", true), 1, 0);
	gate_free(&g);

	CHECK_CASE("observed: what it does not use, it does not miss");
	g = ask(&l, (struct asked){.remove = "lon"});
	CHECK_NEAR(find(&g, "country/GB")->delta_ms, 0, 0);
	NEAR(find(&g, "country/GB")->before_ms, 1240);
	gate_free(&g);

	CHECK_CASE("geo: without a place there is nothing to judge");
	g = ask(&l, (struct asked){.remove = "lon", .policy = POLICY_GEO});
	CHECK_INT(g.verdict, GATE_INCONCLUSIVE);
	CHECK_INT(g.regions.len, 0);
	CHECK_INT(g.not_judged.len, 2);
	gate_free(&g);
	lab_close(&l);

	/* Madrid: lon is nearer on the map (1260 km) than fra (1450), but fra is nearer on the net. */
	CHECK_CASE("geo: every vantage at the node that is nearest on the map");
	lab_open(&l, LAB_PLAN);
	lab_probe(&l, "madrid-1", "ES", 40.42, -3.70, NETWORK_DATACENTER);
	struct visit v[] = {{"www", NULL, "fra", 25, 10, 10, NEL_OK},
	                    {"www", "fra", NULL, 25, 10, -1, NEL_OK},
	                    {"www", "lon", NULL, 40, 10, -1, NEL_OK},
	                    {"www", "syd", NULL, 300, 10, -1, NEL_OK},
	                    {"sin", NULL, NULL, 150, 5, -1, NEL_OK}};
	lab_rounds(&l, "madrid-1", 0, 6, 5, v, 5);
	g = ask(&l, (struct asked){.remove = "lon", .policy = POLICY_GEO});
	r = find(&g, "country/ES");
	NEAR(r->before_ms, 190); /* 10 + 160 + 20 */
	NEAR(r->after_ms, 130);  /* 10 + 100 + 20 */
	CHECK_INT(r->verdict, GATE_PASS);
	gate_free(&g);
	lab_close(&l);
}

static void test_gaps(void)
{
	struct visit v[] = {{"www", NULL, "lon", 10, 10, 10, NEL_OK},
	                    {"www", "lon", NULL, 10, 10, -1, NEL_OK},
	                    {"www", "fra", NULL, 30, 10, -1, NEL_OK}};
	struct visit slow[] = {{"www", NULL, "lon", 100, 10, 10, NEL_OK},
	                       {"www", "lon", NULL, 100, 10, -1, NEL_OK}};
	struct lab l;

	/* fra is measured in four blocks of six; in the two others lon is slow, which would be held
	 * in favour of the change if all blocks counted. */
	CHECK_CASE("only units in which both arms have data count");
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "london-1", "GB");
	lab_rounds(&l, "london-1", 0, 4, 5, v, 3);
	lab_rounds(&l, "london-1", 4, 6, 5, slow, 2);
	struct gate g = ask(&l, (struct asked){.remove = "lon"});
	const struct gate_region *r = find(&g, "country/GB");
	NEAR(r->before_ms, 70);
	NEAR(r->after_ms, 150);
	CHECK_INT(r->blocks, 4);
	CHECK_INT(r->verdict, GATE_FAIL);
	gate_free(&g);
	lab_close(&l);
}

/* One vantage loses about its margin, with noise from block to block. */
static struct gate marginal(double noise, int others)
{
	static const char *const countries[] = {"DE", "FR", "IT", "ES", "NL", "BE", "PL", "SE", "NO", "FI"};
	static const double pattern[] = {-1, 0.2, 0.65, -0.3, 1, -0.55, 0.85, -0.75, 0.4, -0.15, 0.05, -0.4};
	struct lab l;
	struct visit v[] = {{"www", NULL, "lon", 10, 10, 10, NEL_OK},
	                    {"www", "lon", NULL, 10, 10, -1, NEL_OK},
	                    {"www", "fra", NULL, 30, 10, -1, NEL_OK}};

	lab_open(&l, LAB_PLAN);
	for (int i = -1; i < others; i++) {
		char name[24];
		snprintf(name, sizeof name, "probe-%d", i + 1);
		lab_datacenter(&l, name, i < 0 ? "GB" : countries[i]);
		for (int hour = 0; hour < 12; hour++) {
			v[2].rtt = i < 0 ? 16 + noise * pattern[hour] : 10; /* 70 -> 94 */
			lab_rounds(&l, name, hour, hour + 1, 5, v, 3);
		}
	}
	struct gate g;
	struct err err = {0};
	lab_must(try(&l, 12, 1, (struct asked){.remove = "lon"}, &g, &err), &err);
	lab_close(&l);
	return g;
}

static void test_holm(void)
{
	double noise;
	struct gate g;

	CHECK_CASE("a FAIL that would be one of many by chance is none after Holm");
	/* The noisiest that still fails alone has a p-value just below 0.05. */
	for (noise = 20; noise > 0; noise -= 0.25) {
		g = marginal(noise, 0);
		enum gate_verdict verdict = g.verdict;
		gate_free(&g);
		if (verdict == GATE_FAIL)
			break;
		CHECK_INT(verdict, GATE_INCONCLUSIVE);
	}
	/* Were the continent of that one country a second test of the same, it would be 14.25. */
	CHECK(noise > 15 && noise < 16);
	g = marginal(noise, 10);
	CHECK_INT(find(&g, "country/GB")->verdict, GATE_INCONCLUSIVE);
	CHECK_CONTAINS(find(&g, "country/GB")->why, "FAIL by itself, but not among as many regions (Holm)");
	CHECK_INT(find(&g, "country/DE")->verdict, GATE_PASS);
	CHECK_INT(g.verdict, GATE_INCONCLUSIVE);
	CHECK_INT(find(&g, "country/GB")->hidden.len, 1); /* the vantage alone fails */
	gate_free(&g);

	CHECK_CASE("a plain FAIL stays one");
	g = marginal(0, 10);
	CHECK_INT(find(&g, "country/GB")->verdict, GATE_FAIL);
	CHECK_INT(g.verdict, GATE_FAIL);
	gate_free(&g);
}

int main(void)
{
	struct lab l;

	world(&l);
	test_nothing(&l);
	test_remove(&l);
	test_add(&l);
	test_usage(&l);
	test_require(&l);
	lab_close(&l);
	test_shares();
	test_failures();
	test_hidden();
	test_policies();
	test_gaps();
	test_holm();
	return check_done();
}
