/* The gate's answer on a terminal: the verdict in words first, then who changes. */
#ifndef LATLAS_REPORT_GATE_TEXT_H
#define LATLAS_REPORT_GATE_TEXT_H

#include <stdio.h>

#include "lib/err.h"
#include "report/result.h"

/* LAT_SOFTWARE: out of memory; LAT_IOERR: `out` took no more. */
int gate_text_print(const struct gate *g, FILE *out, struct err *err) LAT_MUST_CHECK;

#endif
