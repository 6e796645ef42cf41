/* An objective on round trips: judged where there is nothing but these, by address. Blocks of an
 * hour, five of them; milliseconds. */
#include "report/evaluate.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

#define NEAR(got, want) CHECK_NEAR(got, want, 0.0101 * (want)) /* buckets are 1 % wide */
#define HOURS 5

#define RTT_PLAN                                                                                   \
	"objective { metric = \"min_rtt\"  quantile = 0.75  limit_ms = 80 }\n"                     \
	"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"                   \
	"node \"fra\" { address = {\"192.0.2.1\"} }\n"                                             \
	"node \"lon\" { address = {\"192.0.2.2\"} }\n"                                             \
	"candidate \"bom\" { url = \"https://bom.example.net/\" city = \"Mumbai\" }\n"             \
	"candidate \"sin\" { url = \"https://sin.example.net/\" city = \"Singapore\" }\n"

/* One round trip and nothing else; below 0: no answer. `node` NULL: to a candidate, or through DNS. */
static void ping(struct lab *l, const char *probe, double hour, const char *target, const char *node, double rtt)
{
	struct visit v = {target, node, NULL, rtt, 0, -1, rtt < 0 ? NEL_TCP_TIMED_OUT : NEL_OK};

	lab_begin(l, probe, hour);
	struct sample *s = lab_sample(l, &v, NULL);
	s->nth = 1;
	l->batch.round_ok = 1; /* other targets did answer: no outage of its own */
	s->tcp_us = s->tls_us = s->wait_us = s->body_us = US_NONE;
	lab_end(l);
}

/* Two in each hour. */
static void pings(struct lab *l, const char *probe, const char *target, const char *node, double one, double two)
{
	for (int hour = 0; hour < HOURS; hour++) {
		ping(l, probe, hour, target, node, one);
		ping(l, probe, hour + 0.5, target, node, two);
	}
}

static void silent_on_dns(struct lab *l, const char *plan)
{
	lab_open(l, plan);
	lab_datacenter(l, "london-1", "GB");
	lab_datacenter(l, "mumbai-1", "IN");
	pings(l, "london-1", "www", "lon", 10, 12);
	pings(l, "london-1", "www", "fra", 40, 42);
	pings(l, "london-1", "bom", NULL, 120, 124);
	pings(l, "mumbai-1", "www", "lon", 150, 160);
	pings(l, "mumbai-1", "www", "fra", 100, 140);
	pings(l, "mumbai-1", "bom", NULL, 40, 60);
	pings(l, "mumbai-1", "sin", NULL, 70, 72);
}

static int gate(struct lab *l, struct evaluate_options common, const char *add, const char *remove,
                enum policy policy, struct gate *g, struct err *err)
{
	struct whatif_options o = {.common = common, .add = &add, .adds = add != NULL, .remove = &remove,
	                           .removes = remove != NULL, .policy = policy};

	return evaluate_whatif(l->store, l->registry, &o, g, err);
}

static struct gate ask(struct lab *l, const char *add, const char *remove, enum policy policy)
{
	struct gate g;
	struct err err = {0};

	lab_must(gate(l, lab_window(HOURS, 1), add, remove, policy, &g, &err), &err);
	return g;
}

static const struct gate_region *find(const struct gate *g, const char *id)
{
	for (size_t i = 0; i < g->regions.len; i++)
		if (strcmp(g->regions.at[i].id, id) == 0)
			return &g->regions.at[i];
	abort();
}

static struct report report(struct lab *l, struct evaluate_options o)
{
	struct report r;
	struct err err = {0};

	lab_must(evaluate_report(l->store, l->registry, &o, &r, &err), &err);
	return r;
}

static const struct report_region *region(const struct report *r, const char *id)
{
	for (size_t i = 0; i < r->regions.len; i++)
		if (strcmp(r->regions.at[i].id, id) == 0)
			return &r->regions.at[i];
	abort();
}

static bool noted(const char *const *at, size_t n, const char *part)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(at[i], part) != NULL)
			return true;
	return false;
}

/* p75 of 100 and 140, as often each, is 140; of the candidate's 40 and 60 it is 60. (The node's
 * samples moved by the difference of the medians would reach 140 - (120 - 50) = 70.) */
