/* report.md: the report for a wiki or a merge request. */
#ifndef LATLAS_REPORT_MARKDOWN_H
#define LATLAS_REPORT_MARKDOWN_H

#include "report/present.h"

/* Appends to `out`. Charts are linked if they lie beside (view.chart_files). LAT_SOFTWARE:
 * out of memory. */
int markdown_write(const struct view *v, struct buf *out, struct err *err) LAT_MUST_CHECK;

#endif
