/* report.json: everything that the report knows, for programs. Milliseconds. The keys are
 * documented in latlas-report(1). A quantile that falls among the failures is null, and the
 * object that holds it says "fail":true. */
#ifndef LATLAS_REPORT_REPORT_JSON_H
#define LATLAS_REPORT_REPORT_JSON_H

#include "report/present.h"
#include "schema/json.h"

/* Appends to `out`, with a line end. LAT_SOFTWARE: out of memory; LAT_DATAERR: a name that
 * is not UTF-8. */
int report_json_write(const struct view *v, struct buf *out, struct err *err) LAT_MUST_CHECK;

/* Shared with gate --json: "key":"2026-11-22T19:35:00Z", null for US_NONE. */
void report_json_time(struct json_out *j, const char *key, int64_t us);
void report_json_number(struct json_out *j, const char *key, double x, int decimals);
void report_json_text(struct json_out *j, const char *key, const char *s);
/* "key":[low,high]; nothing if either is missing. */
void report_json_interval(struct json_out *j, const char *key, double low, double high);

#endif
