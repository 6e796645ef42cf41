/* gate --json. The keys are documented in latlas-gate(1). */
#ifndef LATLAS_REPORT_GATE_JSON_H
#define LATLAS_REPORT_GATE_JSON_H

#include "lib/buf.h"
#include "report/result.h"

/* Appends to `out`, with a line end. LAT_SOFTWARE: out of memory; LAT_DATAERR: not UTF-8. */
int gate_json_write(const struct gate *g, struct buf *out, struct err *err) LAT_MUST_CHECK;

#endif
