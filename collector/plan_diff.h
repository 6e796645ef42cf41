/* What differs between two plans, in lines for people:
 *
 *     + candidate sin
 *     - node lon
 *     ~ node fra: status: live -> draining
 *     ~ objective: limit_ms: 1000 -> 800
 *
 * Compared is the JSON (PLAN_FULL), member by member, so that a key that is added to plans
 * is compared without a word here. */
#ifndef LATLAS_COLLECTOR_PLAN_DIFF_H
#define LATLAS_COLLECTOR_PLAN_DIFF_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Append the lines to `out`; *differences gets their number. LAT_DATAERR: not JSON. */
int plan_diff(const struct buf *before, const struct buf *after, struct buf *out, size_t *differences,
              struct err *err) LAT_MUST_CHECK;

#endif
