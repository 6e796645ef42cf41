/* What a plan makes a round do, counted by hand from the plan below. */
#include "probe/agenda.h"

#include <stdlib.h>

#include "tests/check.h"

static const char text[] =
	"objective { metric = \"total\"  quantile = 0.75  limit_ms = 1000 }\n"
	"schedule { samples = 2  concurrency = 4  timeout_ms = 10000  families = {\"ipv4\", \"ipv6\"} }\n"
	"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
	"target \"img\" { role = \"cdn\" url = \"https://img.example.com/\" }\n"
	"target \"origin\" { role = \"baseline\" url = \"https://origin.example.com/\" }\n"
	"target \"bare\" { role = \"baseline\" url = \"https://203.0.113.99/\" }\n"
	"node \"lon\" { address = {\"203.0.113.1\", \"203.0.113.2\", \"2001:db8::1\"} city = \"London\""
	"  country = \"GB\" lat = 51.5 lon = -0.1 }\n"
	"node \"fra\" { address = {\"203.0.113.3\"} city = \"Frankfurt\" country = \"DE\" lat = 50.1 lon = 8.7"
	"  status = \"draining\" targets = {\"www\"} }\n"
	"node \"old\" { address = {\"203.0.113.4\"} city = \"Paris\" country = \"FR\" lat = 48.9 lon = 2.4"
	"  status = \"off\" }\n"
	"candidate \"sin\" { url = \"https://sin.example.net/\" city = \"Singapore\" country = \"SG\" lat = 1.35"
	"  lon = 103.8 }\n";

static struct plan plan;
static struct addresses resolvers;
static struct err err;

static size_t count(const struct agenda *a, const char *target, const char *node, int family, int nth)
{
	size_t n = 0;
	for (size_t i = 0; i < a->jobs.len; i++) {
		const struct job *j = &a->jobs.at[i];
		bool same_node = node == NULL ? j->node == NULL : j->node != NULL && strcmp(j->node, node) == 0;
		n += strcmp(j->target, target) == 0 && same_node && j->family == family && (int)j->nth == nth;
	}
	return n;
}

static int make(struct agenda *a, bool each_resolver, int64_t max_samples, uint64_t seed)
{
	const struct agenda_request request = {
		.plan = &plan, .resolvers = &resolvers, .each_resolver = each_resolver, .max_samples = max_samples,
		.seed = seed,
	};
	return agenda_make(a, &request, &err);
}

static void contents(void)
{
	struct agenda a;
	CHECK_CASE("every target for each family and resolver, every live node for each cdn target");
	CHECK_INT(make(&a, true, 1000, 1), 0);
	for (int nth = 0; nth < 2; nth++)
		for (int family = 4; family <= 6; family += 2) {
			CHECK_INT(count(&a, "www", NULL, family, nth), 2);    /* two resolvers */
			CHECK_INT(count(&a, "img", NULL, family, nth), 2);
			CHECK_INT(count(&a, "origin", NULL, family, nth), 2);
			CHECK_INT(count(&a, "bare", NULL, family, nth), family == 4); /* an address: no resolver */
			CHECK_INT(count(&a, "www", "lon", family, nth), 1);   /* the first address of the family */
			CHECK_INT(count(&a, "img", "lon", family, nth), 1);
			CHECK_INT(count(&a, "www", "fra", family, nth), family == 4);
			CHECK_INT(count(&a, "img", "fra", family, nth), 0);   /* serves www alone */
			CHECK_INT(count(&a, "www", "old", family, nth), 0);   /* off */
			CHECK_INT(count(&a, "origin", "lon", family, nth), 0);
			CHECK_INT(count(&a, "sin", NULL, family, nth), 1);
		}
	/* per pass: 12 through DNS, 1 bare, lon 4, fra 1, sin 2 */
	CHECK_INT(a.jobs.len, 40);
	CHECK_INT(a.left_out, 0);
	CHECK_CASE("what is asked how");
	for (size_t i = 0; i < a.jobs.len; i++) {
		const struct job *j = &a.jobs.at[i];
		char addr[ADDRESS_TEXT];
		if (j->node != NULL) {
			CHECK_INT(j->way, JOB_ADDRESS);
			CHECK_STR(address_text(&j->addr, addr), strcmp(j->node, "fra") == 0 ? "203.0.113.3"
			          : j->family == 4 ? "203.0.113.1" : "2001:db8::1");
			CHECK_STR(j->url->host, strcmp(j->target, "www") == 0 ? "www.example.com" : "img.example.com");
		} else if (strcmp(j->target, "sin") == 0) {
			CHECK_INT(j->way, JOB_UNTIMED);
			CHECK_INT(j->role, ROLE_CANDIDATE);
			CHECK_INT(j->resolver_count, 2);
		} else if (strcmp(j->target, "bare") == 0) {
			CHECK_INT(j->way, JOB_ADDRESS);
		} else {
			CHECK_INT(j->way, JOB_DNS);
			CHECK_INT(j->resolver_count, 1);
		}
	}
	CHECK_CASE("the first of everything comes before the second of anything");
	for (size_t i = 0; i < a.jobs.len; i++)
		CHECK_INT(a.jobs.at[i].nth, i < 20 ? 0 : 1);
	CHECK_CASE("cdn and baseline of one family and resolver stand next to each other");
	for (size_t i = 0; i < a.jobs.len; i++) {
		const struct job *j = &a.jobs.at[i];
		if (strcmp(j->target, "origin") != 0)
			continue;
		bool paired = false;
		for (size_t k = i == 0 ? 0 : i - 1; k <= i + 1 && k < a.jobs.len; k++)
			paired |= a.jobs.at[k].way == JOB_DNS && a.jobs.at[k].role == ROLE_CDN &&
			          a.jobs.at[k].resolvers == j->resolvers && a.jobs.at[k].family == j->family;
		CHECK(paired);
	}
	agenda_free(&a);
}

