#include "report/markdown.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "report/answer.h"
#include "report/definitions.h"
#include "report/escape.h"
#include "report/imported.h"
#include "report/plot.h"

/* ---- tables ------------------------------------------------------------------------ */

/* "| a | b |" and the row of dashes; a title that starts with '>' is of a column of numbers. */
static void table_head(struct buf *out, const char *const *titles, size_t n)
{
	buf_addc(out, '\n');
	for (size_t i = 0; i < n; i++) {
		buf_adds(out, i == 0 ? "| " : " | ");
		escape_markdown(out, titles[i] + (titles[i][0] == '>'));
	}
	buf_adds(out, " |\n");
	for (size_t i = 0; i < n; i++)
		buf_adds(out, titles[i][0] == '>' ? "|--:" : "|:--");
	buf_adds(out, "|\n");
}

static void cell(struct buf *out, const char *text)
{
	buf_adds(out, "| ");
	escape_markdown(out, text);
	buf_addc(out, ' ');
}

static void row_end(struct buf *out)
{
	buf_adds(out, "|\n");
}

static void ms_cell(struct buf *out, double ms)
{
	char text[PRESENT_TEXT];
	cell(out, present_ms(ms, text));
}

static void heading(struct buf *out, const char *title)
{
	buf_addf(out, "\n## %s\n", title);
}

/* ---- sections ---------------------------------------------------------------------- */

static void paragraph(struct buf *out, const struct buf *text)
{
	if (text->len == 0)
		return;
	buf_addc(out, '\n');
	escape_markdown(out, buf_str(text));
	buf_addc(out, '\n');
}

static void top(const struct view *v, const struct answer *a, struct buf *out)
{
	const struct report *r = v->report;
	char since[PRESENT_TEXT], until[PRESENT_TEXT], objective[PRESENT_TEXT], block[DURATION_TEXT];
	buf_adds(out, "# Latency report\n\n**");
	escape_markdown(out, buf_str(&a->headline));
	buf_adds(out, "**\n");
	paragraph(out, &a->fine);
	paragraph(out, &a->why);
	paragraph(out, &a->change);
	for (size_t i = 0; i < r->findings.len; i++) {
		buf_adds(out, i == 0 ? "\n- " : "- ");
		escape_markdown(out, r->findings.at[i]);
		buf_addc(out, '\n');
	}
	buf_addf(out, "\n%s to %s UTC. Objective: `%s`. %zu block%s of %s, seed %llu, plan ",
	         present_time(r->since_us, since), present_time(r->until_us, until),
	         present_objective(r, objective), r->blocks, text_s(r->blocks), duration_format(r->block_us, block),
	         (unsigned long long)r->seed);
	escape_markdown(out, r->plan_rev != NULL ? r->plan_rev : "-");
	buf_adds(out, ".\n");
}

static void chart(const struct view *v, enum chart c, struct buf *out)
{
	if (v->charts == NULL || !v->chart_files || v->charts->svg[c].len == 0)
		return;
	struct buf text = {0};
	plot_alt(v, c, &text);
	buf_adds(out, "\n![");
	escape_markdown(out, buf_str(&text));
	buf_addf(out, "](%s.svg)\n\n", plot_name(c));
	buf_clear(&text);
	plot_caption(v, c, &text);
	escape_markdown(out, buf_str(&text));
	buf_addc(out, '\n');
	buf_free(&text);
}

static void region_row(const struct view *v, const struct report_region *g, struct buf *out)
{
	const struct report *r = v->report;
	const struct report_target *cdn = present_cdn(g), *baseline = present_baseline(g);
	int q = present_column(r);
	char text[PRESENT_TEXT], text2[PRESENT_TEXT];
	struct buf line = {0};
	buf_adds(&line, g->name);
	if (g->probes.len == 1 && g->level != LEVEL_PROBE) {
		buf_adds(&line, " ");
		present_speaker(&line, r, g);
	}
	buf_adds(out, g->level == LEVEL_CONTINENT ? "| **" : "| ");
	escape_markdown(out, buf_str(&line));
	buf_adds(out, g->level == LEVEL_CONTINENT ? "** " : " ");
	snprintf(text, sizeof text, "%zu%s", g->probes.len, g->datacenter_only ? " dc" : "");
	if (g->imported != 0)
		snprintf(text + strlen(text), sizeof text - strlen(text), ", %zu imported", g->imported);
	cell(out, text);
	buf_clear(&line);
	buf_addf(&line, "%s ", present_mark(present_mood(g->verdict)));
	present_verdict(&line, g);
	cell(out, buf_str(&line));
	buf_free(&line);
	cell(out, present_estimate(&g->objective, text));
	cell(out, present_interval(g->objective.low, g->objective.high, text));
	cell(out, baseline == NULL ? "-" : present_estimate(&baseline->phase[r->metric][q], text));
	cell(out, cdn == NULL ? "-" : present_availability(cdn->availability, text2));
	cell(out, g->why != NULL ? g->why : "");
	row_end(out);
}

