/* Rows of `audit`: one for each stretch of time in which the audits of a probe, target and node said
 * the same (schema/audit.h). */
#ifndef LATLAS_SCHEMA_STORE_AUDIT_H
#define LATLAS_SCHEMA_STORE_AUDIT_H

#include "schema/store_sqlite.h"

/* In the caller's transaction. `probe`: a string's id. */
int store_audit_add(struct store_sqlite *s, int64_t probe, const struct audit *audit, struct err *err) LAT_MUST_CHECK;

/* What a row says, into the zeroed `out`: t_us is the first time; not its target and node. Values of
 * headers go to `arena`, other strings are the names'; the caller frees out->headers. LAT_DATAERR
 * if there is no such row. */
int store_audit_read(struct store_sqlite *s, int64_t id, struct arena *arena, struct audit *out,
                     struct err *err) LAT_MUST_CHECK;

#endif