static bool same_order(const struct agenda *a, const struct agenda *b)
{
	bool same = a->jobs.len == b->jobs.len;
	for (size_t i = 0; same && i < a->jobs.len; i++)
		same = a->jobs.at[i].url == b->jobs.at[i].url && a->jobs.at[i].node == b->jobs.at[i].node &&
		       a->jobs.at[i].family == b->jobs.at[i].family &&
		       a->jobs.at[i].resolvers == b->jobs.at[i].resolvers;
	return same;
}

static void order(void)
{
	struct agenda a, b, c;
	CHECK_CASE("one seed, one order; another seed, another");
	CHECK_INT(make(&a, true, 1000, 7), 0);
	CHECK_INT(make(&b, true, 1000, 7), 0);
	CHECK_INT(make(&c, true, 1000, 8), 0);
	CHECK(same_order(&a, &b));
	CHECK(!same_order(&a, &c));
	agenda_free(&a);
	agenda_free(&b);
	agenda_free(&c);
	CHECK_CASE("max_samples leaves out, and counts what it left out");
	CHECK_INT(make(&a, true, 23, 7), 0);
	CHECK_INT(a.jobs.len, 23);
	CHECK_INT(a.left_out, 17);
	agenda_free(&a);
	CHECK_CASE("the system's resolvers are one list, not one each");
	CHECK_INT(make(&a, false, 1000, 7), 0);
	CHECK_INT(count(&a, "www", NULL, 4, 0), 1);
	for (size_t i = 0; i < a.jobs.len; i++)
		if (a.jobs.at[i].way == JOB_DNS)
			CHECK_INT(a.jobs.at[i].resolver_count, 2);
	agenda_free(&a);
}

/* Where of its block of three (www, img, origin, of one family and resolver) the baseline stands. */
static void places(void)
{
	struct agenda a;
	int at[3] = {0};
	CHECK_CASE("a baseline is as often before the cdn targets as between and behind them");
	for (uint64_t seed = 0; seed < 300; seed++) {
		CHECK_INT(make(&a, false, 1000, seed), 0);
		int place = 0;
		for (size_t i = 0; i < a.jobs.len; i++) {
			const struct job *j = &a.jobs.at[i];
			if (j->way != JOB_DNS || j->family != 4 || j->nth != 0)
				continue;
			if (j->role == ROLE_BASELINE)
				break;
			place++;
		}
		at[place]++;
		agenda_free(&a);
	}
	/* 100 each, give or take six standard deviations of 8.2; the seeds are the same each time */
	for (int i = 0; i < 3; i++)
		CHECK(at[i] > 50 && at[i] < 150);
}

static void due_and_rare(void)
{
	/* in the order of the plan: www, img, origin, bare */
	const bool due[] = { false, true, true, false };
	struct plan_url rare[4] = {0};
	struct arena arena = {0};
	struct agenda a;
	struct agenda_request request = {
		.plan = &plan, .resolvers = &resolvers, .each_resolver = true, .max_samples = 1000, .seed = 3,
		.due = due,
	};
	CHECK_CASE("what isn't due is left out, on nodes too; candidates are always due");
	CHECK_INT(agenda_make(&a, &request, &err), 0);
	/* per pass: img and origin 2 x 2 each, img on lon 2, sin 2 */
	CHECK_INT(a.jobs.len, 24);
	CHECK_INT(count(&a, "www", NULL, 4, 0) + count(&a, "www", "lon", 4, 0) + count(&a, "bare", NULL, 4, 0), 0);
	CHECK_INT(count(&a, "img", "lon", 6, 1), 1);
	agenda_free(&a);

	CHECK_CASE("rare objects: last, once a round, for each family, by the first resolver, on no node");
	CHECK_INT(plan_url_parse(&arena, "https://img.example.com/rare/7", &rare[1], &err), 0);
	CHECK_INT(plan_url_parse(&arena, "https://www.example.com/rare/8", &rare[0], &err), 0); /* not due */
	request.rare = rare;
	CHECK_INT(agenda_make(&a, &request, &err), 0);
	CHECK_INT(a.jobs.len, 26);
	for (size_t i = 0; i < a.jobs.len; i++) {
		const struct job *j = &a.jobs.at[i];
		CHECK_INT(j->kind, i < 24 ? KIND_COLD : KIND_RARE);
		if (i < 24)
			continue;
		CHECK_STR(j->target, "img");
		CHECK_STR(j->target_rev, plan.targets.at[1].rev);
		CHECK_STR(j->url->path, "/rare/7");
		CHECK(j->node == NULL && j->nth == 0 && j->way == JOB_DNS);
		CHECK_INT(j->resolver_count, 1);
	}
	CHECK_INT(a.jobs.at[24].family + a.jobs.at[25].family, 10);
	agenda_free(&a);
	arena_free(&arena);
}

int main(void)
{
	static const char *const servers[] = { "9.9.9.9", "1.1.1.1" };
	for (int i = 0; i < 2; i++) {
		struct address *at = vec_add(&resolvers);
		if (at == NULL || !address_parse_port(servers[i], 53, at))
			return 1;
	}
	CHECK_CASE("the plan of this test is one");
	CHECK_INT(plan_parse(&plan, text, "plan", &err), 0);
	CHECK_STR(err.text, "");
	contents();
	order();
	places();
	due_and_rare();
	plan_free(&plan);
	vec_free(&resolvers);
	return check_done();
}