static void regions(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	char q[PRESENT_TEXT], objective[PRESENT_TEXT], baseline[PRESENT_TEXT];
	snprintf(objective, sizeof objective, ">%s, ms", present_quantile(r->quantile, q));
	snprintf(baseline, sizeof baseline, ">baseline %s, ms", report_quantile_names[present_column(r)]);
	const char *const titles[] = {
		"Region", ">Vantages", "Verdict", objective, ">interval", baseline, ">Available",
		"Why",
	};
	heading(out, "Regions");
	table_head(out, titles, LAT_COUNT(titles));
	for (size_t i = 0; i < r->regions.len; i++)
		if (present_listed(v, &r->regions.at[i]))
			region_row(v, &r->regions.at[i], out);
	buf_adds(out, "\ndc: datacenter vantages alone.\n");
}

static void fixes(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	static const char *const titles[] = {
		"Region", "Served by", ">Now", ">Steering", ">DNS", ">Edge", ">Node", ">All",
		"Best candidate",
	};
	bool started = false;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (!present_listed(v, g) || !present_falls_short(g))
			continue;
		if (!started) {
			heading(out, "What each fix alone would give, ms");
			table_head(out, titles, LAT_COUNT(titles));
			started = true;
		}
		char text[PRESENT_TEXT];
		struct buf line = {0};
		cell(out, g->name);
		for (size_t k = 0; k < g->served.len && k < 3; k++)
			buf_addf(&line, "%s%s %s", k == 0 ? "" : ", ", g->served.at[k].node,
			         present_share(g->served.at[k].share, text));
		cell(out, buf_str(&line));
		cell(out, present_estimate(&g->objective, text));
		for (int f = 0; f < FIXES; f++)
			cell(out, present_effect(g->fix_ms[f], false, text));
		cell(out, present_effect(g->fix_all_ms, false, text));
		buf_clear(&line);
		const struct recommendation *c = &g->recommend;
		if (c->candidate != NULL)
			buf_addf(&line, "%s: %s%s", c->candidate, present_effect(c->predicted_ms, true, text),
			         c->extrapolated ? ", extrapolated" : "");
		if (v->private && c->candidate != NULL && isfinite(c->cost_month))
			buf_addf(&line, ", %.2f a month", c->cost_month);
		cell(out, buf_str(&line));
		buf_free(&line);
		row_end(out);
	}
}

static void percentiles(const struct view *v, struct buf *out)
{
	static const char *const titles[] = {
		"Region", "Target", "Measure", ">p50", ">p75", ">p90", ">p95", ">p99", ">Attempts",
		">Available",
	};
	const struct report *r = v->report;
	size_t measures = present_measures_of(r);
	heading(out, "Percentiles, ms");
	table_head(out, titles, LAT_COUNT(titles));
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (!present_listed(v, g))
			continue;
		for (size_t k = 0; k < g->targets.len; k++) {
			const struct report_target *t = &g->targets.at[k];
			for (size_t m = 0; m < measures; m++) {
				char text[PRESENT_TEXT];
				bool last = m == measures - 1;
				cell(out, m == 0 && k == 0 ? g->name : "");
				cell(out, m == 0 ? t->name : "");
				cell(out, present_measure_label(present_measures[m]));
				for (int q = 0; q < QUANTILES; q++)
					cell(out, present_estimate(&t->phase[present_measures[m]][q], text));
				cell(out, last ? present_count(t->attempts, text) : "");
				cell(out, last ? present_availability(t->availability, text) : "");
				row_end(out);
			}
		}
	}
}

static void nodes(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	const char *titles[10] = { "Name", "Kind", "Place", ">Available", ">Server, ms", ">Share" };
	size_t columns = 6;
	if (r->audited) {
		titles[columns++] = ">Certificate, days";
		titles[columns++] = "Content";
		titles[columns++] = ">Clock, s";
	}
	if (v->private)
		titles[columns++] = ">Cost a month";
	heading(out, "Nodes and candidates");
	table_head(out, titles, columns);
	for (size_t i = 0; i < r->nodes.len; i++) {
		const struct report_node *n = &r->nodes.at[i];
		char text[PRESENT_TEXT];
		struct buf place = {0};
		buf_addf(&place, "%s%s%s", n->city != NULL ? n->city : "", n->city != NULL ? ", " : "",
		         n->country != NULL ? n->country : "");
		cell(out, n->name);
		cell(out, n->candidate ? "candidate" : node_status_name(n->status));
		cell(out, buf_str(&place));
		buf_free(&place);
		cell(out, present_availability(n->availability, text));
		ms_cell(out, n->server_ms);
		cell(out, present_share(n->candidate ? NAN : n->share, text));
		if (r->audited) {
			const char *content = report_content_name(n->content);
			cell(out, present_days(n->cert_days_left, text));
			cell(out, content != NULL ? content : "-");
			cell(out, present_skew(n->clock_skew_s, text));
		}
		if (v->private) {
			snprintf(text, sizeof text, "%.2f", n->cost_month);
			cell(out, isfinite(n->cost_month) ? text : "-");
		}
		row_end(out);
	}
}

