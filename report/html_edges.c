/* Where targets answered from: a table for each of which that is more than our nodes' names. */
#include "report/html_parts.h"

#include <string.h>

static void row(const struct view *v, const struct report_region *g, const struct report_edge *e,
                struct buf *out)
{
	char text[PRESENT_TEXT];
	struct buf place = {0};
	present_edge_place(&place, e);
	buf_adds(out, "<tr>");
	html_th_row(out, g->name);
	buf_adds(out, "<td>");
	html_text(out, buf_str(&place));
	if (e->impossible) {
		buf_adds(out, "<br><small>");
		html_text(out, PRESENT_IMPOSSIBLE);
		buf_adds(out, "</small>");
	}
	buf_adds(out, "</td>");
	buf_free(&place);
	html_td_number(out, present_share(e->share, text));
	html_td_ms(out, e->rtt_ms);
	if (v->private) {
		html_td(out, e->network != NULL ? e->network : "-");
		html_td(out, e->addresses);
	}
	buf_adds(out, "</tr>\n");
}

static void table(const struct view *v, const char *target, struct buf *out)
{
	static const char *const titles[] = { "Seen from", "Answered from", ">Share", ">RTT, ms", "Network",
		                              "Addresses" };
	const struct report *r = v->report;
	struct buf caption = {0};
	buf_addf(&caption, "%s: our own nodes by name; other addresses where the geography database has them, "
	                   "which may be where an anycast address is registered. RTT: median, of the "
	                   "connection.", target);
	html_table(out, buf_str(&caption), titles, LAT_COUNT(titles) - (v->private ? 0 : 2));
	buf_free(&caption);
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		for (size_t t = 0; present_listed(v, g) && t < g->targets.len; t++)
			for (size_t k = 0; k < g->targets.at[t].edges.len; k++)
				if (strcmp(g->targets.at[t].name, target) == 0)
					row(v, g, &g->targets.at[t].edges.at[k], out);
	}
	html_table_end(out);
}

void html_edges(const struct view *v, struct buf *out)
{
	const struct report_region *first = v->report->regions.len > 0 ? &v->report->regions.at[0] : NULL;
	bool started = false;
	for (size_t t = 0; first != NULL && t < first->targets.len; t++) {
		const char *target = first->targets.at[t].name; /* every region has the same ones */
		if (!present_has_edges(v, target))
			continue;
		if (!started)
			html_section(out, "answers", "Where it answered from");
		started = true;
		table(v, target, out);
	}
	if (started)
		html_section_end(out);
}
