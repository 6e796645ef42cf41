/* What is printed on a terminal. A memory stream is no terminal, so there is no colour. */
#include "lib/text.h"
#include "report/gate_text.h"
#include "report/summary.h"
#include "tests/check.h"
#include "tests/unit/report/fixture.h"

static char *summary(const struct view *v)
{
	char *text = NULL;
	size_t size = 0;
	struct err err = {0};
	FILE *f = open_memstream(&text, &size);
	if (f == NULL || summary_print(v, f, &err) != 0)
		abort();
	fclose(f);
	return text;
}

static char *gate(const struct gate *g)
{
	char *text = NULL;
	size_t size = 0;
	struct err err = {0};
	FILE *f = open_memstream(&text, &size);
	if (f == NULL || gate_text_print(g, f, &err) != 0)
		abort();
	fclose(f);
	return text;
}

/* The widest line. */
static size_t width(const char *text)
{
	size_t widest = 0;
	while (*text != '\0') {
		char line[4096];
		size_t len = strcspn(text, "\n");
		snprintf(line, sizeof line, "%.*s", (int)len, text);
		widest = text_width(line) > widest ? text_width(line) : widest;
		text += len + (text[len] == '\n');
	}
	return widest;
}

static size_t lines(const char *text, const char *start)
{
	size_t n = 0;
	for (; *text != '\0'; text += strcspn(text, "\n") + (text[strcspn(text, "\n")] == '\n'))
		n += strncmp(text, start, strlen(start)) == 0;
	return n;
}

static void test_summary(struct report *r)
{
	struct view v = { .report = r, .by = VIEW_COUNTRY };
	char *text = summary(&v);
	CHECK_CASE("summary: the answer, the table, what to do");
	CHECK_CONTAINS(text,
	               "2026-11-15 00:00 to 2026-11-22 00:00 UTC (7 d), objective p75(total) <= 1000 ms\n");
	CHECK_CONTAINS(text, "19 of 27 countries meet the objective;");
	CHECK_CONTAINS(text, "What to do:\n  Kenya (needs-node): ");
	CHECK_INT(lines(text, "  India"), 2); /* in the table, and in what to do */
	CHECK_CASE("summary: countries stand under their continent");
	CHECK(strstr(text, "\nAsia") < strstr(text, "\n  India"));
	CHECK(strstr(text, "\n  India") < strstr(text, "\nEurope"));
	CHECK_CASE("summary: no colour where there is no terminal");
	CHECK(strchr(text, '\033') == NULL);
	CHECK_CASE("summary: at most 100 columns");
	CHECK(width(text) <= 100);
	free(text);

	CHECK_CASE("summary: by continent, and by probe");
	v.by = VIEW_CONTINENT;
	text = summary(&v);
	CHECK_INT(lines(text, "  Japan"), 0);
	CHECK_INT(lines(text, "Oceania  "), 1);
	CHECK_INT(lines(text, "    mumbai-1"), 0);
	free(text);
	v.by = VIEW_PROBE;
	text = summary(&v);
	CHECK_INT(lines(text, "    mumbai-1"), 1);
	CHECK(strstr(text, "\n  India") < strstr(text, "\n    mumbai-1"));
	CHECK(strstr(text, "\n    mumbai-1") < strstr(text, "\n  Indonesia"));
	free(text);

	CHECK_CASE("summary: long and hostile names neither widen it nor steer the terminal");
	for (size_t i = 0; i < r->regions.len; i++) {
		struct report_region *g = &r->regions.at[i];
		g->name = "\033]0;x\007A name that is longer than any country's name\nok";
		for (size_t k = 0; k < g->probes.len; k++)
			g->probes.at[k] = "a-vantage-with-a-name-of-sixty-four-characters-that-is-the-limit";
	}
	text = summary(&v);
	CHECK(width(text) <= 100);
	CHECK(strchr(text, '\033') == NULL);
	CHECK_INT(lines(text, "ok"), 0);
	free(text);
}

