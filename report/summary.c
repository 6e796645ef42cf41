#include "report/summary.h"

#include <string.h>

#include "lib/table.h"
#include "lib/text.h"
#include "report/answer.h"
#include "report/tint.h"
#include "report/wrap.h"

/* Widths that keep the widest row within WRAP_WIDTH. */
#define NAME_WIDTH 24
#define SPEAKER_WIDTH 14

/* ---- the header -------------------------------------------------------------------- */

static void print_header(const struct view *v, FILE *out)
{
	const struct report *r = v->report;
	char since[PRESENT_TEXT], until[PRESENT_TEXT], objective[PRESENT_TEXT], count[PRESENT_TEXT];
	char window[DURATION_TEXT], block[DURATION_TEXT];
	fprintf(out, "%s to %s UTC (%s), objective %s\n", present_time(r->since_us, since),
	        present_time(r->until_us, until), duration_format(r->until_us - r->since_us, window),
	        present_objective(r, objective));
	uint64_t attempts = 0;
	size_t imported = 0;
	char whose[48] = "";
	for (size_t i = 0; i < r->probes.len; i++) {
		attempts += r->probes.at[i].attempts;
		imported += r->probes.at[i].source != NULL;
	}
	if (imported != 0)
		snprintf(whose, sizeof whose, " (%zu imported)", imported);
	fprintf(out, "%zu vantage%s%s, %s samples, %zu block%s of %s, seed %llu; about %s\n\n", r->probes.len,
	        r->probes.len == 1 ? "" : "s", whose, present_count(attempts, count), r->blocks,
	        r->blocks == 1 ? "" : "s", duration_format(r->block_us, block), (unsigned long long)r->seed,
	        strcmp(r->basis, "vantages") == 0 ? "the vantages at hand" : "the regions, probes resampled");
}

/* ---- the table --------------------------------------------------------------------- */

struct rows {
	struct table *table;
	tints tints;
};

/* What the second column says: the vantage's name if it is alone, their number, or, for a
 * vantage, its network. */
static void speaker(struct buf *out, const struct report_region *g)
{
	if (g->level == LEVEL_PROBE)
		buf_addf(out, "%s%s", g->datacenter_only ? "datacenter" : "eyeball",
		         g->imported != 0 ? ", imported" : "");
	else if (g->probes.len == 1)
		wrap_cut(out, g->probes.at[0], SPEAKER_WIDTH);
	else if (g->level == LEVEL_CONTINENT)
		buf_addf(out, "%zu (%.3g eff.)", g->probes.len, g->effective_countries);
	else
		buf_addf(out, "%zu", g->probes.len);
}

static void estimate_cell(struct table *t, const struct report_target *target, enum measure m, int q)
{
	char text[PRESENT_TEXT];
	table_cell(t, "%s", target == NULL ? "-" : present_estimate(&target->phase[m][q], text));
}

static void region_row(struct rows *rows, const struct view *v, const struct report_region *g)
{
	const struct report *r = v->report;
	struct table *t = rows->table;
	const struct report_target *cdn = present_cdn(g), *baseline = present_baseline(g);
	struct buf name = {0}, who = {0};
	size_t indent = 2 * (size_t)g->level;
	buf_addf(&name, "%*s", (int)indent, "");
	wrap_cut(&name, g->name, NAME_WIDTH - indent);
	speaker(&who, g);
	table_cell(t, "%s", buf_str(&name));
	table_cell(t, "%s", buf_str(&who));
	buf_free(&name);
	buf_free(&who);
	estimate_cell(t, cdn, r->metric, P50);
	estimate_cell(t, cdn, r->metric, present_column(r));
	estimate_cell(t, cdn, r->metric, P95);
	estimate_cell(t, baseline, r->metric, present_column(r));
	char text[PRESENT_TEXT];
	table_cell(t, "%s", cdn == NULL ? "-" : present_availability(cdn->availability, text));
	table_cell(t, "%s", verdict_name(g->verdict));
	tint_add(&rows->tints, present_mood(g->verdict));
}

static const char *country_of_probe(const struct report *r, const char *probe)
{
	for (size_t i = 0; i < r->probes.len; i++)
		if (strcmp(r->probes.at[i].name, probe) == 0)
			return r->probes.at[i].country;
	return NULL;
}

