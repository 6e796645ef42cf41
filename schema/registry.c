#include "schema/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "schema/country.h"
#include "schema/registry_db.h"

#pragma GCC diagnostic ignored "-Woverlength-strings" /* a limit of 1999 */
static const char sql[] =
#include "schema/registry_query.sql.inc"
;

static const char *const names[REGISTRY_QUERIES] = {
	[Q_PROBE_ADD] = "probe_add",
	[Q_PROBE_FIND] = "probe_find",
	[Q_PROBE_ALL] = "probe_all",
	[Q_PROBE_SEEN] = "probe_seen",
	[Q_SEEN_BEGIN] = "seen_begin",
	[Q_SEEN_AGAIN] = "seen_again",
	[Q_SEEN_UPTO] = "seen_upto",
	[Q_PROBE_PLACE] = "probe_place",
	[Q_PROBE_ASN] = "probe_asn",
	[Q_TOKEN_ADD] = "token_add",
	[Q_TOKEN_ALL] = "token_all",
	[Q_TOKEN_VERSION] = "token_version",
	[Q_TOKEN_CHANGED] = "token_changed",
	[Q_PLAN_NEWEST] = "plan_newest",
	[Q_PLAN_BY_REV] = "plan_by_rev",
	[Q_PLAN_ADD] = "plan_add",
	[Q_PROBE_STATE] = "probe_state",
	[Q_PROBE_REVOKE] = "probe_revoke",
	[Q_PROBE_READMIT] = "probe_readmit",
	[Q_PROBE_READMIT_PLACE] = "probe_readmit_place",
	[Q_TOKEN_SUPERSEDE] = "token_supersede",
	[Q_TOKEN_SHOWN] = "token_shown",
	[Q_TOKEN_END_OLDER] = "token_end_older",
	[Q_TOKEN_END_ALL] = "token_end_all",
	[Q_BOOT_SEEN] = "boot_seen",
	[Q_BOOT_CROSSED] = "boot_crossed",
	[Q_BOOT_FORGET] = "boot_forget",
	[Q_PROBE_CLONED] = "probe_cloned",
	[Q_IMPORT_ADD] = "import_add",
	[Q_IMPORT_SOURCE] = "import_source",
	[Q_PLAN_LIST] = "plan_list",
	[Q_FLEET] = "fleet",
	[Q_FLEET_SAMPLES] = "fleet_samples",
	[Q_FLEET_NEWEST] = "fleet_newest",
	[Q_FLEET_PLAN] = "fleet_plan",
};

int registry_open(struct registry **out, const char *path, enum store_mode mode, struct err *err)
{
	static const struct store_db_queries queries = {sql, names, REGISTRY_QUERIES, NULL};
	struct registry *r = calloc(1, sizeof *r);

	*out = NULL;
	if (r == NULL)
		return err_nomem(err);
	int status = store_db_open(&r->db, path, mode, &queries, err);
	if (status != 0) {
		free(r);
		return status;
	}
	*out = r;
	return 0;
}

void registry_close(struct registry *r)
{
	if (r == NULL)
		return;
	store_db_close(r->db);
	free(r);
}

void registry_wait_until(struct registry *r, struct mono until)
{
	store_db_wait_until(r->db, until);
}

int registry_end(struct registry *r, int status, struct err *err)
{
	if (status == 0)
		return store_db_commit(r->db, err);
	store_db_rollback(r->db);
	return status;
}

int registry_run(struct registry *r, const struct store_db_bind *b, struct err *err)
{
	int status = store_db_bound(r->db, b, err);

	return status != 0 ? status : store_db_run(r->db, b->st, err);
}

/* ---- probes ------------------------------------------------------------------ */

int registry_check_place(const char *probe, const char *country, double lat, double lon, struct err *err)
{
	if (country != NULL && country_find(country) == NULL)
		return err_set(err, LAT_DATAERR,
		               "probe %s: country \"%.20s\" is none (ISO 3166-1, two capital letters)", probe,
		               country);
	if (isnan(lat) != isnan(lon))
		return err_set(err, LAT_DATAERR, "probe %s: latitude and longitude: one without the other",
		               probe);
	if (lat < -90 || lat > 90)
		return err_set(err, LAT_DATAERR, "probe %s: latitude %g is not in -90..90", probe, lat);
	if (lon < -180 || lon > 180)
		return err_set(err, LAT_DATAERR, "probe %s: longitude %g is not in -180..180", probe, lon);
	return 0;
}

int registry_probe_exists(struct registry *r, const char *name, bool *exists, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_PROBE_FIND]};

	*exists = false;
	store_db_bind_text(&b, name);
	int status = store_db_bound(r->db, &b, err);
	if (status == 0)
		status = store_db_step(r->db, b.st, exists, err);
	store_db_reset(b.st);
	return status;
}

static int add_probe(struct registry *r, const struct probe_row *row,
                     const uint8_t token_hash[REGISTRY_TOKEN_HASH], struct err *err)
{
	struct store_db_bind probe = {.st = r->db->stmt[Q_PROBE_ADD]};
	bool exists;
	int status = registry_probe_exists(r, row->name, &exists, err);

	if (status != 0)
		return status;
	if (exists)
		return registry_name_taken(r, row->name, err);
	store_db_bind_text(&probe, row->name);
	store_db_bind_text(&probe, row->country);
	store_db_bind_text(&probe, row->city);
	store_db_bind_real(&probe, row->lat);
	store_db_bind_real(&probe, row->lon);
	store_db_bind_text(&probe, row->asn);
	store_db_bind_text(&probe, network_name(row->network));
	store_db_bind_text(&probe, row->country == NULL ? NULL : "enrol");
	store_db_bind_int(&probe, row->enrolled_us);
	if ((status = registry_run(r, &probe, err)) != 0)
		return status;
	return registry_token_add(r, sqlite3_last_insert_rowid(r->db->sqlite), token_hash, row->enrolled_us, err);
}