static void test_add(struct lab *l)
{
	for (int policy = POLICY_OBSERVED; policy <= POLICY_BEST; policy++) {
		struct gate g = ask(l, "bom", NULL, (enum policy)policy);
		const struct gate_region *r = find(&g, "country/IN");

		CHECK_CASE(policy == POLICY_BEST ? "add, best" : "add, observed: a candidate's own round trips");
		CHECK_INT(g.verdict, GATE_PASS);
		CHECK_INT(g.metric, M_MIN_RTT);
		NEAR(r->before_ms, 140);
		NEAR(r->after_ms, 60);
		CHECK(r->high < -75 && r->low > -85);
		CHECK_INT(r->crosses, -1);
		CHECK(!r->extrapolated);
		CHECK_INT(r->blocks, HOURS);
		CHECK_CONTAINS(r->why, " to 60 ms at mumbai-1, sent to bom");
		CHECK_NEAR(find(&g, "country/GB")->delta_ms, 0, 0);
		CHECK(noted(g.notes.at, g.notes.len, "london-1 and mumbai-1 have measured nodes by address alone"));
		gate_free(&g);
	}
}

static void test_remove(struct lab *l)
{
	struct gate g = ask(l, NULL, "lon", POLICY_OBSERVED);
	const struct gate_region *r = find(&g, "country/GB");

	CHECK_CASE("remove: 12 becomes 42, where 10 is borne; who had another node stays");
	CHECK_INT(g.verdict, GATE_FAIL);
	CHECK_INT(r->verdict, GATE_FAIL);
	NEAR(r->before_ms, 12);
	NEAR(r->after_ms, 42);
	CHECK_NEAR(r->margin_ms, 10, 1e-12);
	CHECK(r->low > 28 && r->high < 32);
	CHECK_INT(find(&g, "country/IN")->verdict, GATE_PASS);
	CHECK_NEAR(find(&g, "country/IN")->delta_ms, 0, 0);
	gate_free(&g);
}

static void test_report(struct lab *l)
{
	struct report r = report(l, lab_window(HOURS, 1));
	const struct report_region *in = region(&r, "country/IN"), *gb = region(&r, "country/GB");

	CHECK_CASE("report: needs a node, the candidate that is nearest as measured");
	CHECK_INT(in->verdict, VERDICT_NEEDS_NODE);
	NEAR(in->objective.ms, 140);
	CHECK_STR(in->best_node, "fra");
	CHECK_STR(in->recommend.candidate, "bom");
	NEAR(in->recommend.predicted_ms, 60);
	CHECK(in->recommend.meets && !in->recommend.extrapolated);
	CHECK_INT(in->candidates.len, 2);
	NEAR(in->candidates.at[1].predicted_ms, 72);
	CHECK_INT(gb->verdict, VERDICT_OK);
	NEAR(gb->objective.ms, 12);
	NEAR(gb->targets.at[0].phase[M_MIN_RTT][P75].ms, 12);

	CHECK_CASE("report: of steering, dns and servers it says nothing");
	CHECK(isnan(in->fix_ms[FIX_STEERING]) && isnan(in->fix_ms[FIX_DNS]) && isnan(in->fix_ms[FIX_EDGE]));
	CHECK(isnan(in->steering_regret.ms));
	CHECK_INT(in->served.len, 0);
	CHECK(isnan(r.fit_r));
	CHECK(noted(r.notes.at, r.notes.len, "how they are steered is not known"));
	report_free(&r);
}

static void test_override(struct lab *l)
{
	struct evaluate_options o = lab_window(HOURS, 1);
	struct gate g;
	struct err err = {0};

	silent_on_dns(l, LAB_PLAN);
	CHECK_CASE("a plan's objective on total: nothing to judge, and what would");
	lab_must(gate(l, o, NULL, "lon", POLICY_OBSERVED, &g, &err), &err);
	CHECK_INT(g.verdict, GATE_INCONCLUSIVE);
	CHECK_INT(g.regions.len, 0);
	CHECK(noted(g.notes.at, g.notes.len, "--metric min_rtt with --limit-ms"));
	gate_free(&g);

	CHECK_CASE("another metric needs its own limit");
	o.metric_given = true;
	o.metric = M_MIN_RTT;
	CHECK_INT(gate(l, o, NULL, "lon", POLICY_OBSERVED, &g, &err), LAT_USAGE);
	CHECK_CONTAINS(err.text, "--limit-ms");

	CHECK_CASE("with both it is judged by these");
	o.limit_ms = 80;
	lab_must(gate(l, o, NULL, "lon", POLICY_OBSERVED, &g, &err), &err);
	CHECK_INT(g.verdict, GATE_FAIL);
	CHECK_NEAR(g.limit_ms, 80, 0);
	CHECK(noted(g.notes.at, g.notes.len, "not the plan's objective"));
	gate_free(&g);
	lab_close(l);
}

