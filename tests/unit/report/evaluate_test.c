/* A whole report: its regions and their order, its tables, its places and notes. In this
 * world (lab.h) total = dns + 4 rtt + server + 10, ttfb = dns + 3 rtt + server. */
#include "report/evaluate.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

#define NEAR(got, want) CHECK_NEAR(got, want, 0.0101 * (want))

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

static bool noted(const struct report *r, const char *text)
{
	for (size_t i = 0; i < r->notes.len; i++)
		if (strstr(r->notes.at[i], text) != NULL)
			return true;
	return false;
}

static const struct report_node *node(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->nodes.len; i++)
		if (strcmp(r->nodes.at[i].name, name) == 0)
			return &r->nodes.at[i];
	abort();
}

/* total = 10 + 4 rtt + 20 */
static void at(struct lab *l, const char *probe, const char *edge, double rtt)
{
	struct visit v[] = {{"www", NULL, edge, rtt, 10, 10, NEL_OK},
	                    {"www", "fra", NULL, rtt, 12, -1, NEL_OK},
	                    {"origin", NULL, NULL, 2 * rtt, 10, 10, NEL_OK},
	                    {"sin", NULL, NULL, 200, 5, -1, NEL_OK}};

	lab_rounds(l, probe, 0, 6, 5, v, LAT_COUNT(v));
}

/* Germany: two vantages, 50 and 70 ms. France: one, 110. India: 430. */
static void world(struct lab *l)
{
	lab_open(l, LAB_PLAN);
	lab_datacenter(l, "mumbai-1", "IN");
	lab_probe(l, "berlin-1", "DE", 52.52, 13.41, NETWORK_DATACENTER);
	lab_probe(l, "berlin-2", "DE", 52.52, 13.41, NETWORK_EYEBALL);
	lab_datacenter(l, "paris-1", "FR");
	lab_datacenter(l, "nowhere-1", NULL);
	at(l, "mumbai-1", NULL, 100);
	at(l, "berlin-1", "fra", 5);
	at(l, "berlin-2", "fra", 10);
	at(l, "paris-1", "lon", 20);
	at(l, "nowhere-1", "fra", 300);
}

