/* What the registry's files share: the handle, its statements, and how they are run. Not for
 * anybody else. */
#ifndef LATLAS_SCHEMA_REGISTRY_DB_H
#define LATLAS_SCHEMA_REGISTRY_DB_H

#include "schema/registry.h"
#include "schema/store_db.h"

/* In the order of registry.c's names; each is a statement of registry_query.sql. */
enum registry_query {
	Q_PROBE_ADD, Q_PROBE_FIND, Q_PROBE_ALL, Q_PROBE_SEEN, Q_PROBE_PLACE, Q_PROBE_ASN,
	Q_SEEN_BEGIN, Q_SEEN_AGAIN, Q_SEEN_UPTO,
	Q_TOKEN_ADD, Q_TOKEN_ALL, Q_TOKEN_VERSION, Q_TOKEN_CHANGED,
	Q_PLAN_NEWEST, Q_PLAN_BY_REV, Q_PLAN_ADD,
	Q_PROBE_STATE, Q_PROBE_REVOKE, Q_PROBE_READMIT, Q_PROBE_READMIT_PLACE,
	Q_TOKEN_SUPERSEDE, Q_TOKEN_SHOWN, Q_TOKEN_END_OLDER, Q_TOKEN_END_ALL,
	Q_BOOT_SEEN, Q_BOOT_CROSSED, Q_BOOT_FORGET, Q_PROBE_CLONED,
	Q_IMPORT_ADD, Q_IMPORT_SOURCE,
	Q_PLAN_LIST,
	Q_FLEET, Q_FLEET_SAMPLES, Q_FLEET_NEWEST, Q_FLEET_PLAN,
	REGISTRY_QUERIES
};

struct registry { struct store_db *db; };

/* Run a statement that is bound and returns no rows. */
int registry_run(struct registry *r, const struct store_db_bind *b, struct err *err) LAT_MUST_CHECK;
/* Commit, or roll back if `status` isn't 0; returns the first error. */
int registry_end(struct registry *r, int status, struct err *err) LAT_MUST_CHECK;
/* *exists: is there a probe of that name, enrolled or revoked? */
int registry_probe_exists(struct registry *r, const char *name, bool *exists, struct err *err) LAT_MUST_CHECK;
/* Its row. `revoked_us` and `cloned_us` may be NULL; they get US_NONE where it is neither.
 * LAT_DATAERR if there is no such probe. */
int registry_probe_state(struct registry *r, const char *name, int64_t *id, int64_t *revoked_us,
                         int64_t *cloned_us, struct err *err) LAT_MUST_CHECK;
/* One more token, and the counter. */
int registry_token_add(struct registry *r, int64_t probe, const uint8_t hash[REGISTRY_TOKEN_HASH],
                       int64_t now_us, struct err *err) LAT_MUST_CHECK;
/* LAT_DATAERR: there is a probe of that name; if it is revoked, what can be done about it. */
int registry_name_taken(struct registry *r, const char *name, struct err *err) LAT_MUST_CHECK;
/* Is it a place? Any may be NULL or NAN. LAT_DATAERR, naming the probe. */
int registry_check_place(const char *probe, const char *country, double lat, double lon,
                         struct err *err) LAT_MUST_CHECK;
/* LAT_DATAERR for a name of import's: it never gets a token. */
int registry_import_refuse(const char *name, struct err *err) LAT_MUST_CHECK;

#endif
