/* The plan that is served: the newest revision of the registry, as JSON for probes. It
 * gets there from the operator's file (at the start and on SIGHUP) or by `plan publish`;
 * whichever was last is the newest. */
#ifndef LATLAS_COLLECTOR_PLANS_H
#define LATLAS_COLLECTOR_PLANS_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "schema/plan.h"
#include "schema/registry.h"

struct plans;

struct plans *plans_new(void); /* NULL when out of memory */
void plans_free(struct plans *p);

/* Check the plan file and publish it. *published (may be NULL): it differs from the newest
 * revision, and is the newest now. `rev` (may be NULL) gets its revision. LAT_CONFIG, LAT_NOINPUT. */
int plans_publish_file(struct registry *r, const char *path, struct wall now, bool *published,
                       char rev[17], struct err *err) LAT_MUST_CHECK;

/* Serve the registry's newest revision from now on; cheap when it is served already.
 * *changed (may be NULL): it wasn't. On an error what was served stays. */
int plans_refresh(struct plans *p, struct registry *r, bool *changed, struct err *err) LAT_MUST_CHECK;

/* A copy of what is served: JSON appended to `json`, its revision in `rev`. false: there
 * is no plan; `json` is untouched. (Out of memory: json->failed.) */
bool plans_get(struct plans *p, struct buf *json, char rev[17]);
/* The time between two audits of a target by what is served; 0: there is no plan. */
int64_t plans_audit_every_us(struct plans *p);

#endif