static void test_regions(struct lab *l)
{
	struct evaluate_options o = lab_window(6, 1);
	struct report r = judge(l, o);
	static const char *const ids[] = {"continent/AS", "continent/EU", "country/IN", "country/FR",
	                                  "country/DE"};

	CHECK_CASE("continents by name, then countries by continent and name");
	CHECK_INT(r.regions.len, LAT_COUNT(ids));
	for (size_t i = 0; i < LAT_COUNT(ids) && i < r.regions.len; i++)
		CHECK_STR(r.regions.at[i].id, ids[i]);
	CHECK_STR(r.regions.at[1].code, "EU");
	CHECK_STR(r.regions.at[1].name, "Europe");
	CHECK_STR(r.regions.at[3].name, "France");
	CHECK_STR(r.regions.at[3].continent, "EU");
	CHECK_INT(r.regions.at[4].level, LEVEL_COUNTRY);

	CHECK_CASE("what was asked");
	CHECK_STR(r.plan_rev, l->plan.rev);
	CHECK_INT(r.since_us, LAB_START);
	CHECK_INT(r.blocks, 6);
	CHECK_INT(r.unit_us, US_PER_HOUR);
	CHECK_NEAR(r.limit_ms, 1000, 0);
	CHECK_INT(r.metric, M_TOTAL);
	CHECK_STR(r.basis, "vantages");

	/* Germany half 50, half 70; Europe: 1/4 50, 1/4 70, 1/2 110. */
	CHECK_CASE("a region's quantiles are those of the mixture of its probes");
	const struct report_region *de = find(&r, "country/DE"), *eu = find(&r, "continent/EU");
	NEAR(de->targets.at[0].phase[M_TOTAL][P50].ms, 50);
	NEAR(de->targets.at[0].phase[M_TOTAL][P75].ms, 70);
	NEAR(eu->targets.at[0].phase[M_TOTAL][P50].ms, 70);
	NEAR(eu->targets.at[0].phase[M_TOTAL][P75].ms, 110);
	NEAR(eu->targets.at[0].phase[M_TTFB][P95].ms, 80);   /* 10 + 60 + 10 */
	NEAR(eu->targets.at[0].phase[M_TCP][P50].ms, 10);
	NEAR(eu->targets.at[0].phase[M_TLS][P90].ms, 20);
	NEAR(eu->targets.at[0].phase[M_WAIT][P99].ms, 30);
	NEAR(eu->targets.at[0].phase[M_BODY][P75].ms, 30);
	NEAR(eu->targets.at[0].phase[M_DNS][P75].ms, 10);
	NEAR(eu->targets.at[0].phase[M_MIN_RTT][P75].ms, 20);
	NEAR(eu->targets.at[0].phase[M_SERVER][P50].ms, 10);
	CHECK(isnan(eu->targets.at[0].phase[M_TOTAL_NO_DNS][P50].ms));
	NEAR(eu->objective.ms, 110);
	CHECK_NEAR(eu->objective.ms, eu->targets.at[0].phase[M_TOTAL][P75].ms, 0);
	CHECK_NEAR(eu->objective.low, eu->targets.at[0].phase[M_TOTAL][P75].low, 0);
	CHECK(!isnan(eu->targets.at[0].phase[M_TTFB][P95].low));
	CHECK(isnan(eu->targets.at[0].phase[M_TTFB][P50].low));
	CHECK_NEAR(eu->effective_countries, 2, 1e-12);
	CHECK_NEAR(dist_total(&eu->targets.at[0].total), 1, 1e-9);

	/* dns 10 + 8 rtt + 20 for the baseline: 70, 110 in Germany, 190 in France. */
	CHECK_CASE("the baseline stands beside it");
	CHECK_INT(eu->targets.len, 2);
	CHECK_STR(eu->targets.at[1].name, "origin");
	CHECK_INT(eu->targets.at[1].role, ROLE_BASELINE);
	NEAR(eu->targets.at[1].phase[M_TOTAL][P75].ms, 190);
	CHECK_INT(de->targets.at[1].attempts, 60);
	CHECK_NEAR(de->targets.at[1].availability, 1, 0);
	CHECK_NEAR(de->targets.at[1].failure_low, 0, 0);

	/* Europe: Germany by fra, France by lon. India by an address of no node. */
	CHECK_CASE("who served");
	CHECK_INT(eu->served.len, 2);
	CHECK_STR(eu->served.at[0].node, "fra");
	CHECK_NEAR(eu->served.at[0].share, 0.5, 1e-12);
	CHECK_STR(find(&r, "country/IN")->served.at[0].node, "?");
	CHECK_STR(eu->best_node, "fra");
	NEAR(eu->best_node_rtt_ms, 10);

	CHECK_CASE("who speaks");
	CHECK_INT(de->probes.len, 2);
	CHECK_STR(de->probes.at[0], "berlin-1");
	CHECK(!de->datacenter_only && find(&r, "country/FR")->datacenter_only);
	CHECK_INT(de->attempts, 240); /* two vantages, 30 rounds, four visits */

	CHECK_CASE("places: every vantage, those of no region too");
	CHECK_INT(r.probes.len, 5);
	CHECK_STR(r.probes.at[3].name, "nowhere-1");
	CHECK(r.probes.at[3].country == NULL);
	NEAR(r.probes.at[3].objective.ms, 1230);
	CHECK_STR(r.probes.at[0].name, "berlin-1");
	CHECK_STR(r.probes.at[0].country, "DE");
	CHECK_NEAR(r.probes.at[0].lat, 52.52, 1e-9);
	CHECK_STR(r.probes.at[0].nearest_node, "fra");
	NEAR(r.probes.at[0].nearest_rtt_ms, 5);
	CHECK_INT(r.probes.at[0].attempts, 120);
	CHECK_INT(r.probes.at[0].last_us, LAB_START + 5 * US_PER_HOUR);
	CHECK_INT(r.probes.at[1].network, NETWORK_EYEBALL);

	/* Continents weigh the same: Europe half fra, half lon; Asia none of the nodes. */
	CHECK_CASE("places: nodes, then candidates");
	CHECK_INT(r.nodes.len, 5);
	CHECK_NEAR(node(&r, "fra")->share, 0.25, 1e-12);
	CHECK_NEAR(node(&r, "lon")->share, 0.25, 1e-12);
	CHECK_NEAR(node(&r, "syd")->share, 0, 1e-12);
	NEAR(node(&r, "fra")->server_ms, 12);
	CHECK_INT(node(&r, "fra")->attempts, 150);
	CHECK_NEAR(node(&r, "fra")->availability, 1, 0);
	CHECK(isnan(node(&r, "syd")->availability));
	CHECK(node(&r, "sin")->candidate && isnan(node(&r, "sin")->share));
	CHECK_NEAR(node(&r, "sin")->cost_month, 5, 0);

	CHECK_CASE("notes");
	CHECK(noted(&r, "nowhere-1 has no country: in no region"));
	CHECK(noted(&r, "Germany mixes 1 vantage in datacenters with 1 on visitors' networks"));
	CHECK(!noted(&r, "all vantages stand in datacenters"));
	report_free(&r);
}

