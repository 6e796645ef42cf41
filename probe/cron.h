/* One round, as cron runs it: lock, splay, plan, measure, spool, send. */
#ifndef LATLAS_PROBE_CRON_H
#define LATLAS_PROBE_CRON_H

#include <signal.h>

#include "lib/err.h"
#include "lib/log.h"
#include "probe/options.h"

/* Runs what the options of MODE_ROUND say. 0 once the batch is in the spool, even if it could
 * not be sent (--send-only: LAT_UNAVAILABLE then). */
int cron_run(const struct options *o, const struct log *log, const volatile sig_atomic_t *stop,
             struct err *err) LAT_MUST_CHECK;

/* How long this name waits of at most `splay_s` seconds; the same each time. */
int64_t cron_splay_us(const char *name, int64_t splay_s);

#endif
