/* The report on a terminal: the answer, a line for each region, what to do. At most 100
 * columns; verdicts in colour only where the terminal wants it. */
#ifndef LATLAS_REPORT_SUMMARY_H
#define LATLAS_REPORT_SUMMARY_H

#include <stdio.h>

#include "lib/err.h"
#include "report/present.h"

/* LAT_SOFTWARE: out of memory; LAT_IOERR: `out` took no more. */
int summary_print(const struct view *v, FILE *out, struct err *err) LAT_MUST_CHECK;

#endif
