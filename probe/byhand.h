/* Measuring by hand: some URLs, one after the other, one sample at a time, which is the most
 * exact there is. No configuration, no guard: whoever types a URL may reach it. */
#ifndef LATLAS_PROBE_BYHAND_H
#define LATLAS_PROBE_BYHAND_H

#include <signal.h>

#include "lib/err.h"
#include "lib/log.h"
#include "probe/options.h"

/* Prints a table for each URL and family, or NDJSON. LAT_NO, without a text in `err`, if every
 * sample failed. */
int byhand_run(const struct options *o, const struct log *log, const volatile sig_atomic_t *stop,
               struct err *err) LAT_MUST_CHECK;

#endif
