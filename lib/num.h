/* Numbers from text, strictly: the whole text, in range, nothing else. */
#ifndef LATLAS_LIB_NUM_H
#define LATLAS_LIB_NUM_H

#include <stdint.h>

#include "lib/attr.h"
#include "lib/err.h"

/* `what` names the key or flag in the error. LAT_USAGE unless min <= n <= max; *out is
 * then as it was. Decimal only; no blanks, no "+", no "inf" or "nan". */
int num_parse_i64(const char *text, const char *what, int64_t min, int64_t max,
                  int64_t *out, struct err *err) LAT_MUST_CHECK;
int num_parse_double(const char *text, const char *what, double min, double max,
                     double *out, struct err *err) LAT_MUST_CHECK;

#endif