static void gate_region(struct gate *g, const char *id, const char *name, double before, double after,
                        enum gate_verdict verdict)
{
	FIXTURE_ADD(
	    g->regions,
	    ((struct gate_region){ .id = id,
	                           .name = name,
	                           .level = strncmp(id, "country/", 8) == 0 ? LEVEL_COUNTRY : LEVEL_CONTINENT,
	                           .before_ms = before,
	                           .after_ms = after,
	                           .delta_ms = after - before,
	                           .low = after - before - 4,
	                           .high = after - before + 4,
	                           .margin_ms = fmax(10, before / 10),
	                           .verdict = verdict,
	                           .failures = GATE_PASS,
	                           .blocks = 7,
	                           .why = "because of that." }));
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
	gate_region(&g, "country/DE", "Germany", 88, 88, GATE_PASS);
	gate_region(&g, "country/IE", "Ireland", 177, 240, GATE_FAIL);
	gate_region(&g, "country/GB", "United Kingdom", 89, 206, GATE_FAIL);
	gate_region(&g, "country/FR", "France", 170, 185, GATE_INCONCLUSIVE);
	gate_region(&g, "continent/EU", "Europe", 150, 158, GATE_PASS);
	FIXTURE_ADD(g.regions.at[4].hidden, "leeds-1");
	FIXTURE_ADD(g.not_judged, "country/NG");
	FIXTURE_ADD(g.share, ((struct gate_share){ "lon", 0.2, 0 }));
	char *text = gate(&g);
	CHECK_CASE("gate: the verdict in words is the first line, who loses most is named first");
	CHECK(strncmp(text, "FAIL: removing lon: United Kingdom and Ireland lose by it.\n", 59) == 0);
	CHECK_CASE("gate: the table has them in that order, and leaves out who doesn't change");
	CHECK(strstr(text, "\nUnited Kingdom ") < strstr(text, "\nIreland "));
	CHECK(strstr(text, "\nIreland ") < strstr(text, "\nFrance "));
	CHECK(strstr(text, "\nFrance ") < strstr(text, "\nEurope "));
	CHECK_INT(lines(text, "Germany"), 0);
	CHECK_CONTAINS(text, "\n1 more region: no change worth a line, PASS.\n");
	CHECK_CONTAINS(text, "+117  +113 to +121");
	CHECK_CASE("gate: shares, who was not judged");
	CHECK_CONTAINS(text, "Not judged (too little data): country/NG.\n");
	CHECK_CONTAINS(text, "lon                20 %    0 %\n");
	CHECK(width(text) <= 100);
	free(text);

	CHECK_CASE("gate: PASS and INCONCLUSIVE in words");
	g.verdict = GATE_PASS;
	text = gate(&g);
	CHECK(strncmp(text, "PASS: removing lon: no judged region loses more than its margin.\n", 65) == 0);
	free(text);
	g.verdict = GATE_INCONCLUSIVE;
	FIXTURE_ADD(g.add, "sin");
	text = gate(&g);
	CHECK(strncmp(text, "INCONCLUSIVE: removing lon and adding sin: too little to say for France.\n",
	              73) == 0);
	free(text);

	CHECK_CASE("gate: all judged regions pass, and nobody measured what is added");
	for (size_t i = 0; i < g.regions.len; i++)
		g.regions.at[i].verdict = GATE_PASS;
	text = gate(&g);
	CHECK_CONTAINS(text, "INCONCLUSIVE: removing lon and adding sin: too little is known of what is added.\n");
	free(text);

	CHECK_CASE("gate: a region that is required and was not judged");
	vec_free(&g.regions.at[4].hidden);
	vec_clear(&g.regions);
	FIXTURE_ADD(g.required_missing, "country/NG");
	text = gate(&g);
	CHECK_CONTAINS(text, "a region that is required could not be judged.\n");
	CHECK_CONTAINS(text, "Required and not judged: country/NG.\n");
	free(text);
	gate_free(&g);
}

int main(void)
{
	struct report r;
	fixture_report(&r, true);
	test_summary(&r);
	report_free(&r);
	test_gate();
	return check_done();
}
