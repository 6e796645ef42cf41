/* Which probes are not where their enrolment, or the geography database, says: by the round trips
 * that they measured to the plan's nodes and candidates, as lib/sanity.h has it and the report
 * flags them. Cheap: cells of a window, of one measure. */
#ifndef LATLAS_SCHEMA_STORE_SANITY_H
#define LATLAS_SCHEMA_STORE_SANITY_H

#include "schema/plan.h"
#include "schema/registry.h"
#include "schema/store.h"

/* Sets impossible[i] (there are probes->len, set to false or true) for probes->at[i], by the cells of
 * [since, until). Errors as store_scan_cells(). */
int store_sanity(struct store *s, const struct plan *plan, const probe_rows *probes, int64_t since_us,
                 int64_t until_us, bool *impossible, struct err *err) LAT_MUST_CHECK;

#endif