/* One answer in two: the median is 10, p75 is a failure. */
static void test_failures(struct lab *l)
{
	struct gate g;

	lab_open(l, RTT_PLAN);
	lab_datacenter(l, "london-1", "GB");
	pings(l, "london-1", "www", "lon", 10, 10);
	pings(l, "london-1", "www", "fra", 20, -1);
	g = ask(l, NULL, "lon", POLICY_OBSERVED);
	CHECK_CASE("a lost round trip is above every one that came back");
	CHECK(!find(&g, "country/GB")->before_fail);
	CHECK(find(&g, "country/GB")->after_fail);
	CHECK_INT(g.verdict, GATE_FAIL);
	gate_free(&g);

	pings(l, "london-1", "bom", NULL, 5, -1);
	g = ask(l, "bom", NULL, POLICY_OBSERVED);
	CHECK_CASE("so is a candidate's");
	CHECK(find(&g, "country/GB")->after_fail);
	CHECK(g.verdict == GATE_FAIL);
	gate_free(&g);
	lab_close(l);
}

static void test_blocks(struct lab *l)
{
	struct gate g;
	struct err err = {0};

	CHECK_CASE("one block: the point, and no verdict");
	lab_must(gate(l, lab_window(HOURS, 24), "bom", NULL, POLICY_OBSERVED, &g, &err), &err);
	CHECK_INT(g.verdict, GATE_INCONCLUSIVE);
	NEAR(find(&g, "country/IN")->after_ms, 60);
	CHECK(isnan(find(&g, "country/IN")->low));
	CHECK_CONTAINS(find(&g, "country/IN")->why, "in 1 block of 1 d at mumbai-1, where a verdict needs 4; by the "
	               "point only: p75 of min_rtt goes from 1");
	CHECK_CONTAINS(find(&g, "country/GB")->why, "by the point only: nothing changes, p75 of min_rtt stays at 12 ms");
	gate_free(&g);
	struct report r = report(l, lab_window(HOURS, 24));
	CHECK_INT(region(&r, "country/IN")->verdict, VERDICT_NO_DATA);
	CHECK_CONTAINS(region(&r, "country/IN")->why, "by the point only: p75 of min_rtt is 1");
	report_free(&r);
}

/* In blocks of two hours the node in the first hour of each, the candidate in the second; a block
 * without the candidate tells nothing of it. */
static void test_apart(struct lab *l)
{
	struct gate g;
	struct err err = {0};

	lab_open(l, RTT_PLAN);
	lab_datacenter(l, "mumbai-1", "IN");
	for (int block = 0; block < 6; block++) {
		ping(l, "mumbai-1", 2 * block, "www", "fra", 100);
		if (block != 3)
			ping(l, "mumbai-1", 2 * block + 1, "bom", NULL, 50);
	}
	lab_must(gate(l, lab_window(12, 2), "bom", NULL, POLICY_OBSERVED, &g, &err), &err);
	CHECK_CASE("measured in other hours of the same block");
	CHECK_INT(g.verdict, GATE_PASS);
	CHECK_INT(find(&g, "country/IN")->blocks, 5);
	NEAR(find(&g, "country/IN")->after_ms, 50);
	gate_free(&g);
	lab_close(l);
}

/* Visits through DNS tell who answered: then nothing is assumed, and steering is judged. */
static void test_visits(struct lab *l)
{
	struct visit v[] = {{"www", NULL, "fra", 100, 10, 10, NEL_OK},
	                    {"www", "fra", NULL, 100, 10, -1, NEL_OK},
	                    {"www", "lon", NULL, 20, 10, -1, NEL_OK}};

	lab_open(l, RTT_PLAN);
	lab_datacenter(l, "london-1", "GB");
	lab_rounds(l, "london-1", 0, HOURS, 2, v, LAT_COUNT(v));
	struct report r = report(l, lab_window(HOURS, 1));
	const struct report_region *gb = region(&r, "country/GB");
	CHECK_CASE("visits: mis-steered, by the round trip alone");
	CHECK_INT(gb->verdict, VERDICT_MIS_STEERED);
	NEAR(gb->objective.ms, 100);
	NEAR(gb->fix_ms[FIX_STEERING], 20);
	CHECK(isnan(gb->fix_ms[FIX_DNS]) && isnan(gb->fix_ms[FIX_EDGE]));
	CHECK_STR(gb->served.at[0].node, "fra");
	NEAR(gb->steering_regret.ms, 80);
	CHECK(!noted(r.notes.at, r.notes.len, "steered is not known"));
	report_free(&r);
	lab_close(l);
}

int main(void)
{
	struct lab l;

	silent_on_dns(&l, RTT_PLAN);
	test_add(&l);
	test_remove(&l);
	test_report(&l);
	test_blocks(&l);
	lab_close(&l);
	/* LAB_PLAN has other nodes besides, which nobody measured here. */
	test_override(&l);
	test_failures(&l);
	test_apart(&l);
	test_visits(&l);
	return check_done();
}
