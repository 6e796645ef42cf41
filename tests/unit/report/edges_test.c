/* Where targets answered from. Shares and medians by paper and pencil; the distance of Paris and
 * San Jose is 8,960 km (a round trip of 89.6 ms in fibre), of Berlin and Amsterdam 577 (5.8 ms). */
#include "report/edges.h"

#include "report/csv.h"
#include "report/evaluate.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/report_json.h"
#include "tests/check.h"
#include "tests/unit/report/lab.h"

#define BUILT INT64_C(1764028800) /* 2025-11-25 */

static void sample(struct lab *l, const char *probe, double hour, const char *target, const char *addr,
                   const char *edge, double rtt)
{
	const struct visit v = {target, NULL, edge, rtt, 10, 10, NEL_OK};

	lab_begin(l, probe, hour);
	lab_sample(l, &v, NULL)->addr = addr;
	lab_end(l);
}

static void place(struct lab *l, const char *addr, const char *country, const char *city, double lat, double lon)
{
	const struct store_place p = {addr, country, city, lat, lon, "AS64500 Rival", BUILT, LAB_START};
	struct err err = {0};

	lab_must(store_put_places(l->store, &p, 1, &err), &err);
}

static struct report judge(struct lab *l)
{
	struct evaluate_options o = lab_window(6, 6);
	struct report r;
	struct err err = {0};

	lab_must(evaluate_report(l->store, l->registry, &o, &r, &err), &err);
	return r;
}

static const struct report_target *target(const struct report *r, const char *id, const char *name)
{
	for (size_t i = 0; i < r->regions.len; i++)
		for (size_t t = 0; t < r->regions.at[i].targets.len; t++)
			if (strcmp(r->regions.at[i].id, id) == 0
			    && strcmp(r->regions.at[i].targets.at[t].name, name) == 0)
				return &r->regions.at[i].targets.at[t];
	fprintf(stderr, "no %s in %s\n", name, id);
	abort();
}

/* "Frankfurt, DE 0.375 10 4; ..." */
static const char *rows(const struct report *r, const char *id, const char *name)
{
	static char out[1000];
	const struct report_target *t = target(r, id, name);
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < t->edges.len; i++) {
		const struct report_edge *e = &t->edges.at[i];
		struct buf text = {0};
		present_edge_place(&text, e);
		len += (size_t)snprintf(out + len, sizeof out - len, "%s%s%s %.4f %.0f %llu", i > 0 ? "; " : "",
		                        buf_str(&text), e->impossible ? "!" : "", e->share, e->rtt_ms,
		                        (unsigned long long)e->samples);
		buf_free(&text);
	}
	return out;
}

static bool noted(const struct report *r, const char *text)
{
	for (size_t i = 0; i < r->notes.len; i++)
		if (strstr(r->notes.at[i], text) != NULL)
			return true;
	return false;
}

/* Every form says it, and only the private one tells addresses. */
static void forms(const struct report *r, bool private, bool want)
{
	typedef int writer(const struct view *v, struct buf *out, struct err *err);
	writer *const writers[] = {html_write, markdown_write, csv_write, report_json_write};
	const struct view v = {.report = r, .by = VIEW_COUNTRY, .private = private};
	struct err err = {0};

	for (size_t i = 0; i < LAT_COUNT(writers); i++) {
		struct buf out = {0};
		CHECK_INT(writers[i](&v, &out, &err), 0);
		CHECK_INT(strstr(buf_str(&out), "Amsterdam") != NULL, want);
		bool tells = private && writers[i] != csv_write;
		if (want)
			CHECK_INT(strstr(buf_str(&out), "198.51.100.3") != NULL, tells);
		CHECK_INT(strstr(buf_str(&out), "AS64500") != NULL, tells && want);
		buf_free(&out);
	}
}

