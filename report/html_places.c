/* Nodes, candidates, vantages; addresses for those who may see them. */
#include "report/html_parts.h"

#include <math.h>
#include <stdio.h>

#include "report/imported.h"

/* What the audits say of a node. */
static void audit_cells(const struct report_node *n, struct buf *out)
{
	const char *content = report_content_name(n->content);
	char text[PRESENT_TEXT];
	html_td_number(out, n->cert_days_left < 0 ? "expired" : present_days(n->cert_days_left, text));
	html_td(out, content != NULL ? content : "-");
	html_td_number(out, present_skew(n->clock_skew_s, text));
}

static void node_table(const struct view *v, bool candidates, struct buf *out)
{
	const char *node_titles[10] = { "Node", "Place", "Status", ">Available", ">Server, ms", ">Share" };
	size_t columns = 6;
	static const char *const candidate_titles[] = { "Candidate", "Place", ">Available", ">Cost a month" };
	const struct report *r = v->report;
	bool started = false;
	if (r->audited) {
		node_titles[columns++] = ">Certificate, days";
		node_titles[columns++] = "Content";
		node_titles[columns++] = ">Clock, s";
	}
	if (v->private)
		node_titles[columns++] = ">Cost a month";
	for (size_t i = 0; i < r->nodes.len; i++) {
		const struct report_node *n = &r->nodes.at[i];
		char text[PRESENT_TEXT];
		if (n->candidate != candidates)
			continue;
		if (!started && candidates)
			html_table(out, "Places where a node could be", candidate_titles,
			           LAT_COUNT(candidate_titles) - !v->private);
		else if (!started)
			html_table(out,
			           r->audited ? "Server: median server time on cache hits. Share: of the CDN's "
			                        "visits that it answered, each continent counted alike. "
			                        "Certificate: days left. Content: beside the origin's. Clock: "
			                        "ahead of the vantages'."
			                      : "Server: median server time on cache hits. Share: of the CDN's "
			                        "visits that it answered, each continent counted alike.",
			           node_titles, columns);
		started = true;
		buf_adds(out, "<tr>");
		html_th_row(out, n->name);
		html_td_place(out, n->city, n->country, NULL);
		if (!candidates)
			html_td(out, n->impossible ? "impossible place" : node_status_name(n->status));
		html_td_number(out, candidates && n->impossible
		                        ? "impossible place"
		                        : present_availability(n->availability, text));
		if (!candidates) {
			html_td_ms(out, n->server_ms);
			html_td_number(out, present_share(n->share, text));
			if (r->audited)
				audit_cells(n, out);
		}
		if (v->private) {
			snprintf(text, sizeof text, "%.2f", n->cost_month);
			html_td_number(out, isfinite(n->cost_month) ? text : "-");
		}
		buf_adds(out, "</tr>\n");
	}
	if (started)
		html_table_end(out);
}

void html_nodes(const struct view *v, struct buf *out)
{
	html_section(out, "nodes", "Nodes and candidates");
	node_table(v, false, out);
	node_table(v, true, out);
	html_section_end(out);
}

void html_vantages(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	char q[PRESENT_TEXT], objective[PRESENT_TEXT];
	snprintf(objective, sizeof objective, ">%s, ms", present_quantile(r->quantile, q));
	const char *const titles[] = {
		"Vantage", "Place", ">Attempts", ">Failures", ">Left out", "Objective", objective,
		"Nearest node", ">Last sample, UTC",
	};
	static const char *const words[MOODS] = { "met", "only just", "missed", "no data" };
	html_section(out, "vantages", "Vantages");
	html_table(out,
	           "Where the numbers come from. Left out: the vantage's own outages and the times of "
	           "samples that can't be trusted; one that succeeded while the probe's loop lagged is an "
	           "attempt all the same.",
	           titles, LAT_COUNT(titles));
	for (size_t i = 0; i < r->probes.len; i++) {
		const struct report_probe *p = &r->probes.at[i];
		enum mood mood = present_probe_mood(r, p);
		char text[PRESENT_TEXT];
		buf_adds(out, "<tr>");
		html_th_row(out, p->name);
		snprintf(text, sizeof text, "%s%s%s", network_name(p->network), p->source == NULL ? "" : ", imported: ",
		         p->source == NULL ? "" : imported_words(p->source));
		html_td_place(out, p->city, p->country, text);
		html_td_number(out, present_count(p->attempts, text));
		html_td_number(out, present_count(p->failures, text));
		html_td_number(out, present_count(p->outages + p->flagged, text));
		buf_adds(out, "<td>");
		html_badge(out, mood, p->impossible ? "impossible place" : words[mood]);
		buf_adds(out, "</td>");
		html_td_estimate(out, &p->objective);
		buf_adds(out, "<td>");
		html_text(out, p->nearest_node != NULL ? p->nearest_node : "-");
		if (p->nearest_node != NULL && isfinite(p->nearest_rtt_ms))
			html_textf(out, ", %s ms", present_ms(p->nearest_rtt_ms, text));
		buf_adds(out, "</td>");
		html_td_number(out, p->last_us == US_NONE ? "silent" : present_time(p->last_us, text));
		buf_adds(out, "</tr>\n");
	}
	html_table_end(out);
	html_section_end(out);
}

static void address_row(const char *name, const char *kind, const char *address, struct buf *out)
{
	buf_adds(out, "<tr>");
	html_th_row(out, name);
	html_td(out, kind);
	html_td(out, address);
	buf_adds(out, "</tr>\n");
}

void html_addresses(const struct view *v, struct buf *out)
{
	static const char *const titles[] = { "Name", "What", "Address" };
	if (!v->private || v->plan == NULL)
		return;
	html_section(out, "addresses", "Addresses");
	html_table(out, "Private: from the newest plan", titles, LAT_COUNT(titles));
	for (size_t i = 0; i < v->plan->targets.len; i++)
		address_row(v->plan->targets.at[i].name, role_name(v->plan->targets.at[i].role),
		            v->plan->targets.at[i].url.text, out);
	for (size_t i = 0; i < v->plan->nodes.len; i++)
		for (size_t k = 0; k < v->plan->nodes.at[i].address.len; k++)
			address_row(v->plan->nodes.at[i].name, "node", v->plan->nodes.at[i].address.at[k],
			            out);
	for (size_t i = 0; i < v->plan->candidates.len; i++)
		address_row(v->plan->candidates.at[i].name, "candidate", v->plan->candidates.at[i].url.text,
		            out);
	html_table_end(out);
	html_section_end(out);
}
