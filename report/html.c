#include "report/html.h"

#include <inttypes.h>
#include <string.h>

#include "lib/text.h"
#include "report/answer.h"
#include "report/definitions.h"
#include "report/embedded.h"
#include "report/html_parts.h"
#include "report/plot.h"
#include "report/svg.h"

/* No script, no image, no font, no connection: whatever a name may hold, the browser fetches
 * and runs nothing. */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

static void head(const struct answer *a, struct buf *out)
{
	buf_adds(out, "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
	              "<meta http-equiv=Content-Security-Policy content=\"" POLICY "\">\n"
	              "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
	              "<meta name=color-scheme content=\"light dark\">\n"
	              "<meta name=generator content=\"latlas " LATLAS_VERSION "\">\n<title>");
	html_textf(out, "Latency report: %s", buf_str(&a->headline));
	buf_adds(out, "</title>\n<style>\n");
	buf_adds(out, embedded_page_css);
	buf_adds(out, "</style>\n</head>\n<body>\n");
}

static void paragraph(const char *class, const struct buf *text, struct buf *out)
{
	if (text->len == 0)
		return;
	buf_addf(out, "<p class=%s>", class);
	html_text(out, buf_str(text));
	buf_adds(out, "</p>\n");
}

static void fact(const char *word, const char *text, struct buf *out)
{
	buf_adds(out, "<div><dt>");
	html_text(out, word);
	buf_adds(out, "</dt><dd>");
	html_text(out, text);
	buf_adds(out, "</dd></div>\n");
}

static void facts(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	char a[PRESENT_TEXT], b[PRESENT_TEXT], d[DURATION_TEXT];
	struct buf text = {0};
	uint64_t attempts = 0;
	for (size_t i = 0; i < r->probes.len; i++)
		attempts += r->probes.at[i].attempts;
	buf_adds(out, "<dl class=facts>\n");
	buf_addf(&text, "%s of %s at most %.10g ms", present_quantile(r->quantile, a),
	         present_measure_label(r->metric), r->limit_ms);
	fact("Objective", buf_str(&text), out);
	buf_addf(out, "<div><dt>Window</dt><dd><time>%s</time> to <time>%s UTC</time> (%s)</dd></div>\n",
	         present_time(r->since_us, a), present_time(r->until_us, b),
	         duration_format(r->until_us - r->since_us, d));
	buf_clear(&text);
	buf_addf(&text, "%s by %zu vantage%s", present_count(attempts, a), r->probes.len,
	         r->probes.len == 1 ? "" : "s");
	fact("Samples", buf_str(&text), out);
	buf_clear(&text);
	buf_addf(&text, "about %s",
	         strcmp(r->basis, "vantages") == 0 ? "the vantages at hand" : "the regions");
	fact("Verdicts", buf_str(&text), out);
	buf_adds(out, "</dl>\n");
	buf_free(&text);
}

/* How many regions of each mood, of the level that the answer speaks about. */
static void tally(const struct view *v, struct buf *out)
{
	static const char *const words[MOODS] = { "ok", "borderline", "fall short", "no data" };
	const struct report *r = v->report;
	size_t n[MOODS] = {0};
	for (size_t i = 0; i < r->regions.len; i++)
		if (r->regions.at[i].level == LEVEL_COUNTRY)
			n[present_mood(r->regions.at[i].verdict)]++;
	if (n[MOOD_GOOD] + n[MOOD_CLOSE] + n[MOOD_BAD] + n[MOOD_UNKNOWN] == 0)
		return;
	buf_adds(out, "<ul class=tally aria-label=\"Countries by verdict\">\n");
	for (int m = 0; m < MOODS; m++)
		if (n[m] > 0)
			buf_addf(out, "<li class=%s><b>%zu</b> %s</li>\n", present_mood_name((enum mood)m),
			         n[m], words[m]);
	buf_adds(out, "</ul>\n");
}

static void findings(const struct report *r, struct buf *out)
{
	if (r->findings.len == 0)
		return;
	buf_adds(out, "<ul class=found aria-label=\"Found by the audits\">\n");
	for (size_t i = 0; i < r->findings.len; i++) {
		buf_adds(out, "<li>");
		html_text(out, r->findings.at[i]);
		buf_adds(out, "</li>\n");
	}
	buf_adds(out, "</ul>\n");
}

