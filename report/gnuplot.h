/* One run of gnuplot: numbers, a fixed script and data files in, an SVG document out. See
 * report/plot.h for why nothing else goes in. */
#ifndef LATLAS_REPORT_GNUPLOT_H
#define LATLAS_REPORT_GNUPLOT_H

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/vec.h"

#define GNUPLOT_LIMIT_S 30          /* for one chart, unless the job says otherwise */
#define GNUPLOT_MAX_SVG (8u << 20)  /* bytes of one chart */

struct gnuplot_file {
	char name[24];
	struct buf data;
};

struct gnuplot_job {
	const char *script;  /* writes to 'chart.svg' in its folder */
	struct buf numbers;  /* assignments, made by gnuplot_number() */
	VEC(struct gnuplot_file) files;
	unsigned limit_s;    /* 0: GNUPLOT_LIMIT_S */
	bool failed;         /* out of memory */
};

/* The script sees `name` with this value, or NaN. `name` is a literal of ours. */
void gnuplot_number(struct gnuplot_job *job, const char *name, double value);

/* Start the data file "STEM.dat", or "STEM3.dat" for number 3 (0: none); what is appended
 * to the buffer is its content, good until the next call. Never NULL. */
struct buf *gnuplot_file(struct gnuplot_job *job, const char *stem, unsigned number);

/* Run it and append the SVG. LAT_UNAVAILABLE: no gnuplot, out of time, or what it said on
 * stderr; LAT_IOERR: no temporary folder ($TMPDIR, else /tmp). */
int gnuplot_run(struct gnuplot_job *job, struct buf *svg, struct err *err) LAT_MUST_CHECK;
void gnuplot_free(struct gnuplot_job *job);

#endif
