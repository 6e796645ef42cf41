/* Charts as SVG, drawn by gnuplot from fixed scripts that are compiled in.
 *
 * gnuplot is a program that runs programs (backticks, '< cmd' as a file name), so nothing
 * that anybody else chose reaches its command line or script: the script is ours, in front
 * of it stand assignments of numbers, and names travel in columns of data files whose names
 * we make, in a folder of our own that is gone afterwards. `-d`, an environment of our own
 * and a time limit keep the user's settings and a hung process out. */
#ifndef LATLAS_REPORT_PLOT_H
#define LATLAS_REPORT_PLOT_H

#include "report/present.h"

enum chart { CHART_MAP, CHART_PHASES, CHART_CDF, CHARTS };

struct charts {
	struct buf svg[CHARTS]; /* whole SVG documents; empty: nothing to draw */
};

const char *plot_name(enum chart c); /* "map", "phases", "cdf": also the files' names */

/* Draw them all. LAT_UNAVAILABLE: no gnuplot, or it failed; the text names the chart. Those
 * that could be drawn are there all the same. charts_free() in any case. */
int plot_draw(const struct view *v, struct charts *out, struct err *err) LAT_MUST_CHECK;
void charts_free(struct charts *c);

/* One line of plain text for who can't see the chart, and the caption below it. Append. */
void plot_alt(const struct view *v, enum chart c, struct buf *out);
void plot_caption(const struct view *v, enum chart c, struct buf *out);

#endif
