/* report.json, report.csv and gate --json: read back, and compared with what went in. */
#include "lib/arena.h"
#include "report/csv.h"
#include "report/gate_json.h"
#include "report/report_json.h"
#include "tests/check.h"
#include "tests/unit/report/fixture.h"

static const struct json *element(const struct json *array, const char *key, const char *value)
{
	for (const struct json *j = array == NULL ? NULL : array->child; j != NULL; j = j->next)
		if (strcmp(json_get_string(j, key, ""), value) == 0)
			return j;
	return NULL;
}

/* "a.b.c" */
static const struct json *path(const struct json *j, const char *keys)
{
	char text[200], *at = text, *key;
	snprintf(text, sizeof text, "%s", keys);
	while ((key = strsep(&at, ".")) != NULL)
		j = json_get(j, key);
	return j;
}

static double number(const struct json *j, const char *keys)
{
	const struct json *n = path(j, keys);
	return n != NULL && n->type == JSON_NUMBER ? n->number : NAN;
}

static enum json_type type(const struct json *j, const char *keys)
{
	const struct json *n = path(j, keys);
	return n == NULL ? (enum json_type)-1 : n->type;
}

static void test_json(const struct report *r)
{
	struct view v = { .report = r, .by = VIEW_COUNTRY };
	struct buf text = {0};
	struct arena arena = {0};
	struct json *j = NULL;
	struct err err = {0};
	CHECK_CASE("json: it is JSON, once");
	CHECK_INT(report_json_write(&v, &text, &err), 0);
	CHECK_INT(json_parse(&arena, buf_str(&text), text.len, 16, "report.json", &j, &err), 0);
	CHECK_CASE("json: the head");
	CHECK_INT(json_get_int(j, "latlas", 0), 1);
	CHECK_STR(json_get_string(path(j, "window"), "since", ""), "2026-11-15T00:00:00Z");
	CHECK_STR(json_get_string(path(j, "objective"), "metric", ""), "total");
	CHECK_NEAR(number(j, "objective.quantile"), 0.75, 0);
	CHECK_NEAR(number(j, "objective.limit_ms"), 1000, 0);
	CHECK_STR(json_get_string(j, "basis", ""), "vantages");

	const struct json *regions = json_get(j, "regions");
	const struct report_region *in = present_region(r, "country/IN");
	const struct json *india = element(regions, "id", "country/IN");
	CHECK_CASE("json: a region");
	CHECK_INT(regions->children, 6 + 27);
	CHECK_STR(json_get_string(india, "verdict", ""), "needs-node");
	CHECK_STR(json_get_string(india, "level", ""), "country");
	CHECK_STR(json_get_string(india, "code", ""), "IN");
	CHECK_STR(json_get_string(india, "continent", ""), "AS");
	CHECK_INT(json_get_int(india, "probes", 0), 2);
	CHECK_INT(type(india, "also"), JSON_ARRAY);
	CHECK_NEAR(number(india, "targets.www.phases.total.p75"), in->targets.at[0].phase[M_TOTAL][P75].ms,
	           0.0006);
	CHECK_NEAR(number(india, "targets.www.phases.dns.p99"), in->targets.at[0].phase[M_DNS][P99].ms,
	           0.0006);
	CHECK_NEAR(number(india, "targets.origin.availability"), 1, 0);
	CHECK_STR(json_get_string(path(india, "targets.origin"), "role", ""), "baseline");
	CHECK_INT(json_get_int(path(india, "targets.www"), "attempts", 0), 4032);
	CHECK_NEAR(path(india, "targets.www.interval.total.p75")->child->number, in->objective.low, 0.0006);
	CHECK_NEAR(number(india, "served.fra"), 0.8, 0);
	CHECK_STR(json_get_string(path(india, "recommend"), "candidate", ""), "bom");
	CHECK_NEAR(number(india, "recommend.predicted_ms"), 98, 0);
	CHECK_INT(type(india, "recommend.extrapolated"), JSON_TRUE);
	CHECK_NEAR(number(india, "fixes.node"), 98, 0);
	CHECK_NEAR(number(india, "placement_regret_ms"), 61, 0);
	CHECK_INT(type(element(regions, "id", "country/DE"), "recommend"), JSON_NULL);

	CHECK_CASE("json: fail is null, and said");
	/* 6 % of Argentina's attempts fail: p95 and p99 of the sums, and of nothing else. */
	const struct json *ar = path(element(regions, "id", "country/AR"), "targets.www.phases");
	CHECK_INT(type(ar, "total.p90"), JSON_NUMBER);
	CHECK_INT(type(ar, "total.p95"), JSON_NULL);
	CHECK_INT(type(ar, "total.fail"), JSON_TRUE);
	CHECK_INT(type(ar, "tcp.p99"), JSON_NUMBER);
	CHECK(path(ar, "tcp.fail") == NULL);
	CHECK(path(india, "targets.www.phases.total.fail") == NULL);

	CHECK_CASE("json: nodes apart from candidates, no costs");
	CHECK_INT(json_get(j, "nodes")->children, 6);
	CHECK_INT(json_get(j, "candidates")->children, 6);
	CHECK_NEAR(number(element(json_get(j, "nodes"), "name", "lon"), "server_ms"), 4.7, 0);
	CHECK(strstr(buf_str(&text), "cost") == NULL);
	CHECK(strstr(buf_str(&text), "7777") == NULL);
	CHECK_CASE("json: what is not known yet is not there");
	CHECK(json_get(j, "placement") == NULL);
	CHECK(path(element(json_get(j, "nodes"), "name", "lon"), "if_lost") == NULL);

	CHECK(path(element(json_get(j, "nodes"), "name", "lon"), "content") == NULL);
	CHECK(json_get(j, "findings") == NULL);

	CHECK_CASE("json: costs with --private");
	v.private = true;
	buf_clear(&text);
	arena_free(&arena);
	CHECK_INT(report_json_write(&v, &text, &err), 0);
	CHECK_INT(json_parse(&arena, buf_str(&text), text.len, 16, "report.json", &j, &err), 0);
	CHECK_NEAR(number(element(json_get(j, "candidates"), "name", "gru"), "cost_month"), 7777.25, 0);
	arena_free(&arena);
	buf_free(&text);
}