static void probe_rows_of(struct rows *rows, const struct view *v, const struct report_region *country)
{
	const struct report *r = v->report;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (g->level != LEVEL_PROBE)
			continue;
		const char *code = country_of_probe(r, g->name);
		if (country == NULL ? code == NULL : code != NULL && strcmp(code, country->code) == 0)
			region_row(rows, v, g);
	}
}

static void country_rows_of(struct rows *rows, const struct view *v, const char *continent)
{
	const struct report *r = v->report;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (g->level != LEVEL_COUNTRY || g->continent == NULL || strcmp(g->continent, continent) != 0)
			continue;
		region_row(rows, v, g);
		if (v->by == VIEW_PROBE)
			probe_rows_of(rows, v, g);
	}
}

static bool print_table(const struct view *v, FILE *out)
{
	const struct report *r = v->report;
	struct rows rows = { .table = table_new("llrrrrrl") };
	struct table *t = rows.table;
	if (t == NULL)
		return false;
	char q[PRESENT_TEXT];
	const char *column = report_quantile_names[present_column(r)];
	table_cell(t, "%s, ms", measure_name(r->metric));
	table_cell(t, "vantages");
	table_cell(t, "p50");
	table_cell(t, "%s", column);
	table_cell(t, "p95");
	table_cell(t, "baseline %s", column);
	table_cell(t, "available");
	table_cell(t, "verdict");
	table_rule(t);
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (g->level != LEVEL_CONTINENT)
			continue;
		region_row(&rows, v, g);
		if (v->by != VIEW_CONTINENT)
			country_rows_of(&rows, v, g->code);
	}
	if (v->by == VIEW_PROBE)
		probe_rows_of(&rows, v, NULL);
	bool ok = tint_print(t, &rows.tints, out);
	table_free(t);
	vec_free(&rows.tints);
	if (r->quantile != report_quantiles[present_column(r)])
		fprintf(out, "(verdicts are about %s, see the report)\n", present_quantile(r->quantile, q));
	return ok;
}

/* ---- what to do -------------------------------------------------------------------- */

static void print_todo(const struct view *v, const struct answer *a, FILE *out)
{
	const struct report *r = v->report;
	bool title = false;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		/* A continent's trouble is its countries'; it is told where only continents are. */
		enum region_level level = v->by == VIEW_CONTINENT ? LEVEL_CONTINENT : LEVEL_COUNTRY;
		if (!present_listed(v, g) || g->level < level || !present_falls_short(g))
			continue;
		if (!title)
			fputs("\nWhat to do:\n", out);
		title = true;
		struct buf line = {0};
		buf_addf(&line, "%s (", g->name);
		present_verdict(&line, g);
		buf_addf(&line, "): %s", g->why != NULL ? g->why : "");
		wrap_print(out, 2, 4, buf_str(&line));
		buf_free(&line);
	}
	if (a->change.len > 0) {
		fputs(title ? "" : "\n", out);
		wrap_print(out, 2, 4, buf_str(&a->change));
	}
	if (r->notes.len > 0)
		fputs("\nBear in mind:\n", out);
	for (size_t i = 0; i < r->notes.len; i++)
		wrap_print(out, 2, 4, r->notes.at[i]);
}

int summary_print(const struct view *v, FILE *out, struct err *err)
{
	struct answer a;
	int rc = answer_make(v->report, &a, err);
	if (rc == 0) {
		print_header(v, out);
		wrap_print(out, 0, 0, buf_str(&a.headline));
		if (a.fine.len > 0)
			wrap_print(out, 0, 0, buf_str(&a.fine));
		for (size_t i = 0; i < v->report->findings.len; i++)
			wrap_print(out, 0, 2, v->report->findings.at[i]);
		fputc('\n', out);
		if (!print_table(v, out))
			rc = err_nomem(err);
		print_todo(v, &a, out);
	}
	answer_free(&a);
	if (rc == 0 && (fflush(out) != 0 || ferror(out)))
		rc = err_set_errno(err, LAT_IOERR, "standard output");
	return rc;
}
