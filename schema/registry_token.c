/* Tokens: their hashes, what ends them, and the counter that says that they changed. */
#include <string.h>

#include "schema/registry_db.h"

int registry_tokens_load(struct registry *r, registry_tokens *out, struct err *err)
{
	sqlite3_stmt *st = r->db->stmt[Q_TOKEN_ALL];
	bool row;
	int status;

	while ((status = store_db_step(r->db, st, &row, err)) == 0 && row) {
		const char *probe = store_db_text(st, 0);
		const void *hash = sqlite3_column_blob(st, 2);
		struct registry_token *t = vec_add(out);
		if (t == NULL || probe == NULL || hash == NULL) {
			status = err_nomem(err);
			break;
		}
		if (strlen(probe) >= sizeof t->probe || sqlite3_column_bytes(st, 2) != REGISTRY_TOKEN_HASH) {
			status = err_set(err, LAT_DATAERR, "%s: is damaged: the token of probe %.80s",
			                 r->db->path, probe);
			break;
		}
		memcpy(t->probe, probe, strlen(probe) + 1);
		t->probe_id = sqlite3_column_int64(st, 1);
		memcpy(t->hash, hash, sizeof t->hash);
		t->until_us = store_db_int(st, 3, US_NONE);
		t->used = sqlite3_column_int(st, 4) != 0;
	}
	store_db_reset(st);
	return status;
}

int registry_token_version(struct registry *r, int64_t *version, struct err *err)
{
	sqlite3_stmt *st = r->db->stmt[Q_TOKEN_VERSION];
	bool row = false;
	int status = store_db_step(r->db, st, &row, err);

	*version = row ? sqlite3_column_int64(st, 0) : 0;
	store_db_reset(st);
	return status;
}

int registry_name_taken(struct registry *r, const char *name, struct err *err)
{
	int64_t id, revoked_us;
	int status = registry_probe_state(r, name, &id, &revoked_us, NULL, err);

	if (status != 0)
		return status;
	if (revoked_us != US_NONE)
		return err_set(err, LAT_DATAERR,
		               "%s: the probe %s was revoked; enroll --again lets it back in, under its name",
		               r->db->path, name);
	return err_set(err, LAT_DATAERR, "%s: there is a probe named %s already (rotate gives it a new token)",
	               r->db->path, name);
}

int registry_probe_state(struct registry *r, const char *name, int64_t *id, int64_t *revoked_us,
                         int64_t *cloned_us, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_PROBE_STATE]};
	bool row = false;

	store_db_bind_text(&b, name);
	int status = store_db_bound(r->db, &b, err);
	if (status == 0)
		status = store_db_step(r->db, b.st, &row, err);
	if (status == 0 && row) {
		*id = sqlite3_column_int64(b.st, 0);
		if (revoked_us != NULL)
			*revoked_us = store_db_int(b.st, 1, US_NONE);
		if (cloned_us != NULL)
			*cloned_us = store_db_int(b.st, 2, US_NONE);
	}
	store_db_reset(b.st);
	if (status == 0 && !row)
		status = err_set(err, LAT_DATAERR, "%s: there is no probe named \"%.80s\"", r->db->path, name);
	return status;
}

/* Run a statement of one or two numbers. */
static int run_on(struct registry *r, enum registry_query q, int64_t id, const int64_t *second, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[q]};

	store_db_bind_int(&b, id);
	if (second != NULL)
		store_db_bind_int(&b, *second);
	return registry_run(r, &b, err);
}

static int changed(struct registry *r, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_TOKEN_CHANGED]};

	return registry_run(r, &b, err);
}

int registry_token_add(struct registry *r, int64_t probe, const uint8_t hash[REGISTRY_TOKEN_HASH], int64_t now_us,
                       struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_TOKEN_ADD]};

	store_db_bind_blob(&b, hash, REGISTRY_TOKEN_HASH);
	store_db_bind_int(&b, probe);
	store_db_bind_int(&b, now_us);
	int status = registry_run(r, &b, err);
	return status != 0 ? status : changed(r, err);
}

static int rotate(struct registry *r, const char *probe, const uint8_t hash[REGISTRY_TOKEN_HASH], int64_t now_us,
                  int64_t until_us, struct err *err)
{
	int64_t id, revoked_us;
	int status = registry_probe_state(r, probe, &id, &revoked_us, NULL, err);

	if (status != 0)
		return status;
	if (revoked_us != US_NONE)
		return err_set(err, LAT_DATAERR,
		               "%s: the probe %s was revoked; a new token does not undo that, enroll --again does",
		               r->db->path, probe);
	if (until_us <= now_us)
		status = run_on(r, Q_TOKEN_END_ALL, id, NULL, err);
	else
		status = run_on(r, Q_TOKEN_SUPERSEDE, id, &until_us, err);
	return status != 0 ? status : registry_token_add(r, id, hash, now_us, err);
}

