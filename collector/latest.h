/* The newest sample of each probe and target, through DNS, as gauges under blackbox_exporter's names:
 * dashboards and alerts made for it fit. What a node answered by address is for the report.
 *
 * Every function may be called from any thread. */
#ifndef LATLAS_COLLECTOR_LATEST_H
#define LATLAS_COLLECTOR_LATEST_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "schema/sample.h"

#define LATEST_MAX_TARGETS 1000                  /* of a probe: as of a plan; more are left out */
#define LATEST_US (INT64_C(3600) * 1000000)      /* an older sample says nothing of today, and isn't shown */

struct latest;

struct latest *latest_new(void); /* NULL: out of memory */
void latest_free(struct latest *l);

/* The samples of a batch that came at `now_us`, which those of a later hour are not believed by. false: out
 * of memory. */
bool latest_add(struct latest *l, const struct batch *b, int64_t now_us) LAT_MUST_CHECK;

/* probe_success and probe_http_duration_seconds; nothing where nothing is known. */
void latest_print(struct latest *l, int64_t now_us, struct buf *out);

#endif
