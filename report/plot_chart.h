/* What each chart gives to gnuplot. Inside of report/plot only. */
#ifndef LATLAS_REPORT_PLOT_CHART_H
#define LATLAS_REPORT_PLOT_CHART_H

#include "report/gnuplot.h"
#include "report/present.h"

/* Pixels of every chart's width; heights follow from what is in it. */
#define PLOT_WIDTH 1000

/* Fill `job` (numbers and data files). false: there is nothing to draw. */
bool plot_map_prepare(const struct view *v, struct gnuplot_job *job);
bool plot_phases_prepare(const struct view *v, struct gnuplot_job *job);
bool plot_cdf_prepare(const struct view *v, struct gnuplot_job *job);

/* Alternative text and caption; plain text, appended. */
void plot_map_alt(const struct view *v, struct buf *out);
void plot_map_caption(const struct view *v, struct buf *out);
void plot_phases_alt(const struct view *v, struct buf *out);
void plot_phases_caption(const struct view *v, struct buf *out);
void plot_cdf_alt(const struct view *v, struct buf *out);
void plot_cdf_caption(const struct view *v, struct buf *out);

#endif
