/* Percentile tables: continents at a glance, then every phase of every region, folded. */
#include "report/html_parts.h"

#include <string.h>

/* Two header rows: targets above, their quantiles below. */
static void wide_head(const struct report_region *g, const char *first, bool available, struct buf *out)
{
	buf_adds(out, "<thead><tr><th scope=col rowspan=2>");
	html_text(out, first);
	buf_adds(out, "</th>");
	for (size_t k = 0; k < g->targets.len; k++) {
		buf_addf(out, "<th scope=colgroup colspan=%d class=group>", QUANTILES + available);
		html_textf(out, "%s (%s)", g->targets.at[k].name,
		           g->targets.at[k].role == ROLE_CDN ? "CDN" : role_name(g->targets.at[k].role));
		buf_adds(out, "</th>");
	}
	buf_adds(out, "</tr>\n<tr>");
	for (size_t k = 0; k < g->targets.len; k++) {
		for (int q = 0; q < QUANTILES; q++)
			buf_addf(out, "<th scope=col class=\"n%s\">%s</th>", q == 0 ? " group" : "",
			         report_quantile_names[q]);
		buf_adds(out, available ? "<th scope=col class=n>available</th>" : "");
	}
	buf_adds(out, "</tr></thead>\n<tbody>\n");
}

static void quantile_cells(const struct report_target *t, enum measure m, struct buf *out)
{
	char text[PRESENT_TEXT];
	for (int q = 0; q < QUANTILES; q++) {
		const struct estimate *e = &t->phase[m][q];
		buf_addf(out, "<td class=\"n%s%s\">", q == 0 ? " group" : "", e->fail ? " fail" : "");
		html_text(out, present_estimate(e, text));
		buf_adds(out, "</td>");
	}
}

static void region_table(const struct report *r, const struct report_region *g, struct buf *out)
{
	char count[PRESENT_TEXT], share[PRESENT_TEXT];
	buf_adds(out, "<div class=scroll tabindex=0><table class=wide><caption><span><b>");
	html_text(out, g->name);
	buf_adds(out, "</b>, ms");
	for (size_t k = 0; k < g->targets.len; k++) {
		const struct report_target *t = &g->targets.at[k];
		html_textf(out, "; %s: %s attempts, %s available", t->name, present_count(t->attempts, count),
		           present_availability(t->availability, share));
	}
	buf_adds(out, "</span></caption>\n");
	wide_head(g, "Phase", false, out);
	for (size_t i = 0; i < present_measures_of(r); i++) {
		enum measure m = present_measures[i];
		buf_adds(out, m == M_TTFB ? "<tr class=sum>" : "<tr>");
		html_th_row(out, present_measure_label(m));
		for (size_t k = 0; k < g->targets.len; k++)
			quantile_cells(&g->targets.at[k], m, out);
		buf_adds(out, "</tr>\n");
	}
	html_table_end(out);
}

/* One row a continent: its total; of an objective on round trips, these. */
static void overview(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	enum measure m = r->metric == M_MIN_RTT ? M_MIN_RTT : M_TOTAL;
	bool started = false;
	char share[PRESENT_TEXT];
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (g->level != LEVEL_CONTINENT)
			continue;
		if (!started) {
			buf_adds(out,
			         "<div class=scroll tabindex=0><table class=wide><caption><span>");
			buf_adds(out, m == M_TOTAL ? "Total" : "min_rtt");
			buf_adds(out, " by continent, ms</span></caption>\n");
			wide_head(g, "Continent", true, out);
		}
		started = true;
		buf_adds(out, "<tr>");
		html_th_row(out, g->name);
		for (size_t k = 0; k < g->targets.len; k++) {
			quantile_cells(&g->targets.at[k], m, out);
			html_td_number(out, present_availability(g->targets.at[k].availability, share));
		}
		buf_adds(out, "</tr>\n");
	}
	if (started)
		html_table_end(out);
}

static void continent_details(const struct view *v, const struct report_region *continent, struct buf *out)
{
	const struct report *r = v->report;
	buf_adds(out, "<details><summary>");
	html_textf(out, "%s: every phase", continent->name);
	buf_adds(out, "</summary>\n");
	region_table(r, continent, out);
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (g->level != LEVEL_CONTINENT && present_listed(v, g) && g->continent != NULL &&
		    strcmp(g->continent, continent->code) == 0)
			region_table(r, g, out);
	}
	buf_adds(out, "</details>\n");
}

void html_percentiles(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	html_section(out, "percentiles", "Percentiles");
	overview(v, out);
	for (size_t i = 0; i < r->regions.len; i++)
		if (r->regions.at[i].level == LEVEL_CONTINENT)
			continent_details(v, &r->regions.at[i], out);
	html_section_end(out);
}
