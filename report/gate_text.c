#include "report/gate_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "report/bootstrap.h"
#include "report/escape.h"
#include "report/present.h"
#include "report/tint.h"
#include "report/wrap.h"

#define NAMES_SHOWN 4
#define NAME_WIDTH 26

/* Too few blocks to judge it, but nothing would change there: one line for all of these. */
static bool idle(const struct gate_region *r)
{
	return r->verdict == GATE_INCONCLUSIVE && r->blocks < BOOTSTRAP_MIN_BLOCKS && r->delta_ms == 0 &&
	       r->failures != GATE_FAIL && !r->before_fail && !r->after_fail;
}

/* A region is told if something happens to it: a verdict that isn't PASS, a vantage that
 * loses under it, the objective crossed, or a change of a millisecond and of one per cent. */
static bool changes(const struct gate_region *r)
{
	return (r->verdict != GATE_PASS && !idle(r)) || r->crosses != 0 || r->hidden.len > 0 ||
	       r->before_fail != r->after_fail || r->failing_after > r->failing_before ||
	       fabs(r->delta_ms) >= fmax(1, 0.01 * r->before_ms);
}

static int rank_of(enum gate_verdict v)
{
	return v == GATE_FAIL ? 0 : v == GATE_INCONCLUSIVE ? 1 : 2;
}

/* Who loses most first; what is judged better after that, the largest gain first. */
static int by_loss(const void *a, const void *b)
{
	const struct gate_region *x = *(const struct gate_region *const *)a,
				 *y = *(const struct gate_region *const *)b;
	if (rank_of(x->verdict) != rank_of(y->verdict))
		return rank_of(x->verdict) - rank_of(y->verdict);
	if (idle(x) != idle(y))
		return idle(x) - idle(y);
	if (x->level != y->level) /* countries before continents */
		return x->level > y->level ? -1 : 1;
	double dx = x->after_fail ? INFINITY : x->delta_ms, dy = y->after_fail ? INFINITY : y->delta_ms;
	if (x->verdict == GATE_PASS) {
		dx = fabs(dx);
		dy = fabs(dy);
	}
	if (dx != dy)
		return dx > dy ? -1 : 1;
	return strcmp(x->id, y->id);
}

static void list(struct buf *out, const char *const *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%s", i == 0 ? "" : i == n - 1 ? " and " : ", ", at[i]);
}

/* "adding sin", "removing lon and adding sin" */
static void change_words(struct buf *out, const struct gate *g)
{
	if (g->remove.len > 0) {
		buf_adds(out, "removing ");
		list(out, g->remove.at, g->remove.len);
	}
	buf_adds(out, g->remove.len > 0 && g->add.len > 0 ? " and " : "");
	if (g->add.len > 0) {
		buf_adds(out, "adding ");
		list(out, g->add.at, g->add.len);
	}
}

/* The names of the countries with that verdict, else of the regions. */
static size_t name_regions(struct buf *out, struct gate_region *const *sorted, size_t n, enum gate_verdict v)
{
	size_t all = 0, countries = 0, i = 0;
	for (size_t k = 0; k < n; k++) {
		all += sorted[k]->verdict == v;
		countries += sorted[k]->verdict == v && sorted[k]->level == LEVEL_COUNTRY;
	}
	size_t total = countries > 0 ? countries : all;
	size_t shown = total > NAMES_SHOWN + 1 ? NAMES_SHOWN : total;
	for (size_t k = 0; k < n && i < shown; k++) {
		if (sorted[k]->verdict != v || (countries > 0 && sorted[k]->level != LEVEL_COUNTRY))
			continue;
		buf_addf(out, "%s%s", i == 0 ? "" : i == total - 1 ? " and " : ", ", sorted[k]->name);
		i++;
	}
	if (total > shown)
		buf_addf(out, " and %zu more", total - shown);
	return total;
}

