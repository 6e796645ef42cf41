/* Cumulated distribution of the total, a panel for each continent: the CDN and the
 * baseline. Failures never arrive, so a curve that ends below 100 % shows them. */
#include "report/plot_chart.h"

#include <math.h>

#include "report/escape.h"

#define COLUMNS 3
#define PANEL_HEIGHT 250
#define HEAD 40           /* pixels above: the key */
#define FOOT 34           /* below: the axis' name */
#define POINTS 480        /* of a curve, before flat stretches are thinned */

static bool drawable(const struct report_region *g)
{
	const struct report_target *cdn = present_cdn(g);
	return g->level == LEVEL_CONTINENT && cdn != NULL && dist_successes(&cdn->total) > 0;
}

/* The nearest 1, 2 or 5 times a power of ten: not above `x`, or not below. */
static double nice(double x, bool up)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double base = pow(10, floor(log10(x))), best = up ? 10 * base : base;
	for (size_t i = 0; i < LAT_COUNT(steps); i++) {
		double s = steps[i] * base;
		if (up ? s >= x && s < best : s <= x && s > best)
			best = s;
	}
	return best;
}

/* Widen lo..hi (ms) to what this distribution spans, but for its farthest half per cent. */
static void span(const struct dist *d, double *lo, double *hi)
{
	bool failed;
	if (dist_successes(d) <= 0)
		return;
	double share = dist_successes(d) / dist_total(d);
	double a = dist_quantile(d, 0.005 * share, &failed) / 1000;
	double b = dist_quantile(d, 0.995 * share, &failed) / 1000;
	if (a > 0 && a < *lo)
		*lo = a;
	if (isfinite(b) && b > *hi)
		*hi = b;
}

static void curve(struct buf *out, const struct dist *d, double lo, double hi)
{
	if (dist_total(d) <= 0)
		return;
	double step = log(hi / lo) / POINTS;
	double before = NAN, now = dist_cdf(d, lo * 1000);
	for (int i = 0; i <= POINTS; i++) {
		double after = i < POINTS ? dist_cdf(d, lo * exp(step * (i + 1)) * 1000) : NAN;
		/* A point between two of its height adds nothing but bytes. */
		if (!(now == before && now == after))
			buf_addf(out, "%.4f\t%.4f\n", lo * exp(step * i), 100 * now);
		before = now;
		now = after;
	}
}

bool plot_cdf_prepare(const struct view *v, struct gnuplot_job *job)
{
	const struct report *r = v->report;
	double lo = r->limit_ms, hi = r->limit_ms;
	unsigned n = 0;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (!drawable(g))
			continue;
		span(&present_cdn(g)->total, &lo, &hi);
		if (present_baseline(g) != NULL)
			span(&present_baseline(g)->total, &lo, &hi);
	}
	lo = nice(lo, false);
	hi = nice(hi, true);
	if (hi / lo < 10)
		lo = hi / 10;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (!drawable(g))
			continue;
		n++;
		struct buf title = {0};
		buf_addf(&title, "%s (%zu %s)", g->name, g->probes.len,
		         g->probes.len == 1 ? "vantage" : "vantages");
		struct buf *file = gnuplot_file(job, "title", n);
		buf_addf(file, "%.4f\t100\t", lo);
		escape_plot(file, buf_str(&title));
		buf_addc(file, '\n');
		buf_free(&title);
		curve(gnuplot_file(job, "cdn", n), &present_cdn(g)->total, lo, hi);
		file = gnuplot_file(job, "baseline", n);
		const struct report_target *baseline = present_baseline(g);
		if (baseline != NULL && dist_successes(&baseline->total) > 0)
			curve(file, &baseline->total, lo, hi);
		else
			buf_addf(file, "%.4f\t-1\n", lo); /* outside: gnuplot refuses empty files */
	}
	unsigned columns = n < COLUMNS ? n : COLUMNS, lines = n == 0 ? 0 : (n + columns - 1) / columns;
	gnuplot_number(job, "width", PLOT_WIDTH);
	gnuplot_number(job, "height", HEAD + FOOT + PANEL_HEIGHT * (double)lines);
	gnuplot_number(job, "head", HEAD);
	gnuplot_number(job, "foot", FOOT);
	gnuplot_number(job, "panels", n);
	gnuplot_number(job, "columns", columns);
	gnuplot_number(job, "lines", lines);
	gnuplot_number(job, "lo", lo);
	gnuplot_number(job, "hi", hi);
	/* Only where the objective is about what is drawn. */
	bool has_limit = r->metric == M_TOTAL;
	struct buf *file = gnuplot_file(job, "limit", 0);
	buf_addf(file, "%.6g\t0\n%.6g\t%d\n", r->limit_ms, r->limit_ms, has_limit ? 100 : 0);
	gnuplot_number(job, "has_limit", has_limit);
	gnuplot_number(job, "limit", r->limit_ms);
	gnuplot_number(job, "percent", r->quantile * 100);
	return n > 0;
}

void plot_cdf_alt(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	char a[PRESENT_TEXT], b[PRESENT_TEXT];
	buf_adds(
	    out,
	    "Cumulative distribution of the total for each continent, median of CDN and baseline in ms:");
	for (size_t i = 0, n = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (!drawable(g))
			continue;
		const struct report_target *baseline = present_baseline(g);
		buf_addf(out, "%s %s %s and %s", n++ == 0 ? "" : ",", g->name,
		         present_estimate(&present_cdn(g)->phase[M_TOTAL][P50], a),
		         baseline == NULL ? "-" : present_estimate(&baseline->phase[M_TOTAL][P50], b));
	}
	buf_adds(out, ".");
}

void plot_cdf_caption(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	char q[PRESENT_TEXT];
	const char *baseline = present_baseline_name(r);
	buf_addf(out, "Share of visits to %s (solid)", present_cdn_name(r));
	if (baseline != NULL)
		buf_addf(out, " and to %s, the baseline, (dashed)", baseline);
	buf_adds(out,
	         " that were done within a time, on a logarithmic axis. A curve that ends below 100 % has "
	         "failures.");
	if (r->metric == M_TOTAL)
		buf_addf(
		    out,
		    " The objective is met where the solid curve passes above the crossing of the limit and "
		    "the line of %s.",
		    present_quantile(r->quantile, q));
}