static void test_options(struct lab *l)
{
	struct evaluate_options o = lab_window(6, 1);
	char path[300];
	struct err err = {0};

	CHECK_CASE("by probe: a region for each vantage, too");
	o.by_probe = true;
	struct report r = judge(l, o);
	CHECK_INT(r.regions.len, 10);
	CHECK_STR(r.regions.at[5].id, "probe/berlin-1");
	CHECK_STR(r.regions.at[8].id, "probe/nowhere-1");
	CHECK_INT(r.regions.at[8].level, LEVEL_PROBE);
	NEAR(find(&r, "probe/paris-1")->objective.ms, 110);
	report_free(&r);
	o.by_probe = false;

	/* France .9, Germany .1: half of that 50, half 70. */
	CHECK_CASE("a weights file tilts the continent");
	snprintf(path, sizeof path, "%s/weights", l->folder);
	FILE *f = fopen(path, "w");
	if (f == NULL)
		abort();
	fputs("country/FR 0.9\ncountry/DE 0.1\n", f);
	fclose(f);
	o.weights_file = path;
	r = judge(l, o);
	const struct report_region *eu = find(&r, "continent/EU");
	NEAR(eu->targets.at[0].phase[M_TOTAL][P50].ms, 110);
	CHECK_NEAR(eu->effective_countries, 1 / 0.82, 1e-9);
	CHECK_NEAR(eu->served.at[0].share, 0.9, 1e-9);
	NEAR(find(&r, "country/DE")->targets.at[0].phase[M_TOTAL][P75].ms, 70);
	CHECK(noted(&r, "the weights file gives no country of Asia a share: they weigh the same there"));
	report_free(&r);

	CHECK_CASE("a weights file that is wrong");
	f = fopen(path, "w");
	if (f == NULL)
		abort();
	fputs("country/FR\n", f);
	fclose(f);
	CHECK_INT(evaluate_report(l->store, l->registry, &o, &r, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "weights:1:");
	remove(path);
	o.weights_file = NULL;
}

static void test_seed(void)
{
	struct lab l;
	struct evaluate_options o = lab_window(12, 1);

	CHECK_CASE("the same seed gives the same bounds, another others");
	lab_open(&l, LAB_PLAN);
	lab_datacenter(&l, "berlin-1", "DE");
	for (int h = 0; h < 12; h++) {
		struct visit v = {"www", NULL, "fra", 10 + (h * 7) % 12, 10, 10, NEL_OK};
		lab_rounds(&l, "berlin-1", h, h + 1, 3, &v, 1);
	}
	struct report a = judge(&l, o), b = judge(&l, o);
	o.seed = 2;
	struct report c = judge(&l, o);
	CHECK_NEAR(a.regions.at[0].objective.low, b.regions.at[0].objective.low, 0);
	CHECK_NEAR(a.regions.at[0].objective.high, b.regions.at[0].objective.high, 0);
	CHECK_NEAR(a.regions.at[0].objective.ms, c.regions.at[0].objective.ms, 0);
	CHECK(a.regions.at[0].targets.at[0].phase[M_TTFB][P95].low
	              != c.regions.at[0].targets.at[0].phase[M_TTFB][P95].low
	      || a.regions.at[0].objective.low != c.regions.at[0].objective.low
	      || a.regions.at[0].objective.high != c.regions.at[0].objective.high);
	CHECK_INT(c.seed, 2);
	report_free(&a);
	report_free(&b);
	report_free(&c);
	lab_close(&l);
}

static void test_ttfb(void)
{
	struct lab l;

	/* ttfb = 10 + 60 + 10. */
	CHECK_CASE("an objective on the first byte");
	lab_open(&l, "objective { metric = \"ttfb\" quantile = 0.9 limit_ms = 75 }\n"
	         "target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
	         "node \"fra\" { address = {\"192.0.2.1\"} }\n");
	lab_datacenter(&l, "berlin-1", "DE");
	struct visit v[] = {{"www", NULL, "fra", 20, 10, 10, NEL_OK},
	                    {"www", "fra", NULL, 20, 10, -1, NEL_OK}};
	lab_rounds(&l, "berlin-1", 0, 6, 5, v, 2);
	struct report r = judge(&l, lab_window(6, 1));
	const struct report_region *g = find(&r, "country/DE");
	NEAR(g->objective.ms, 80);
	CHECK_INT(g->verdict, VERDICT_UNMET);
	CHECK_CONTAINS(g->why, "p90 of ttfb is 80 ms at berlin-1, ");
	CHECK_NEAR(g->targets.at[0].phase[M_TTFB][P90].ms, g->objective.ms, 0);
	CHECK(noted(&r, "all vantages stand in datacenters"));
	report_free(&r);
	lab_close(&l);
}

int main(void)
{
	struct lab l;

	world(&l);
	test_regions(&l);
	test_options(&l);
	lab_close(&l);
	test_seed();
	test_ttfb();

	CHECK_CASE("policies by name");
	CHECK_INT(policy_of("observed"), POLICY_OBSERVED);
	CHECK_INT(policy_of("best"), POLICY_BEST);
	CHECK_INT(policy_of("geo"), POLICY_GEO);
	CHECK_INT(policy_of("random"), -1);
	CHECK_INT(policy_of(NULL), -1);
	CHECK_CASE("names of verdicts and fixes");
	CHECK_STR(verdict_name(VERDICT_NEEDS_NODE), "needs-node");
	CHECK_STR(verdict_name((enum verdict)99), "unknown");
	CHECK_STR(fix_name(FIX_EDGE), "edge");
	CHECK_STR(gate_verdict_name(GATE_INCONCLUSIVE), "INCONCLUSIVE");
	return check_done();
}
