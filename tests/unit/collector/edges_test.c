#include "collector/edges.h"

#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

#define GOOD "../shared/data/mmdb/good/"

static int print(void *ctx, const struct store_place *p, struct err *err)
{
	char *text = ctx;
	size_t len = strlen(text);
	(void)err;
	if (len < 900)
		snprintf(text + len, 1000 - len, "%s %s %s %s %lld %lld\n", p->addr,
		         p->country != NULL ? p->country : "-", p->city != NULL ? p->city : "-",
		         p->asn != NULL ? p->asn : "-", (long long)p->built_s, (long long)p->found_us);
	return 0;
}

static void expect(struct store *s, const char *want)
{
	char text[1000] = "";
	struct err err = {0};
	CHECK_INT(store_scan_places(s, print, text, &err), 0);
	CHECK_STR(text, want);
}

/* Steps until nothing is pending. */
static size_t steps(struct edges *e, struct store *s, struct geo *g, int64_t now_us)
{
	struct err err = {0};
	size_t n = 0;
	for (; edges_pending(e, g) && n < 1000; n++)
		CHECK_INT(edges_step(e, s, g, now_us, &err), 0);
	return n;
}

static bool add(struct edges *e, const char *addr, const char *node, enum role role)
{
	struct sample s = sample_absent;
	struct batch b = {.samples = {.at = &s, .len = 1, .cap = 1}};
	s.addr = addr;
	s.node = node;
	s.role = role;
	return edges_add(e, &b);
}

static int count(void *ctx, const struct store_place *p, struct err *err)
{
	(void)p, (void)err;
	++*(size_t *)ctx;
	return 0;
}

static void many(struct store *s, struct geo *g, const struct log *quiet)
{
	struct edges *e = edges_new(quiet);
	struct err err = {0};
	size_t n = 0;
	char addr[32];
	for (int i = 0; i < EDGES_MAX + 10; i++) {
		snprintf(addr, sizeof addr, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		CHECK(add(e, addr, NULL, ROLE_CDN));
	}
	CHECK_INT(steps(e, s, g, 9), (EDGES_MAX + EDGES_STEP - 1) / EDGES_STEP);
	CHECK_INT(store_scan_places(s, count, &n, &err), 0);
	CHECK_INT(n, EDGES_MAX);
	edges_free(e);
}

int main(void)
{
	struct log quiet = {.program = "test", .level = LOG_LEVEL_ERROR};
	struct err err = {0};
	struct store *s = NULL, *big = NULL;
	struct scratch scratch;
	scratch_make(&scratch);
	struct geo *g = geo_new(&quiet);
	struct edges *e = edges_new(&quiet);
	if (store_open_memory(&s, &err) != 0 ||
	    store_open_sqlite(&big, scratch.db, STORE_CREATE, &err) != 0)
		return err_print(&err, "edges_test");

	CHECK_CASE("nothing to do at first");
	CHECK(!edges_pending(e, g));

	CHECK_CASE("addresses that answered through DNS are noted without a database, too; others not");
	CHECK(add(e, "81.2.69.160", NULL, ROLE_BASELINE));
	CHECK(add(e, "2001:218::1", NULL, ROLE_CDN));
	CHECK(add(e, "203.0.113.1", "lon", ROLE_CDN));
	CHECK(add(e, "203.0.113.2", NULL, ROLE_CANDIDATE));
	CHECK(add(e, "lon.example", NULL, ROLE_CDN));
	CHECK(add(e, "a text that is longer than any address could ever be, even IPv6", NULL, ROLE_CDN));
	CHECK_INT(steps(e, s, g, 1), 1);
	expect(s, "2001:218::1 - - - -1 1\n81.2.69.160 - - - -1 1\n");

	CHECK_CASE("once each");
	CHECK(add(e, "81.2.69.160", NULL, ROLE_BASELINE));
	CHECK(!edges_pending(e, g));

	CHECK_CASE("a limit of addresses, in steps");
	many(big, g, &quiet);

	CHECK_CASE("places");
	if (access(GOOD, R_OK) != 0) {
		CHECK_SKIP("no ../shared/data/mmdb");
	} else {
		geo_load(g, GOOD "GeoLite2-City-Test.mmdb", NULL);
		CHECK_INT(steps(e, s, g, 2), 1);
		expect(s, "2001:218::1 JP - - 1770245369 2\n81.2.69.160 GB London - 1770245369 2\n");

		CHECK_CASE("again with another database, also for those known before a restart");
		edges_free(e);
		e = edges_new(&quiet);
		CHECK_INT(edges_load(e, s, &err), 0);
		CHECK(edges_pending(e, g));
		geo_load(g, GOOD "GeoLite2-Country-Test.mmdb", NULL);
		CHECK_INT(steps(e, s, g, 3), 1);
		expect(s, "2001:218::1 JP - - 1770245369 3\n81.2.69.160 GB - - 1770245369 3\n");

		CHECK_CASE("without a database what was known stays");
		geo_load(g, NULL, NULL);
		CHECK(steps(e, s, g, 4) == 1);
		expect(s, "2001:218::1 JP - - 1770245369 3\n81.2.69.160 GB - - 1770245369 3\n");
	}
	edges_free(e);
	geo_free(g);
	store_close(s);
	store_close(big);
	scratch_remove(&scratch);
	return check_done();
}