int main(void)
{
	struct lab l;
	struct report r;

	lab_open(&l, LAB_PLAN);
	lab_probe(&l, "berlin-1", "DE", 52.52, 13.41, NETWORK_DATACENTER);
	lab_probe(&l, "berlin-2", "DE", 52.52, 13.41, NETWORK_DATACENTER);
	lab_probe(&l, "paris-1", "FR", 48.86, 2.35, NETWORK_DATACENTER);
	for (int i = 0; i < 8; i++) {
		double hour = i * 0.7;
		const char *addr = i < 4 ? "198.51.100.1" : i < 6 ? "198.51.100.2" : "198.51.100.3";
		sample(&l, "berlin-1", hour, "origin", addr, NULL, i < 6 ? 10 : 20);
		sample(&l, "berlin-2", hour, "origin", "198.51.100.3", NULL, 30);
		sample(&l, "berlin-2", hour + 0.1, "origin", "198.51.100.3", NULL, 30);
		sample(&l, "paris-1", hour, "origin", i % 2 == 0 ? "203.0.113.9" : "203.0.113.10", NULL, 5);
		sample(&l, "berlin-1", hour, "www", "192.0.2.1", i == 0 ? NULL : "fra", 10);
	}

	CHECK_CASE("without places: by our nodes' addresses and names, or not known");
	r = judge(&l);
	CHECK_STR(rows(&r, "country/DE", "origin"), "not known 1.0000 20 24");
	CHECK_STR(rows(&r, "country/DE", "www"), "fra (Frankfurt, DE) 1.0000 10 8");
	CHECK(!noted(&r, "geography"));
	forms(&r, true, false);
	report_free(&r);

	/* Germany: berlin-1 has 6 of 8 at Frankfurt, 2 at Amsterdam (20 ms); berlin-2 all there (30 ms). */
	CHECK_CASE("places of the database, each probe of a country alike");
	place(&l, "198.51.100.1", "DE", "Frankfurt", 50.11, 8.68);
	place(&l, "198.51.100.2", "DE", "Frankfurt", 50.11, 8.68);
	place(&l, "198.51.100.3", "NL", "Amsterdam", 52.37, 4.90);
	place(&l, "203.0.113.9", "US", "San Jose", 37.34, -121.89);
	place(&l, "192.0.2.1", "AU", "Sydney", -33.87, 151.21); /* ours: the plan's word wins */
	place(&l, "203.0.113.10", NULL, NULL, NAN, NAN);
	r = judge(&l);
	CHECK_STR(rows(&r, "country/DE", "origin"), "Amsterdam, NL 0.6250 30 18; Frankfurt, DE 0.3750 10 6");
	CHECK_STR(rows(&r, "country/DE", "www"), "fra (Frankfurt, DE) 1.0000 10 8");

	CHECK_CASE("5 ms from Paris to San Jose: impossible, said so, and noted");
	CHECK_STR(rows(&r, "country/FR", "origin"), "not known 0.5000 5 4; San Jose, US! 0.5000 5 4");
	CHECK(noted(&r, "origin: 4 of 32 samples were answered faster than light in fibre allows"));
	CHECK(noted(&r, "of the geography database of 2025-11-25"));

	CHECK_CASE("a continent: each country alike");
	CHECK_STR(rows(&r, "continent/EU", "origin"),
	          "Amsterdam, NL 0.3125 30 18; not known 0.2500 5 4; San Jose, US! 0.2500 5 4; "
	          "Frankfurt, DE 0.1875 10 6");

	CHECK_CASE("every form tells places, and a private one the addresses");
	forms(&r, false, true);
	forms(&r, true, true);
	report_free(&r);

	/* Fifteen places, one sample each: eleven rows and the other four together. */
	CHECK_CASE("many places");
	lab_probe(&l, "rome-1", "IT", 41.9, 12.5, NETWORK_DATACENTER);
	for (int i = 0; i < 15; i++) {
		static char addr[15][24], city[15][24];
		snprintf(addr[i], sizeof addr[i], "203.0.113.%d", 100 + i);
		snprintf(city[i], sizeof city[i], "City%02d", i);
		place(&l, addr[i], "IT", city[i], 41.9, 12.5);
		sample(&l, "rome-1", i * 0.3, "origin", addr[i], NULL, 5);
	}
	r = judge(&l);
	const struct report_target *t = target(&r, "country/IT", "origin");
	CHECK_INT(t->edges.len, EDGES_MAX_ROWS);
	CHECK_INT(t->edges.at[11].others, 4);
	CHECK_INT(t->edges.at[11].samples, 4);
	CHECK_NEAR(t->edges.at[11].share, 4.0 / 15, 1e-9);
	CHECK_STR(t->edges.at[11].addresses, "203.0.113.111, 203.0.113.112, 203.0.113.113, 203.0.113.114");
	CHECK(!noted(&r, "pruned"));
	report_free(&r);

	CHECK_CASE("where raw samples were pruned, that is said");
	struct store_pruned done = {0};
	struct err err = {0};
	size_t left;
	bool more;
	CHECK_INT(store_fold(l.store, SIZE_MAX, &left, &err), 0);
	CHECK_INT(store_prune(l.store, LAB_START + US_PER_HOUR, SIZE_MAX, &done, &more, &err), 0);
	r = judge(&l);
	CHECK(noted(&r, "raw samples, which were pruned up to 2026-11-22T"));
	/* Of berlin-1's at 0, .7, ... 4.9 hours the first two, and of berlin-2's 0, .1, .7, .8 four are gone. */
	CHECK_STR(rows(&r, "country/DE", "origin"), "Amsterdam, NL 0.6667 30 14; Frankfurt, DE 0.3333 10 4");
	report_free(&r);
	lab_close(&l);
	return check_done();
}