static void top(const struct view *v, const struct answer *a, struct buf *out)
{
	buf_adds(out, "<header>\n<p class=brand>latlas <span>latency report</span></p>\n<h1>");
	html_text(out, buf_str(&a->headline));
	buf_adds(out, "</h1>\n");
	tally(v, out);
	paragraph("lede", &a->fine, out);
	paragraph("lede", &a->why, out);
	paragraph("change", &a->change, out);
	findings(v->report, out);
	facts(v, out);
	buf_adds(
	    out,
	    "</header>\n<nav aria-label=Sections><a href=#regions>Regions</a> <a href=#phases>Phases</a> "
	    "<a href=#spread>Distributions</a> <a href=#percentiles>Percentiles</a> "
	    "<a href=#nodes>Nodes</a> <a href=#vantages>Vantages</a> "
	    "<a href=#definitions>Definitions</a></nav>\n<main>\n");
}

static void chart(const struct view *v, enum chart c, const char *id, const char *title, struct buf *out)
{
	if (v->charts == NULL)
		return;
	struct buf text = {0};
	html_section(out, id, title);
	if (v->charts->svg[c].len == 0) {
		buf_addf(out, "<p class=caution>The chart %s was not drawn.</p>\n", plot_name(c));
	} else {
		buf_adds(out, "<figure>\n<div class=scroll tabindex=0>");
		svg_inline(buf_str(&v->charts->svg[c]), out);
		buf_adds(out, "</div>\n<figcaption>");
		plot_caption(v, c, &text);
		html_text(out, buf_str(&text));
		buf_adds(out, "</figcaption>\n</figure>\n");
	}
	html_section_end(out);
	buf_free(&text);
}

static void notes(const struct view *v, struct buf *out)
{
	if (v->report->notes.len == 0)
		return;
	html_section(out, "notes", "Bear in mind");
	buf_adds(out, "<ul>\n");
	for (size_t i = 0; i < v->report->notes.len; i++) {
		buf_adds(out, "<li>");
		html_text(out, v->report->notes.at[i]);
		buf_adds(out, "</li>\n");
	}
	buf_adds(out, "</ul>\n");
	html_section_end(out);
}

static void closing(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	char time[PRESENT_TEXT], block[DURATION_TEXT], a[PRESENT_TEXT], b[PRESENT_TEXT];
	html_section(out, "definitions", "Definitions");
	buf_adds(out, "<dl class=definitions>\n");
	for (const struct definition *d = definitions; d->word != NULL; d++) {
		buf_adds(out, "<dt>");
		html_text(out, d->word);
		buf_adds(out, "</dt><dd>");
		html_text(out, d->text);
		buf_adds(out, "</dd>\n");
	}
	buf_adds(out, "</dl>\n");
	html_section_end(out);
	buf_adds(out, "</main>\n<footer><p>");
	html_textf(out,
	           "latlas " LATLAS_VERSION ", made %s UTC. Plan %s. %zu block%s of %s, seed %" PRIu64 ".",
	           present_time(r->generated_us, time), r->plan_rev != NULL ? r->plan_rev : "unknown",
	           r->blocks, text_s(r->blocks), duration_format(r->block_us, block), r->seed);
	if (r->fit_r == r->fit_r) /* not NAN */
		html_textf(out, " Predictions: %s ms + %.2f x round trip, seen from %s to %s ms.",
		           present_ms(r->fit_a_ms, time), r->fit_r, present_ms(r->fit_rtt_min_ms, a),
		           present_ms(r->fit_rtt_max_ms, b));
	buf_adds(out, "</p></footer>\n</body>\n</html>\n");
}

int html_write(const struct view *v, struct buf *out, struct err *err)
{
	struct answer a;
	int rc = answer_make(v->report, &a, err);
	if (rc == 0) {
		head(&a, out);
		top(v, &a, out);
		chart(v, CHART_MAP, "map", "Where", out);
		html_regions(v, out);
		html_fixes(v, out);
		notes(v, out);
		chart(v, CHART_PHASES, "phases", "Where the time goes", out);
		chart(v, CHART_CDF, "spread", "How it is spread", out);
		html_percentiles(v, out);
		html_edges(v, out);
		html_nodes(v, out);
		html_vantages(v, out);
		html_addresses(v, out);
		closing(v, out);
		if (out->failed)
			rc = err_nomem(err);
	}
	answer_free(&a);
	return rc;
}
