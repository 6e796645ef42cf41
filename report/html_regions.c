/* The regions with their verdicts, and what would help those that fall short. */
#include "report/html_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The bars beside the objective's values reach to one and a half times the limit, so that
 * the limit stands at two thirds of each of them. */
#define METER_LIMITS 1.5

static void objective_cell(const struct view *v, const struct report_region *g, struct buf *out)
{
	char text[PRESENT_TEXT];
	const struct estimate *e = &g->objective;
	bool known = e->fail || isfinite(e->ms);
	double part = e->fail ? 1 : e->ms / (METER_LIMITS * v->report->limit_ms);
	buf_adds(out, e->fail ? "<td class=\"n fail\">" : "<td class=n>");
	html_text(out, present_estimate(e, text));
	if (known)
		buf_addf(out,
		         "<span class=\"meter %s\" aria-hidden=true><i style=\"width:%.1f%%\"></i></span>",
		         present_mood_name(present_mood(g->verdict)), 100 * fmin(1, part));
	if (isfinite(e->low) && isfinite(e->high)) {
		buf_adds(out, "<small>");
		html_text(out, present_interval(e->low, e->high, text));
		buf_adds(out, "</small>");
	}
	buf_adds(out, "</td>");
}

/* The name, and below it who speaks: a verdict is about the vantages at hand, and what is
 * known from datacenters alone says so. */
static void name_cell(const struct report *r, const struct report_region *g, struct buf *out)
{
	const char *network = g->datacenter_only ? "datacenter" : g->level == LEVEL_PROBE ? "eyeball" : NULL;
	struct buf words = {0};
	buf_adds(out, "<th scope=row>");
	html_text(out, g->name);
	buf_adds(out, "<small>");
	present_speaker(&words, r, g);
	if (words.len > 0)
		html_text(out, buf_str(&words));
	else if (g->level != LEVEL_PROBE)
		html_textf(out, "%zu vantage%s", g->probes.len, g->probes.len == 1 ? "" : "s");
	if (network != NULL)
		html_textf(out, "%s%s", g->level == LEVEL_PROBE ? "" : ", ", network);
	if (g->imported != 0 && g->imported == g->probes.len)
		html_text(out, ", imported");
	else if (g->imported != 0)
		html_textf(out, ", %zu imported", g->imported);
	if (g->level == LEVEL_CONTINENT)
		html_textf(out, ", %.3g effective %s", g->effective_countries,
		           g->effective_countries < 1.005 ? "country" : "countries");
	buf_adds(out, "</small></th>");
	buf_free(&words);
}

static void region_row(const struct view *v, const struct report_region *g, struct buf *out)
{
	const struct report *r = v->report;
	const struct report_target *cdn = present_cdn(g), *baseline = present_baseline(g);
	char text[PRESENT_TEXT];
	struct buf words = {0};
	buf_addf(out, "<tr class=%s>", present_level_name(g->level));
	name_cell(r, g, out);
	present_verdict(&words, g);
	buf_adds(out, "<td>");
	html_badge(out, present_mood(g->verdict), buf_str(&words));
	buf_adds(out, "</td>");
	buf_free(&words);
	objective_cell(v, g, out);
	if (baseline != NULL)
		html_td_estimate(out, &baseline->phase[r->metric][present_column(r)]);
	else
		html_td_number(out, "-");
	html_td_number(out, cdn == NULL ? "-" : present_availability(cdn->availability, text));
	buf_adds(out, g->verdict == VERDICT_OK ? "<td class=\"why quiet\">" : "<td class=why>");
	html_text(out, g->why);
	buf_adds(out, "</td></tr>\n");
}

/* The vantages of a country, where they are wanted. */
static void vantage_rows(const struct view *v, const struct report_region *country, struct buf *out)
{
	const struct report *r = v->report;
	for (size_t i = 0; i < r->regions.len && v->by == VIEW_PROBE; i++) {
		const struct report_region *g = &r->regions.at[i];
		for (size_t k = 0; g->level == LEVEL_PROBE && k < country->probes.len; k++)
			if (strcmp(country->probes.at[k], g->name) == 0)
				region_row(v, g, out);
	}
}

void html_regions(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	char q[PRESENT_TEXT], objective[PRESENT_TEXT], baseline[PRESENT_TEXT];
	snprintf(objective, sizeof objective, ">%s, ms", present_quantile(r->quantile, q));
	snprintf(baseline, sizeof baseline, ">baseline %s", report_quantile_names[present_column(r)]);
	const char *const titles[] = { "Region", "Verdict", objective, baseline, ">Available", "Why" };
	struct buf caption = {0};
	buf_addf(&caption,
	         "Verdicts against %s of %s at most %.10g ms. The mark in each bar is the limit, the numbers "
	         "below it the interval.",
	         present_quantile(r->quantile, q), present_measure_label(r->metric), r->limit_ms);
	html_section(out, "regions", "Regions");
	html_table(out, buf_str(&caption), titles, LAT_COUNT(titles));
	buf_free(&caption);
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *continent = &r->regions.at[i];
		if (continent->level != LEVEL_CONTINENT)
			continue;
		region_row(v, continent, out);
		for (size_t k = 0; k < r->regions.len && v->by != VIEW_CONTINENT; k++) {
			const struct report_region *g = &r->regions.at[k];
			if (g->level != LEVEL_COUNTRY || g->continent == NULL ||
			    strcmp(g->continent, continent->code) != 0)
				continue;
			region_row(v, g, out);
			vantage_rows(v, g, out);
		}
	}
	html_table_end(out);
	html_section_end(out);
}