/* The row that starts with `start`, without its line end. */
static const char *row(const char *csv, const char *start)
{
	static char line[400];
	size_t len = strlen(start);
	for (const char *at = csv; at != NULL && *at != '\0';
	     at = strstr(at, "\r\n") ? strstr(at, "\r\n") + 2 : NULL) {
		if (strncmp(at, start, len) != 0)
			continue;
		snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\r"), at);
		return line;
	}
	return "";
}

static void test_csv(struct report *r)
{
	struct view v = { .report = r, .by = VIEW_COUNTRY };
	struct buf text = {0};
	struct err err = {0};
	CHECK_CASE("csv: one number a row");
	CHECK_INT(csv_write(&v, &text, &err), 0);
	const char *csv = buf_str(&text);
	CHECK_STR(row(csv, "region,"), "region,name,target,role,measure,quantile,value,unit,low,high,fail");
	CHECK_STR(row(csv, "country/IN,India,www,cdn,attempts,"),
	          "country/IN,India,www,cdn,attempts,,4032,count,,,0");
	CHECK_STR(row(csv, "country/AR,Argentina,www,cdn,availability,"),
	          "country/AR,Argentina,www,cdn,availability,,0.939980,share,,,0"); /* 1 - 121 / 2016 */
	CHECK_CASE("csv: fail has no value");
	CHECK_STR(row(csv, "country/AR,Argentina,www,cdn,total,p95,"),
	          "country/AR,Argentina,www,cdn,total,p95,,ms,,,1");
	CHECK_CASE("csv: only the levels that were asked for");
	v.by = VIEW_CONTINENT;
	buf_clear(&text);
	CHECK_INT(csv_write(&v, &text, &err), 0);
	CHECK(strstr(buf_str(&text), "country/") == NULL);
	CHECK(strstr(buf_str(&text), "continent/AS,Asia,www") != NULL);
	CHECK_CASE("csv: a hostile name stays one cell");
	v.by = VIEW_COUNTRY;
	((struct report_region *)present_region(r, "country/IN"))->name = "=cmd|'x',\"y\"";
	buf_clear(&text);
	CHECK_INT(csv_write(&v, &text, &err), 0);
	CHECK_CONTAINS(buf_str(&text),
	               "\r\ncountry/IN,\"'=cmd|'x',\"\"y\"\"\",www,cdn,attempts,,4032,count,,,0\r\n");
	buf_free(&text);
}