int registry_enroll(struct registry *r, const struct probe_row *row,
                    const uint8_t token_hash[REGISTRY_TOKEN_HASH], struct err *err)
{
	int status;

	if (row->name == NULL || !sample_name_ok(row->name))
		return err_set(err, LAT_DATAERR, "probe \"%.80s\": a name is of 1 to %d of A-Z a-z 0-9 . _ -",
		               row->name == NULL ? "" : row->name, NAME_MAX_LEN);
	if ((unsigned)row->network >= NETWORKS)
		return err_set(err, LAT_DATAERR, "probe %s: no such network", row->name);
	if ((status = registry_import_refuse(row->name, err)) != 0
	    || (status = registry_check_place(row->name, row->country, row->lat, row->lon, err)) != 0
	    || (status = store_db_begin(r->db, true, err)) != 0)
		return status;
	return registry_end(r, add_probe(r, row, token_hash, err), err);
}

static bool copy_column(struct arena *arena, sqlite3_stmt *st, int column, const char **out)
{
	const char *text = store_db_text(st, column);

	*out = text == NULL ? NULL : arena_str(arena, text);
	return text == NULL ? sqlite3_column_type(st, column) == SQLITE_NULL : *out != NULL;
}

static double real_column(sqlite3_stmt *st, int column)
{
	return sqlite3_column_type(st, column) == SQLITE_NULL ? (double)NAN
	                                                      : sqlite3_column_double(st, column);
}

static int read_probe(struct registry *r, sqlite3_stmt *st, struct arena *arena, struct probe_row *out,
                      struct err *err)
{
	const char *network;

	out->id = sqlite3_column_int64(st, 0);
	if (!copy_column(arena, st, 1, &out->name) || !copy_column(arena, st, 2, &out->country)
	    || !copy_column(arena, st, 3, &out->city) || !copy_column(arena, st, 6, &out->asn)
	    || !copy_column(arena, st, 7, &network) || !copy_column(arena, st, 8, &out->place_source)
	    || !copy_column(arena, st, 11, &out->last_version)
	    || !copy_column(arena, st, 12, &out->last_boot) || !copy_column(arena, st, 19, &out->source))
		return err_nomem(err);
	int n = network_of(network);
	if (n < 0)
		return err_set(err, LAT_DATAERR, "%s: is damaged: probe %s has no network", r->db->path,
		               out->name);
	out->network = (enum network)n;
	out->lat = real_column(st, 4);
	out->lon = real_column(st, 5);
	out->enrolled_us = sqlite3_column_int64(st, 9);
	out->last_seen_us = store_db_int(st, 10, US_NONE);
	out->last_skew_us = store_db_int(st, 13, STORE_NO_SKEW);
	out->dropped = sqlite3_column_int64(st, 14);
	out->revoked_us = store_db_int(st, 15, US_NONE);
	out->revoked = out->revoked_us != US_NONE;
	out->cloned_us = store_db_int(st, 16, US_NONE);
	out->old_token_us = store_db_int(st, 17, US_NONE);
	out->rejected = sqlite3_column_int64(st, 18);
	out->geo_built_s = store_db_int(st, 20, US_NONE);
	return 0;
}

int registry_probes(struct registry *r, struct arena *arena, probe_rows *out, struct err *err)
{
	sqlite3_stmt *st = r->db->stmt[Q_PROBE_ALL];
	bool row;
	int status;

	while ((status = store_db_step(r->db, st, &row, err)) == 0 && row) {
		struct probe_row *p = vec_add(out);
		status = p == NULL ? err_nomem(err) : read_probe(r, st, arena, p, err);
		if (status != 0)
			break;
	}
	store_db_reset(st);
	return status;
}

/* A statement without parameters. */
static int run_plain(struct registry *r, enum registry_query which, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[which]};
	return registry_run(r, &b, err);
}

int registry_seen_again(struct registry *r, struct err *err)
{
	int status = store_db_begin(r->db, true, err);

	if (status != 0)
		return status;
	status = run_plain(r, Q_SEEN_BEGIN, err);
	if (status == 0) {
		struct store_db_bind b = {.st = r->db->stmt[Q_SEEN_AGAIN]};
		store_db_bind_int(&b, REGISTRY_LATE_US);
		status = registry_run(r, &b, err);
	}
	if (status == 0)
		status = run_plain(r, Q_SEEN_UPTO, err);
	return registry_end(r, status, err);
}

int registry_seen(struct registry *r, const struct registry_seen *seen, size_t n, struct err *err)
{
	int status = store_db_begin(r->db, true, err);

	if (status != 0)
		return status;
	for (size_t i = 0; status == 0 && i < n; i++) {
		struct store_db_bind b = {.st = r->db->stmt[Q_PROBE_SEEN]};
		store_db_bind_text(&b, seen[i].probe);
		store_db_bind_int(&b, seen[i].at_us);
		store_db_bind_text(&b, seen[i].version);
		store_db_bind_text(&b, seen[i].boot);
		store_db_bind_but(&b, seen[i].skew_us, STORE_NO_SKEW);
		store_db_bind_int(&b, seen[i].dropped);
		store_db_bind_int(&b, seen[i].rejected);
		store_db_bind_int(&b, REGISTRY_LATE_US);
		status = registry_run(r, &b, err);
	}
	if (status == 0)
		status = run_plain(r, Q_SEEN_UPTO, err);
	return registry_end(r, status, err);
}
