/* Stacked phases: a row for each country, the CDN's bar and below it, thinner, the
 * baseline's; the objective's own quantile is a dot, since medians of phases don't add up
 * to the median of their sum. Worst on top. */
#include "report/plot_chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "report/escape.h"

#define ROW_HEIGHT 25
#define HEAD 60          /* pixels above: key and the limit's label */
#define FOOT 36          /* below: axis */
#define CHAR_WIDTH 7.2   /* of the labels' font, on the safe side */
#define MAX_LABEL 30     /* characters */

static const enum measure stacked[] = { M_DNS, M_TCP, M_TLS, M_WAIT, M_BODY };

struct row {
	const struct report_region *region;
	const struct report_target *cdn, *baseline;
	double value;      /* of the objective, ms; INFINITY for `fail` */
};

/* The finest level that the view lists and the report has, but vantages only by wish. */
static enum region_level level_of(const struct view *v)
{
	enum region_level level = LEVEL_CONTINENT;
	for (size_t i = 0; i < v->report->regions.len; i++) {
		const struct report_region *g = &v->report->regions.at[i];
		if (present_listed(v, g) && g->level > level)
			level = g->level;
	}
	return level;
}

static int by_value(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return strcmp(x->region->id, y->region->id);
}

/* The rows, worst first; the caller frees them. NULL: none, or out of memory. */
static struct row *rows_of(const struct view *v, size_t *n)
{
	const struct report *r = v->report;
	struct row *rows = calloc(r->regions.len + 1, sizeof *rows);
	enum region_level level = level_of(v);
	*n = 0;
	for (size_t i = 0; i < r->regions.len && rows != NULL; i++) {
		const struct report_region *g = &r->regions.at[i];
		const struct report_target *cdn = present_cdn(g);
		bool known = g->objective.fail || isfinite(g->objective.ms);
		if (g->level != level || cdn == NULL || !known)
			continue;
		rows[(*n)++] = (struct row){ g, cdn, present_baseline(g),
		                             g->objective.fail ? INFINITY : g->objective.ms };
	}
	if (rows != NULL)
		qsort(rows, *n, sizeof *rows, by_value);
	return rows;
}

/* "y half x0 x1 ... x5": where each phase starts and ends. Returns the end of the last. */
static double bar(struct buf *out, double y, double half, const struct report_target *t)
{
	double x = 0;
	buf_addf(out, "%.3f\t%.3f\t0", y, half);
	for (size_t i = 0; i < LAT_COUNT(stacked); i++) {
		double ms = t->phase[stacked[i]][P50].ms;
		x += isfinite(ms) ? ms : 0;
		buf_addf(out, "\t%.3f", x);
	}
	buf_addc(out, '\n');
	return x;
}

static double objective_of(const struct report *r, const struct report_target *t)
{
	const struct estimate *e = &t->phase[r->metric][present_column(r)];
	return e->fail ? NAN : e->ms;
}

bool plot_phases_prepare(const struct view *v, struct gnuplot_job *job)
{
	const struct report *r = v->report;
	size_t n, widest = 0;
	struct row *rows = rows_of(v, &n);
	double longest = r->limit_ms;
	struct buf cdn = {0}, baseline = {0}, names = {0}, values = {0};
	for (size_t i = 0; i < n; i++) {
		const struct row *w = &rows[i];
		double y = -(double)i, end = bar(&cdn, y + 0.13, 0.24, w->cdn), other = NAN, other_end = 0;
		if (w->baseline != NULL) {
			other_end = bar(&baseline, y - 0.29, 0.09, w->baseline);
			other = objective_of(r, w->baseline);
		}
		char ms[PRESENT_TEXT];
		bool fail = !isfinite(w->value);
		double right = fmax(end, fail ? 0 : w->value);
		buf_addf(&names, "%.3f\t", y);
		escape_plot(&names, w->region->name);
		buf_addc(&names, '\n');
		/* Columns: y, y of the baseline, value, baseline's value, end of the longer, text. */
		buf_addf(&values, "%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t", y + 0.13, y - 0.29, fail ? NAN : w->value,
		         other, right);
		escape_plot(&values, fail ? "fail" : present_ms(w->value, ms));
		buf_addc(&values, '\n');
		longest = fmax(longest, fmax(right, fmax(other_end, isfinite(other) ? other : 0)));
		widest = text_width(w->region->name) > widest ? text_width(w->region->name) : widest;
	}
	free(rows);
	struct buf *const made[] = { &cdn, &baseline, &names, &values };
	static const char *const stems[] = { "cdn", "baseline", "names", "values" };
	for (size_t i = 0; i < LAT_COUNT(made); i++) {
		struct buf *file = gnuplot_file(job, stems[i], 0);
		buf_add(file, buf_str(made[i]), made[i]->len);
		job->failed = job->failed || made[i]->failed;
		buf_free(made[i]);
	}
	buf_addf(gnuplot_file(job, "limit", 0), "%.6g\t0.6\n%.6g\t%.1f\n", r->limit_ms, r->limit_ms,
	         0.6 - (double)n);
	double height = HEAD + FOOT + ROW_HEIGHT * (double)n;
	gnuplot_number(job, "width", PLOT_WIDTH);
	gnuplot_number(job, "height", height);
	gnuplot_number(job, "rows", (double)n);
	gnuplot_number(job, "limit", r->limit_ms);
	gnuplot_number(job, "longest", longest);
	gnuplot_number(job, "left",
	               (CHAR_WIDTH * (double)(widest < MAX_LABEL ? widest : MAX_LABEL) + 16) / PLOT_WIDTH);
	gnuplot_number(job, "top", 1 - HEAD / height);
	gnuplot_number(job, "bottom", FOOT / height);
	gnuplot_number(job, "total", r->metric == M_TOTAL);
	gnuplot_number(job, "percentile", report_quantiles[present_column(r)] * 100);
	return n > 0;
}

void plot_phases_alt(const struct view *v, struct buf *out)
{
	size_t n;
	struct row *rows = rows_of(v, &n);
	char ms[PRESENT_TEXT];
	buf_addf(out, "Bar chart of the median of each phase for %zu regions, slowest first", n);
	for (size_t i = 0; i < n && i < 3; i++)
		buf_addf(out, "%s %s %s", i == 0 ? ":" : ",", rows[i].region->name,
		         isfinite(rows[i].value) ? present_ms(rows[i].value, ms) : "fail");
	buf_addf(out, "%s. The numbers are in the tables.", n > 0 ? " ms" : "");
	free(rows);
}

void plot_phases_caption(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	const char *baseline = present_baseline_name(r);
	buf_addf(out, "Thick bars: the median of each phase on %s", present_cdn_name(r));
	if (baseline != NULL)
		buf_addf(out, "; thin bars: on %s, the baseline", baseline);
	buf_addf(
	    out,
	    ". Dots and numbers: %s of the %s, which the objective is about. Medians of phases don't add up "
	    "to a quantile of the whole, so bars and dots end in different places.",
	    report_quantile_names[present_column(r)], present_measure_label(r->metric));
}
