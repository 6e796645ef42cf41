/* HTML and Markdown: nothing that somebody else chose gets out of its place, nothing that
 * is private gets in, and the page needs nothing else. */
#include "report/html.h"
#include "report/markdown.h"
#include "report/plot.h"
#include "tests/check.h"
#include "tests/unit/report/fixture.h"

#define HOSTILE "</style></title><script>alert(1)</script>\"'><img src=x onerror=alert(2)>|`x`\n# y"

static void render(const struct view *v, bool html, struct buf *out)
{
	struct err err = {0};
	buf_clear(out);
	if ((html ? html_write : markdown_write)(v, out, &err) != 0)
		printf("not ok render: %s\n", err.text);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;
	for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
		n++;
	return n;
}

/* Charts without gnuplot: what svg_inline() gets is a document of this form. */
static void fake_charts(struct charts *c)
{
	for (int i = 0; i < CHARTS; i++)
		buf_addf(
		    &c->svg[i],
		    "<?xml version=\"1.0\"?>\n<svg id=\"chart-%s\" viewBox=\"0 0 10 10\"><g fill=\"#1b1f24\">"
		    "<path id='chart-%s-p' d='M0,0'/></g></svg>\n",
		    plot_name((enum chart)i), plot_name((enum chart)i));
}

static void test_page(const struct report *r)
{
	struct charts charts = {0};
	fake_charts(&charts);
	struct view v = { .report = r, .by = VIEW_COUNTRY, .charts = &charts };
	struct buf page = {0};
	render(&v, true, &page);
	const char *html = buf_str(&page);
	CHECK_CASE("page: what it says");
	CHECK_CONTAINS(html, "<h1>19 of 27 countries meet the objective");
	CHECK_CONTAINS(html, "needs-node");
	CHECK_CONTAINS(html, "S\u00e3o Paulo");
	CHECK_CONTAINS(html, ">fail</td>");
	CHECK_CASE("page: needs nothing else");
	CHECK_INT(count(html, "<script"), 0);
	CHECK_INT(count(html, "<link"), 0);
	CHECK_INT(count(html, "<img"), 0);
	CHECK_INT(count(html, "http://") + count(html, "https://"), 0);
	CHECK_INT(count(html, "url("), 0);
	CHECK_INT(count(html, "@import"), 0);
	CHECK_CONTAINS(html, "default-src 'none'");
	CHECK_CASE("page: for readers who can't see it all");
	CHECK_INT(count(html, "<table"), count(html, "<caption>"));
	CHECK(count(html, "<th scope=") > 200);
	CHECK_CONTAINS(html, "<html lang=en>");
	CHECK_CASE("page: every continent has its percentiles, every country too");
	CHECK_INT(count(html, "<details>"), 6);
	CHECK_INT(count(html, "<table class=wide>"), 1 + 6 + 27);
	CHECK_CASE("page: light and dark, and on paper");
	CHECK_CONTAINS(html, "prefers-color-scheme: dark");
	CHECK_CONTAINS(html, "@media print");
	CHECK_CONTAINS(html, "<g fill=\"var(--ink)\">");
	CHECK_INT(count(html, "<?xml"), 0);
	CHECK_CASE("page: ids are unique");
	for (const char *at = strstr(html, " id="); at != NULL; at = strstr(at + 4, " id=")) {
		char id[80];
		snprintf(id, sizeof id, "%.*s",
		         (int)(strcspn(at + 4, " >/") + 4 < sizeof id ? strcspn(at + 4, " >/") + 4 : 70), at);
		char quoted[90];
		snprintf(quoted, sizeof quoted, "%s ", id);
		size_t n = count(html, quoted);
		snprintf(quoted, sizeof quoted, "%s>", id);
		n += count(html, quoted);
		CHECK_INT(n, 1);
	}
	CHECK_CASE("page: no cost without --private");
	CHECK_INT(count(html, "7777"), 0);
	v.private = true;
	render(&v, true, &page);
	CHECK(count(buf_str(&page), "7777.25") > 0);
	v.private = false;
	CHECK_CASE("page: a chart that was not drawn is said to be missing");
	buf_clear(&charts.svg[CHART_MAP]);
	render(&v, true, &page);
	CHECK_CONTAINS(buf_str(&page), "The chart map was not drawn.");
	CHECK_CASE("page: by continent there are no countries");
	v.by = VIEW_CONTINENT;
	render(&v, true, &page);
	CHECK_INT(count(buf_str(&page), "<tr class=country>"), 0);
	CHECK_INT(count(buf_str(&page), "<tr class=continent>"), 6);
	buf_free(&page);
	charts_free(&charts);
}