static void vantages(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	char q[PRESENT_TEXT], objective[PRESENT_TEXT];
	snprintf(objective, sizeof objective, ">%s, ms", present_quantile(r->quantile, q));
	const char *const titles[] = {
		"Vantage", "Place", "Network", ">Attempts", ">Failures", ">Left out", objective,
		"Nearest node", ">RTT, ms", "Last sample, UTC",
	};
	heading(out, "Vantages");
	table_head(out, titles, LAT_COUNT(titles));
	for (size_t i = 0; i < r->probes.len; i++) {
		const struct report_probe *p = &r->probes.at[i];
		char text[PRESENT_TEXT];
		struct buf place = {0};
		buf_addf(&place, "%s%s%s%s", p->city != NULL ? p->city : "", p->city != NULL ? ", " : "",
		         p->country != NULL ? p->country : "", p->impossible ? " (impossible)" : "");
		cell(out, p->name);
		cell(out, buf_str(&place));
		buf_free(&place);
		snprintf(text, sizeof text, "%s%s%s", network_name(p->network), p->source == NULL ? "" : ", imported: ",
		         p->source == NULL ? "" : imported_words(p->source));
		cell(out, text);
		cell(out, present_count(p->attempts, text));
		cell(out, present_count(p->failures, text));
		cell(out, present_count(p->outages + p->flagged, text));
		cell(out, present_estimate(&p->objective, text));
		cell(out, p->nearest_node != NULL ? p->nearest_node : "-");
		ms_cell(out, p->nearest_rtt_ms);
		cell(out, present_time(p->last_us, text));
		row_end(out);
	}
}

static void edge_rows(const struct view *v, const struct report_region *g, const struct report_target *t,
                      struct buf *out)
{
	char text[PRESENT_TEXT];
	for (size_t i = 0; i < t->edges.len; i++) {
		const struct report_edge *e = &t->edges.at[i];
		struct buf place = {0};
		present_edge_place(&place, e);
		if (e->impossible)
			buf_addf(&place, " (%s)", PRESENT_IMPOSSIBLE);
		cell(out, t->name);
		cell(out, g->name);
		cell(out, buf_str(&place));
		buf_free(&place);
		cell(out, present_share(e->share, text));
		ms_cell(out, e->rtt_ms);
		if (v->private) {
			cell(out, e->network != NULL ? e->network : "-");
			cell(out, e->addresses);
		}
		row_end(out);
	}
}

static void edges(const struct view *v, struct buf *out)
{
	static const char *const titles[] = { "Target", "Seen from", "Answered from", ">Share", ">RTT, ms",
		                              "Network", "Addresses" };
	const struct report *r = v->report;
	bool started = false;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		for (size_t t = 0; present_listed(v, g) && t < g->targets.len; t++) {
			if (!present_has_edges(v, g->targets.at[t].name))
				continue;
			if (!started) {
				heading(out, "Where it answered from");
				table_head(out, titles, LAT_COUNT(titles) - (v->private ? 0 : 2));
			}
			started = true;
			edge_rows(v, g, &g->targets.at[t], out);
		}
	}
}

static void addresses(const struct view *v, struct buf *out)
{
	if (!v->private || v->plan == NULL)
		return;
	static const char *const titles[] = { "Target or node", "Address" };
	heading(out, "Addresses (private)");
	table_head(out, titles, LAT_COUNT(titles));
	for (size_t i = 0; i < v->plan->targets.len; i++) {
		cell(out, v->plan->targets.at[i].name);
		cell(out, v->plan->targets.at[i].url.text);
		row_end(out);
	}
	for (size_t i = 0; i < v->plan->nodes.len; i++) {
		const struct plan_node *n = &v->plan->nodes.at[i];
		for (size_t k = 0; k < n->address.len; k++) {
			cell(out, n->name);
			cell(out, n->address.at[k]);
			row_end(out);
		}
	}
}

static void closing(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	if (r->notes.len > 0)
		heading(out, "Notes");
	buf_adds(out, r->notes.len > 0 ? "\n" : "");
	for (size_t i = 0; i < r->notes.len; i++) {
		buf_adds(out, "- ");
		escape_markdown(out, r->notes.at[i]);
		buf_addc(out, '\n');
	}
	heading(out, "Definitions");
	buf_addc(out, '\n');
	for (const struct definition *d = definitions; d->word != NULL; d++) {
		buf_addf(out, "- **%s.** ", d->word);
		escape_markdown(out, d->text);
		buf_addc(out, '\n');
	}
}

int markdown_write(const struct view *v, struct buf *out, struct err *err)
{
	struct answer a;
	int rc = answer_make(v->report, &a, err);
	if (rc == 0) {
		top(v, &a, out);
		chart(v, CHART_MAP, out);
		regions(v, out);
		fixes(v, out);
		chart(v, CHART_PHASES, out);
		chart(v, CHART_CDF, out);
		percentiles(v, out);
		edges(v, out);
		nodes(v, out);
		vantages(v, out);
		addresses(v, out);
		closing(v, out);
		if (out->failed)
			rc = err_nomem(err);
	}
	answer_free(&a);
	return rc;
}