int registry_rotate(struct registry *r, const char *probe, const uint8_t token_hash[REGISTRY_TOKEN_HASH],
                    int64_t now_us, int64_t until_us, struct err *err)
{
	int status = registry_import_refuse(probe, err);

	if (status == 0)
		status = store_db_begin(r->db, true, err);
	return status != 0 ? status : registry_end(r, rotate(r, probe, token_hash, now_us, until_us, err), err);
}

static int token_used(struct registry *r, const uint8_t hash[REGISTRY_TOKEN_HASH], int64_t at_us, struct err *err)
{
	struct store_db_bind shown = {.st = r->db->stmt[Q_TOKEN_SHOWN]},
			     older = {.st = r->db->stmt[Q_TOKEN_END_OLDER]};

	store_db_bind_blob(&shown, hash, REGISTRY_TOKEN_HASH);
	store_db_bind_int(&shown, at_us);
	int status = registry_run(r, &shown, err);
	if (status != 0 || sqlite3_changes(r->db->sqlite) == 0)
		return status;
	store_db_bind_blob(&older, hash, REGISTRY_TOKEN_HASH);
	if ((status = registry_run(r, &older, err)) != 0)
		return status;
	return sqlite3_changes(r->db->sqlite) > 0 ? changed(r, err) : 0;
}

int registry_token_used(struct registry *r, const uint8_t token_hash[REGISTRY_TOKEN_HASH], int64_t at_us,
                        struct err *err)
{
	int status = store_db_begin(r->db, true, err);

	return status != 0 ? status : registry_end(r, token_used(r, token_hash, at_us, err), err);
}

static int revoke(struct registry *r, const char *probe, int64_t now_us, bool *already, struct err *err)
{
	int64_t id, revoked_us;
	int status = registry_probe_state(r, probe, &id, &revoked_us, NULL, err);

	if (status != 0)
		return status;
	*already = revoked_us != US_NONE;
	if (*already)
		return 0;
	if ((status = run_on(r, Q_PROBE_REVOKE, id, &now_us, err)) != 0 ||
	    (status = run_on(r, Q_TOKEN_END_ALL, id, NULL, err)) != 0)
		return status;
	return changed(r, err);
}

int registry_revoke(struct registry *r, const char *probe, int64_t now_us, bool *already, struct err *err)
{
	int status = store_db_begin(r->db, true, err);

	*already = false;
	return status != 0 ? status : registry_end(r, revoke(r, probe, now_us, already, err), err);
}

static int readmit(struct registry *r, const struct probe_row *row, const uint8_t hash[REGISTRY_TOKEN_HASH],
                   struct err *err)
{
	struct store_db_bind place = {.st = r->db->stmt[Q_PROBE_READMIT_PLACE]};
	int64_t id, revoked_us;
	int status = registry_probe_state(r, row->name, &id, &revoked_us, NULL, err);

	if (status != 0)
		return status;
	if (revoked_us == US_NONE)
		return err_set(err, LAT_DATAERR, "%s: the probe %s is not revoked (rotate gives it a new token)",
		               r->db->path, row->name);
	if (row->country != NULL) {
		store_db_bind_int(&place, id);
		store_db_bind_text(&place, row->country);
		store_db_bind_text(&place, row->city);
		store_db_bind_real(&place, row->lat);
		store_db_bind_real(&place, row->lon);
		store_db_bind_text(&place, network_name(row->network));
		if ((status = registry_run(r, &place, err)) != 0)
			return status;
	}
	if ((status = run_on(r, Q_PROBE_READMIT, id, &row->enrolled_us, err)) != 0)
		return status;
	return registry_token_add(r, id, hash, row->enrolled_us, err);
}

int registry_readmit(struct registry *r, const struct probe_row *row,
                     const uint8_t token_hash[REGISTRY_TOKEN_HASH], struct err *err)
{
	int status = registry_import_refuse(row->name, err);

	if (status == 0)
		status = registry_check_place(row->name, row->country, row->lat, row->lon, err);
	if (status != 0 || (status = store_db_begin(r->db, true, err)) != 0)
		return status;
	return registry_end(r, readmit(r, row, token_hash, err), err);
}