static void test_hostile(struct report *r)
{
	for (size_t i = 0; i < r->regions.len; i++) {
		struct report_region *g = &r->regions.at[i];
		g->name = g->why = g->recommend.candidate = g->recommend.city = g->best_node = HOSTILE;
		g->targets.at[0].name = g->judged_target = HOSTILE;
		g->served.at[0].node = HOSTILE;
		for (size_t k = 0; k < g->probes.len; k++)
			g->probes.at[k] = HOSTILE;
	}
	for (size_t i = 0; i < r->probes.len; i++)
		r->probes.at[i].name = r->probes.at[i].city = r->probes.at[i].nearest_node =
		    r->probes.at[i].country = HOSTILE;
	for (size_t i = 0; i < r->nodes.len; i++)
		r->nodes.at[i].name = r->nodes.at[i].city = r->nodes.at[i].country = HOSTILE;
	r->notes.at[0] = HOSTILE;
	r->plan_rev = HOSTILE;
	struct view v = { .report = r, .by = VIEW_PROBE, .private = true };
	struct buf page = {0};
	render(&v, true, &page);
	CHECK_CASE("hostile names: html");
	CHECK_INT(count(buf_str(&page), "<script"), 0);
	CHECK_INT(count(buf_str(&page), "<img"), 0);
	CHECK_INT(count(buf_str(&page), "</style>"), 1);
	CHECK_INT(count(buf_str(&page), "</title>"), 1);
	CHECK(count(buf_str(&page), "&lt;script&gt;alert(1)") > 100);
	render(&v, false, &page);
	CHECK_CASE("hostile names: markdown");
	CHECK_INT(count(buf_str(&page), "<script"), 0);
	CHECK_INT(count(buf_str(&page), "<img"), 0);
	CHECK_INT(count(buf_str(&page), "\n# y"), 0);
	CHECK_INT(count(buf_str(&page), "`x`"), 0);
	buf_free(&page);
}

static void test_markdown(const struct report *r)
{
	struct view v = { .report = r, .by = VIEW_COUNTRY };
	struct buf text = {0};
	render(&v, false, &text);
	CHECK_CASE("markdown: what it says");
	CHECK_CONTAINS(buf_str(&text), "# Latency report\n");
	CHECK_CONTAINS(buf_str(&text), "| India | 2 dc | \u2717 needs-node |");
	CHECK_CONTAINS(buf_str(&text), "| Kenya at nairobi-1 | 1 dc |");
	CHECK_INT(count(buf_str(&text), "7777"), 0);
	CHECK_CASE("markdown: one block is one");
	struct report one = *r; /* borrows all but the number */
	one.blocks = 1;
	v.report = &one;
	render(&v, false, &text);
	CHECK_INT(count(buf_str(&text), ". 1 block of "), 1);
	v.report = r;
	render(&v, false, &text);
	CHECK_CASE("markdown: every row of a table has as many cells as its head");
	size_t want = 0;
	bool same = true;
	for (const char *at = buf_str(&text); *at != '\0';) {
		size_t len = strcspn(at, "\n"), cells = 0;
		for (size_t i = 0; i < len; i++)
			cells += at[i] == '|' && (i == 0 || at[i - 1] != '\\');
		if (*at != '|')
			want = 0;
		else if (want == 0)
			want = cells;
		else
			same = same && cells == want;
		at += len + (at[len] == '\n');
	}
	CHECK(same);
	CHECK_CASE("markdown: charts are linked when they lie beside");
	struct charts charts = {0};
	fake_charts(&charts);
	v.charts = &charts;
	render(&v, false, &text);
	CHECK_INT(count(buf_str(&text), ".svg)"), 0);
	v.chart_files = true;
	render(&v, false, &text);
	CHECK_INT(count(buf_str(&text), "](map.svg)") + count(buf_str(&text), "](phases.svg)") +
	          count(buf_str(&text), "](cdf.svg)"), 3);
	charts_free(&charts);
	buf_free(&text);
}

/* What audits say of nodes is there if there are audits, and only then. */
static void test_audits(struct report *r)
{
	struct view v = { .report = r, .by = VIEW_COUNTRY };
	struct buf page = {0};
	CHECK_CASE("audits: without any there is nothing about them");
	for (int html = 0; html < 2; html++) {
		render(&v, html, &page);
		CHECK_INT(count(buf_str(&page), "Certificate"), 0);
		CHECK_INT(count(buf_str(&page), "Clock"), 0);
		CHECK_INT(count(buf_str(&page), "Found by the audits"), 0);
	}
	r->audited = true;
	for (size_t i = 0; i < r->nodes.len; i++)
		r->nodes.at[i].cert_days_left = r->nodes.at[i].clock_skew_s = NAN;
	r->nodes.at[0].cert_days_left = 61.9;
	r->nodes.at[0].clock_skew_s = -0.12;
	r->nodes.at[0].content = CONTENT_SAME;
	r->nodes.at[1].cert_days_left = -6.2;
	r->nodes.at[1].content = CONTENT_STALE;
	FIXTURE_ADD(r->findings, "The certificate of www on lon expired on 2026-11-20.");
	FIXTURE_ADD(r->findings, HOSTILE);
	CHECK_CASE("audits: in the table of nodes, and what was found at the top");
	render(&v, true, &page);
	CHECK_CONTAINS(buf_str(&page), "<li>The certificate of www on lon expired on 2026-11-20.</li>");
	const char *header = strstr(buf_str(&page), "</header>");
	CHECK(header != NULL && strstr(buf_str(&page), "<li>The certificate") < header);
	CHECK_CONTAINS(buf_str(&page), ">61</td><td>same</td>");
	CHECK_CONTAINS(buf_str(&page), ">expired</td><td>stale</td>");
	CHECK_INT(count(buf_str(&page), "<script"), 0);
	render(&v, false, &page);
	CHECK_CONTAINS(buf_str(&page), "\n- The certificate of www on lon expired on 2026-11-20.\n");
	CHECK_CONTAINS(buf_str(&page), "| 61 | same | -0.1 |");
	CHECK_INT(count(buf_str(&page), "<script"), 0);
	buf_free(&page);
}

int main(void)
{
	struct report r;
	fixture_report(&r, true);
	test_page(&r);
	test_markdown(&r);
	test_audits(&r);
	test_markdown(&r);
	test_hostile(&r);
	report_free(&r);
	return check_done();
}
