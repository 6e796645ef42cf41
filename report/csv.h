/* report.csv: long form, one number a row, so that any tool can pivot it. Columns:
 * region, name, target, role, measure, quantile, value, unit, low, high, fail. */
#ifndef LATLAS_REPORT_CSV_H
#define LATLAS_REPORT_CSV_H

#include "report/present.h"

/* Appends to `out`. LAT_SOFTWARE: out of memory. */
int csv_write(const struct view *v, struct buf *out, struct err *err) LAT_MUST_CHECK;

#endif
