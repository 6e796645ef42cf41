#include "report/plot.h"

#include "report/embedded.h"
#include "report/gnuplot.h"
#include "report/plot_chart.h"
#include "report/svg.h"

static const struct kind {
	const char *name;
	const char *id;     /* of the SVG: not that of a section of the page */
	const char *title;
	const char *script;
	bool (*prepare)(const struct view *v, struct gnuplot_job *job);
	void (*alt)(const struct view *v, struct buf *out);
	void (*caption)(const struct view *v, struct buf *out);
} kinds[CHARTS] = {
	[CHART_MAP] = { "map", "chart-map", "Map of vantages, nodes and candidates", embedded_map_gp,
	                plot_map_prepare, plot_map_alt, plot_map_caption },
	[CHART_PHASES] = { "phases", "chart-phases", "Where the time goes", embedded_phases_gp,
	                   plot_phases_prepare, plot_phases_alt, plot_phases_caption },
	[CHART_CDF] = { "cdf", "chart-cdf", "Distribution by continent", embedded_cdf_gp, plot_cdf_prepare,
	                plot_cdf_alt, plot_cdf_caption },
};

const char *plot_name(enum chart c)
{
	return kinds[c].name;
}

void plot_alt(const struct view *v, enum chart c, struct buf *out)
{
	kinds[c].alt(v, out);
}

void plot_caption(const struct view *v, enum chart c, struct buf *out)
{
	kinds[c].caption(v, out);
}

static int draw(const struct view *v, const struct kind *k, struct buf *out, struct err *err)
{
	struct gnuplot_job job = { .script = k->script };
	struct buf raw = {0}, desc = {0};
	int rc = 0;
	if (k->prepare(v, &job)) {
		k->alt(v, &desc);
		rc = gnuplot_run(&job, &raw, err);
		if (rc == 0)
			rc = svg_finish(buf_str(&raw), k->id, k->title, buf_str(&desc), out, err);
		if (rc != 0)
			buf_clear(out);
	}
	buf_free(&raw);
	buf_free(&desc);
	gnuplot_free(&job);
	return rc;
}

int plot_draw(const struct view *v, struct charts *out, struct err *err)
{
	struct buf missing = {0};
	struct err first = {0};
	*out = (struct charts){0};
	for (int c = 0; c < CHARTS; c++) {
		struct err one = {0};
		if (draw(v, &kinds[c], &out->svg[c], &one) == 0)
			continue;
		if (first.code == 0)
			first = one;
		buf_addf(&missing, "%s%s.svg", missing.len > 0 ? ", " : "", kinds[c].name);
	}
	if (first.code != 0)
		err_set(err, first.code, "%.600s: not drawn: %s", first.text, buf_str(&missing));
	buf_free(&missing);
	return first.code;
}

void charts_free(struct charts *charts)
{
	for (int c = 0; c < CHARTS; c++)
		buf_free(&charts->svg[c]);
}
