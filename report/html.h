/* report.html: one page that needs nothing else: style and charts are in it, there is no
 * script and no link to anywhere. Light and dark, on a telephone and on paper. */
#ifndef LATLAS_REPORT_HTML_H
#define LATLAS_REPORT_HTML_H

#include "report/present.h"

/* Appends to `out`. A chart that was asked for and not drawn is said to be missing. LAT_SOFTWARE:
 * out of memory. */
int html_write(const struct view *v, struct buf *out, struct err *err) LAT_MUST_CHECK;

#endif
