/* What the registry's files share: the handle, its statements, and how they are run. Not for
 * anybody else. */
#ifndef LATLAS_SCHEMA_REGISTRY_DB_H
#define LATLAS_SCHEMA_REGISTRY_DB_H

#include "schema/registry.h"
#include "schema/store_db.h"

/* In the order of registry.c's names; each is a statement of registry_query.sql. */
enum registry_query {
	Q_PROBE_ADD, Q_PROBE_FIND, Q_PROBE_ALL, Q_PROBE_SEEN, Q_PROBE_PLACE, Q_PROBE_ASN,
	Q_TOKEN_ADD, Q_TOKEN_ALL, Q_TOKEN_VERSION, Q_TOKEN_CHANGED,
	Q_PLAN_NEWEST, Q_PLAN_BY_REV, Q_PLAN_ADD,
	REGISTRY_QUERIES
};

struct registry { struct store_db *db; };

/* Run a statement that is bound and returns no rows. */
int registry_run(struct registry *r, const struct store_db_bind *b, struct err *err) LAT_MUST_CHECK;
/* Commit, or roll back if `status` isn't 0; returns the first error. */
int registry_end(struct registry *r, int status, struct err *err) LAT_MUST_CHECK;
/* *exists: is there a probe of that name, enrolled or revoked? */
int registry_probe_exists(struct registry *r, const char *name, bool *exists, struct err *err) LAT_MUST_CHECK;

#endif