static void test_gate(void)
{
	struct gate g = {
		.verdict = GATE_FAIL,
		.basis = "vantages",
		.policy = "observed",
		.metric = M_TOTAL,
		.quantile = 0.75,
		.limit_ms = 1000,
		.since_us = FIXTURE_T0 - US_PER_DAY,
		.until_us = FIXTURE_T0,
		.block_us = US_PER_HOUR,
		.seed = 1,
	};
	FIXTURE_ADD(g.remove, "lon");
	FIXTURE_ADD(g.regions, ((struct gate_region){ .id = "country/GB",
	                                              .name = "United Kingdom",
	                                              .level = LEVEL_COUNTRY,
	                                              .before_ms = 89.5,
	                                              .after_ms = 160.25,
	                                              .delta_ms = 70.75,
	                                              .low = 66,
	                                              .high = 75,
	                                              .margin_ms = 10,
	                                              .verdict = GATE_FAIL,
	                                              .failures = GATE_PASS,
	                                              .crosses = 0,
	                                              .blocks = 24,
	                                              .why = "slower" }));
	FIXTURE_ADD(g.regions, ((struct gate_region){ .id = "country/IE",
	                                              .name = "Ireland",
	                                              .level = LEVEL_COUNTRY,
	                                              .before_ms = 10000,
	                                              .before_fail = true,
	                                              .after_ms = 170,
	                                              .delta_ms = -9830,
	                                              .low = NAN,
	                                              .high = NAN,
	                                              .margin_ms = 1000,
	                                              .verdict = GATE_INCONCLUSIVE,
	                                              .failures = GATE_INCONCLUSIVE,
	                                              .crosses = -1,
	                                              .why = "fails now" }));
	FIXTURE_ADD(g.regions.at[1].hidden, "dublin-1");
	FIXTURE_ADD(g.not_judged, "country/NG");
	FIXTURE_ADD(g.share, ((struct gate_share){ "fra", 0.3, 0.5 }));
	struct buf text = {0};
	struct arena arena = {0};
	struct json *j = NULL;
	struct err err = {0};
	CHECK_CASE("gate json: as documented");
	CHECK_INT(gate_json_write(&g, &text, &err), 0);
	CHECK_INT(json_parse(&arena, buf_str(&text), text.len, 16, "gate", &j, &err), 0);
	const struct json *gb = element(json_get(j, "regions"), "id", "country/GB");
	CHECK_STR(json_get_string(j, "verdict", ""), "FAIL");
	CHECK_STR(json_get_string(j, "basis", ""), "vantages");
	CHECK_STR(path(j, "change.remove")->child->string, "lon");
	CHECK_INT(path(j, "change.add")->children, 0);
	CHECK_STR(json_get_string(gb, "metric", ""), "total");
	CHECK_NEAR(number(gb, "before_ms"), 89.5, 0);
	CHECK_NEAR(number(gb, "after_ms"), 160.25, 0);
	CHECK_NEAR(number(gb, "delta_ms"), 70.75, 0);
	CHECK_NEAR(path(gb, "interval")->child->number, 66, 0);
	CHECK_NEAR(path(gb, "interval")->child->next->number, 75, 0);
	CHECK_NEAR(number(gb, "margin_ms"), 10, 0);
	CHECK_STR(json_get_string(gb, "verdict", ""), "FAIL");
	CHECK_INT(path(gb, "hidden")->children, 0);
	CHECK_STR(json_get(j, "not_judged")->child->string, "country/NG");
	CHECK_NEAR(number(j, "share.fra.before"), 0.3, 0);
	CHECK_NEAR(number(j, "share.fra.after"), 0.5, 0);
	CHECK_INT(json_get_int(j, "seed", 0), 1);
	CHECK_CASE("gate json: a side that fails is null, and so is the change");
	const struct json *ie = element(json_get(j, "regions"), "id", "country/IE");
	CHECK_INT(type(ie, "before_ms"), JSON_NULL);
	CHECK_INT(type(ie, "before_fail"), JSON_TRUE);
	CHECK_INT(type(ie, "delta_ms"), JSON_NULL);
	CHECK_INT(path(ie, "interval")->child->type, JSON_NULL);
	CHECK_STR(json_get_string(ie, "crosses", ""), "met");
	CHECK_STR(path(ie, "hidden")->child->string, "dublin-1");
	arena_free(&arena);
	buf_free(&text);
	gate_free(&g);
}

int main(void)
{
	struct report r;
	fixture_report(&r, false);
	test_json(&r);
	test_csv(&r);
	report_free(&r);
	test_gate();
	return check_done();
}