static void print_verdict(const struct gate *g, struct gate_region *const *sorted, FILE *out)
{
	struct buf line = {0}, names = {0};
	bool colour = text_colour(out);
	change_words(&line, g);
	size_t n;
	switch (g->verdict) {
	case GATE_PASS:
		buf_adds(&line, ": no judged region loses more than its margin.");
		break;
	case GATE_FAIL:
		n = name_regions(&names, sorted, g->regions.len, GATE_FAIL);
		buf_addf(&line, ": %s lose%s by it.", n > 0 ? buf_str(&names) : "somebody",
		         n == 1 ? "s" : "");
		break;
	default:
		n = name_regions(&names, sorted, g->regions.len, GATE_INCONCLUSIVE);
		if (n > 0)
			buf_addf(&line, ": too little to say for %s.", buf_str(&names));
		else if (g->required_missing.len > 0)
			buf_adds(&line, ": a region that is required could not be judged.");
		else if (g->regions.len > 0)
			buf_adds(&line, ": too little is known of what is added.");
		else
			buf_adds(&line, ": no region could be judged.");
		break;
	}
	struct buf safe = {0};
	escape_terminal(&safe, buf_str(&line));
	fprintf(out, "%s%s%s: %s\n", tint_start(present_gate_mood(g->verdict), colour),
	        gate_verdict_name(g->verdict), tint_end(colour), buf_str(&safe));
	buf_free(&line);
	buf_free(&names);
	buf_free(&safe);
}

static void print_header(const struct gate *g, FILE *out)
{
	char since[PRESENT_TEXT], until[PRESENT_TEXT], q[PRESENT_TEXT];
	char window[DURATION_TEXT], block[DURATION_TEXT];
	fprintf(out, "%s to %s UTC (%s), objective %s(%s) <= %.10g ms\n", present_time(g->since_us, since),
	        present_time(g->until_us, until), duration_format(g->until_us - g->since_us, window),
	        present_quantile(g->quantile, q), measure_name(g->metric), g->limit_ms);
	fprintf(out, "policy %s, blocks of %s, seed %llu; about %s\n", g->policy,
	        duration_format(g->block_us, block), (unsigned long long)g->seed,
	        strcmp(g->basis, "vantages") == 0 ? "the vantages at hand" : "the regions, probes resampled");
}

/* ---- the table --------------------------------------------------------------------- */

static void ms_cell(struct table *t, double ms, bool fail)
{
	char text[PRESENT_TEXT];
	table_cell(t, "%s", fail ? "fail" : present_ms(ms, text));
}

static void region_row(struct table *t, const struct gate_region *r)
{
	char a[PRESENT_TEXT], b[PRESENT_TEXT];
	struct buf name = {0};
	wrap_cut(&name, r->name, NAME_WIDTH);
	table_cell(t, "%s", buf_str(&name));
	buf_free(&name);
	ms_cell(t, r->before_ms, r->before_fail);
	ms_cell(t, r->after_ms, r->after_fail);
	table_cell(t, "%s", r->before_fail || r->after_fail ? "-" : present_change(r->delta_ms, a));
	if (isfinite(r->low) && isfinite(r->high))
		table_cell(t, "%s to %s", present_change(r->low, a), present_change(r->high, b));
	else
		table_cell(t, "-");
	table_cell(t, "%s", present_ms(r->margin_ms, a));
	table_cell(t, "%s", r->crosses > 0 ? "now missed" : r->crosses < 0 ? "now met" : "");
	table_cell(t, "%s", gate_verdict_name(r->verdict));
}

