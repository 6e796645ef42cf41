/* What a person wants to know of each probe beside its row: tokens, samples of a day, the newest header. */
#include <string.h>

#include "schema/registry_db.h"

static int copy(struct arena *arena, const char *text, const char **out, struct err *err)
{
	*out = text == NULL ? NULL : arena_str(arena, text);
	return text != NULL && *out == NULL ? err_nomem(err) : 0;
}

static int read_samples(struct registry *r, int64_t string_id, int64_t now_us, int64_t *out, struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_FLEET_SAMPLES]};
	bool row = false;
	store_db_bind_int(&b, string_id);
	store_db_bind_int(&b, now_us - REGISTRY_DAY_US);
	store_db_bind_int(&b, now_us + REGISTRY_DAY_US); /* a clock may be fast, but not by years */
	int status = store_db_bound(r->db, &b, err);
	if (status == 0)
		status = store_db_step(r->db, b.st, &row, err);
	*out = row ? store_db_int(b.st, 0, 0) : 0;
	store_db_reset(b.st);
	return status;
}

static int read_newest(struct registry *r, int64_t string_id, struct arena *arena, struct registry_fleet_row *out,
                       struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_FLEET_NEWEST]};
	bool row = false;
	store_db_bind_int(&b, string_id);
	int status = store_db_bound(r->db, &b, err);
	if (status == 0)
		status = store_db_step(r->db, b.st, &row, err);
	if (status == 0 && row) {
		out->started_us = store_db_int(b.st, 0, US_NONE);
		out->rejected = store_db_int(b.st, 3, 0);
		status = copy(arena, store_db_text(b.st, 1), &out->plan_rev, err);
		if (status == 0)
			status = copy(arena, store_db_text(b.st, 2), &out->refused, err);
	}
	store_db_reset(b.st);
	return status;
}

static int read_row(struct registry *r, sqlite3_stmt *st, int64_t now_us, struct arena *arena,
                    struct registry_fleet_row *out, struct err *err)
{
	int64_t string_id = store_db_int(st, 1, 0);
	out->tokens = (int)store_db_int(st, 3, 0);
	out->rotating = store_db_int(st, 4, 0) > 0;
	out->started_us = US_NONE;
	int status = copy(arena, store_db_text(st, 0), &out->name, err);
	if (status == 0)
		status = copy(arena, store_db_text(st, 2), &out->source, err);
	if (status == 0 && string_id != 0)
		status = read_samples(r, string_id, now_us, &out->samples_day, err);
	if (status == 0 && string_id != 0)
		status = read_newest(r, string_id, arena, out, err);
	return status;
}

static int read_plan(struct registry *r, struct arena *arena, struct registry_fleet *out, struct err *err)
{
	sqlite3_stmt *st = r->db->stmt[Q_FLEET_PLAN];
	bool row = false;
	int status = store_db_step(r->db, st, &row, err);
	if (status == 0 && row) {
		status = copy(arena, store_db_text(st, 0), &out->plan_rev, err);
		out->published_us = store_db_int(st, 1, 0);
	}
	store_db_reset(st);
	return status;
}

int registry_fleet(struct registry *r, int64_t now_us, struct arena *arena, struct registry_fleet *out,
                   struct err *err)
{
	struct store_db_bind b = {.st = r->db->stmt[Q_FLEET]};
	bool row;
	store_db_bind_int(&b, now_us);
	int status = read_plan(r, arena, out, err);
	if (status == 0)
		status = store_db_bound(r->db, &b, err);
	while (status == 0 && (status = store_db_step(r->db, b.st, &row, err)) == 0 && row) {
		struct registry_fleet_row *p = vec_add(&out->rows);
		status = p == NULL ? err_nomem(err) : read_row(r, b.st, now_us, arena, p, err);
	}
	store_db_reset(b.st);
	return status;
}