/* ---- fixes ------------------------------------------------------------------------- */

/* A value that would meet the objective stands out. */
static void gain_cell(const struct view *v, double ms, struct buf *out)
{
	char text[PRESENT_TEXT];
	bool meets = isfinite(ms) && ms <= v->report->limit_ms;
	buf_addf(out, "<td class=\"n%s\">%s", meets ? " meets" : "",
	         meets ? "<span aria-hidden=true>\u2713</span> " : "");
	html_text(out, present_effect(ms, false, text));
	buf_adds(out, "</td>");
}

static void candidate_cell(const struct view *v, const struct recommendation *c, struct buf *out)
{
	char a[PRESENT_TEXT];
	buf_adds(out, "<td>");
	if (c->candidate == NULL) {
		buf_adds(out, "-</td>");
		return;
	}
	buf_adds(out, "<b>");
	html_text(out, c->candidate);
	buf_adds(out, "</b>");
	if (c->city != NULL)
		html_textf(out, ", %s", c->city);
	buf_adds(out, "<small>");
	html_textf(out, "predicted %s", present_effect(c->predicted_ms, true, a));
	if (isfinite(c->low) && isfinite(c->high))
		html_textf(out, " (%s)", present_interval(c->low, c->high, a));
	if (c->extrapolated)
		buf_adds(out, ", extrapolated");
	if (isfinite(c->rtt_ms))
		html_textf(out, "; %s ms away", present_ms(c->rtt_ms, a));
	if (v->private && isfinite(c->cost_month))
		html_textf(out, "; %.2f a month", c->cost_month);
	buf_adds(out, "</small></td>");
}

static void fix_row(const struct view *v, const struct report_region *g, struct buf *out)
{
	char share[PRESENT_TEXT];
	buf_adds(out, "<tr>");
	html_th_row(out, g->name);
	buf_adds(out, "<td>");
	for (size_t k = 0; k < g->served.len && k < 3; k++)
		html_textf(out, "%s%s %s", k == 0 ? "" : ", ", g->served.at[k].node,
		           present_share(g->served.at[k].share, share));
	buf_adds(out, "</td>");
	html_td_estimate(out, &g->objective);
	for (int f = 0; f < FIXES; f++)
		gain_cell(v, g->fix_ms[f], out);
	gain_cell(v, g->fix_all_ms, out);
	candidate_cell(v, &g->recommend, out);
	buf_adds(out, "</tr>\n");
}

static bool in_fixes(const struct view *v, const struct report_region *g)
{
	return present_listed(v, g) && present_falls_short(g)
	       && (g->level != LEVEL_CONTINENT || v->by == VIEW_CONTINENT);
}

/* One column a candidate: whoever builds one place wants to know whom else it would help. */
static void candidates_table(const struct view *v, struct buf *out)
{
	enum { MOST = 20 };
	const struct report *r = v->report;
	char title[MOST][PLAN_MAX_NAME + 2];
	const char *titles[MOST + 2] = {"Region", ">Now"};
	size_t n = 0;
	for (size_t i = 0; i < r->nodes.len && n < MOST; i++)
		if (r->nodes.at[i].candidate) {
			snprintf(title[n], sizeof title[n], ">%s", r->nodes.at[i].name);
			titles[n + 2] = title[n];
			n++;
		}
	if (n < 2)
		return;
	html_table(out, "What a node at each candidate would bring, everything else as it is; predicted, in ms.",
	           titles, n + 2);
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (!in_fixes(v, g))
			continue;
		buf_adds(out, "<tr>");
		html_th_row(out, g->name);
		html_td_estimate(out, &g->objective);
		for (size_t c = 0; c < n; c++)
			gain_cell(v, c < g->candidates.len ? g->candidates.at[c].predicted_ms : NAN, out);
		buf_adds(out, "</tr>\n");
	}
	html_table_end(out);
}

void html_fixes(const struct view *v, struct buf *out)
{
	static const char *const titles[] = {
		"Region", "Served by", ">Now", ">Steering", ">DNS", ">Edge", ">Node", ">All",
		"Best candidate",
	};
	const struct report *r = v->report;
	bool any = false;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (!in_fixes(v, g))
			continue;
		if (!any) {
			char caption[160], q[PRESENT_TEXT];
			snprintf(caption, sizeof caption,
			         "What %s would be with each fix alone, in ms; a mark where it meets "
			         "the objective.",
			         present_quantile(r->quantile, q));
			html_section(out, "fixes", "What would fix it");
			html_table(out, caption, titles, LAT_COUNT(titles));
			any = true;
		}
		fix_row(v, g, out);
	}
	if (any) {
		html_table_end(out);
		candidates_table(v, out);
		html_section_end(out);
	}
}