static bool print_table(const struct gate *g, struct gate_region *const *sorted, FILE *out)
{
	struct table *t = table_new("lrrrrrll");
	tints moods = {0};
	size_t told = 0, idlers = 0;
	bool ok = t != NULL;
	static const char *const titles[] = {
		"", "before", "after", "change", "interval", "margin", "objective", "verdict",
	};
	for (size_t i = 0; i < LAT_COUNT(titles) && ok; i++)
		table_cell(t, "%s", i == 0 ? "ms" : titles[i]);
	if (ok)
		table_rule(t);
	for (size_t i = 0; i < g->regions.len && ok; i++) {
		idlers += idle(sorted[i]) && !changes(sorted[i]);
		if (!changes(sorted[i]))
			continue;
		region_row(t, sorted[i]);
		tint_add(&moods, present_gate_mood(sorted[i]->verdict));
		told++;
	}
	if (ok && told > 0) {
		fputc('\n', out);
		ok = tint_print(t, &moods, out);
	}
	const char *more = told > 0 ? "more " : "", *start = told > 0 ? "" : "\n";
	size_t calm = g->regions.len - told - idlers;
	if (ok && calm > 0)
		fprintf(out, "%s%zu %sregion%s: no change worth a line, PASS.\n", start, calm, more,
		        calm == 1 ? "" : "s");
	if (ok && idlers > 0)
		fprintf(out, "%s%zu %sregion%s: no change by the point, in too few blocks to say PASS.\n",
		        calm > 0 ? "" : start, idlers, more, idlers == 1 ? "" : "s");
	table_free(t);
	vec_free(&moods);
	return ok;
}

/* ---- the rest ---------------------------------------------------------------------- */

static void print_reasons(const struct gate *g, struct gate_region *const *sorted, FILE *out)
{
	bool title = false;
	for (size_t i = 0; i < g->regions.len; i++) {
		const struct gate_region *r = sorted[i];
		if ((r->verdict == GATE_PASS || idle(r)) && r->hidden.len == 0 && r->crosses == 0)
			continue;
		struct buf line = {0};
		buf_addf(&line, "%s: %s", r->name, r->why != NULL ? r->why : gate_verdict_name(r->verdict));
		fputs(title ? "" : "\nWhy:\n", out);
		title = true;
		wrap_print(out, 2, 4, buf_str(&line));
		buf_free(&line);
	}
}

static void print_names(const char *title, const char *const *at, size_t n, FILE *out)
{
	if (n == 0)
		return;
	struct buf line = {0};
	buf_addf(&line, "%s: ", title);
	list(&line, at, n);
	buf_addc(&line, '.');
	wrap_print(out, 0, 4, buf_str(&line));
	buf_free(&line);
}

static bool print_shares(const struct gate *g, FILE *out)
{
	struct table *t = table_new("lrr");
	if (t == NULL)
		return false;
	table_cell(t, "share of visits");
	table_cell(t, "before");
	table_cell(t, "after");
	table_rule(t);
	for (size_t i = 0; i < g->share.len; i++) {
		char text[PRESENT_TEXT];
		table_cell(t, "%s", g->share.at[i].node);
		table_cell(t, "%s", present_share(g->share.at[i].before, text));
		table_cell(t, "%s", present_share(g->share.at[i].after, text));
	}
	bool ok = true;
	if (g->share.len > 0) {
		fputc('\n', out);
		ok = table_print(t, out);
	}
	table_free(t);
	return ok;
}

int gate_text_print(const struct gate *g, FILE *out, struct err *err)
{
	struct gate_region **sorted = calloc(g->regions.len + 1, sizeof *sorted);
	if (sorted == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < g->regions.len; i++)
		sorted[i] = &g->regions.at[i];
	qsort(sorted, g->regions.len, sizeof *sorted, by_loss);
	print_verdict(g, sorted, out);
	print_header(g, out);
	bool ok = print_table(g, sorted, out);
	print_reasons(g, sorted, out);
	ok = ok && print_shares(g, out);
	if (g->not_judged.len > 0 || g->required_missing.len > 0)
		fputc('\n', out);
	print_names("Required and not judged", g->required_missing.at, g->required_missing.len, out);
	print_names("Not judged (too little data)", g->not_judged.at, g->not_judged.len, out);
	if (g->notes.len > 0)
		fputs("\nBear in mind:\n", out);
	for (size_t i = 0; i < g->notes.len; i++)
		wrap_print(out, 2, 4, g->notes.at[i]);
	free(sorted);
	if (!ok)
		return err_nomem(err);
	if (fflush(out) != 0 || ferror(out))
		return err_set_errno(err, LAT_IOERR, "standard output");
	return 0;
}
