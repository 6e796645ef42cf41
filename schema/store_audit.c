/* Audits as stretches of time in which they said the same. The stretches of one probe, target
 * and node do not overlap: what comes late lengthens its neighbour, or gets a row between two, or
 * cuts a stretch that lies around it. */
#include "schema/store_audit.h"

#include "lib/attr.h"
#include "schema/audit.h"

/* ---- reading ------------------------------------------------------------------- */

/* Values of headers, unlike names, are many: they live in an arena of the scan, for one call. */
static int read_headers(struct store_sqlite *s, int64_t id, struct arena *arena, struct audit *out,
                        struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_AUDIT_HEADERS]};
	bool row;

	store_db_bind_int(&b, id);
	int status = store_db_bound(s->db, &b, err);
	while (status == 0 && (status = store_db_step(s->db, b.st, &row, err)) == 0 && row) {
		struct audit_header *h = vec_add(&out->headers);
		const char *value = store_db_text(b.st, 1);
		if (h == NULL || (value != NULL && (h->value = arena_str(arena, value)) == NULL))
			status = err_nomem(err);
		else
			status = store_names_text(s, sqlite3_column_int64(b.st, 0), &h->name, err);
	}
	store_db_reset(b.st);
	return status;
}

int store_audit_read(struct store_sqlite *s, int64_t id, struct arena *arena, struct audit *out, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_AUDIT_GET]};
	const char *error = NULL;
	/* the columns of audit_get: the time, these, error_phase, and then the numbers */
	const char **texts[] = {&out->sha256, &out->etag, &out->cert_sha256, &out->chain, &out->target_rev,
	                        &out->addr, &out->edge, &out->cert_subject, &out->cert_issuer, &out->cert_names,
	                        &error};
	int64_t *numbers[] = {&out->status, &out->bytes, &out->cert_not_before, &out->cert_not_after,
	                      &out->clock_skew_us};
	enum { FIRST_TEXT = 1, PHASE = FIRST_TEXT + LAT_COUNT(texts), FIRST_NUMBER };
	int64_t ids[LAT_COUNT(texts)] = {0};
	bool row = false;

	store_db_bind_int(&b, id);
	int status = store_db_bound(s->db, &b, err);
	if (status == 0)
		status = store_db_step(s->db, b.st, &row, err);
	if (status == 0 && !row)
		status = err_set(err, LAT_DATAERR, "%s: is damaged: there is no audit %lld", s->db->path,
		                 (long long)id);
	if (status == 0) {
		out->t_us = sqlite3_column_int64(b.st, 0);
		for (int i = 0; i < (int)LAT_COUNT(texts); i++)
			ids[i] = store_db_int(b.st, FIRST_TEXT + i, 0);
		out->error_phase = (enum nel_phase)store_db_int(b.st, PHASE, NEL_PHASE_NONE);
		for (int i = 0; i < (int)LAT_COUNT(numbers); i++)
			*numbers[i] = store_db_int(b.st, FIRST_NUMBER + i, US_NONE);
	}
	store_db_reset(b.st);
	for (size_t i = 0; status == 0 && i < LAT_COUNT(texts); i++)
		status = store_names_text(s, ids[i], texts[i], err);
	if (error != NULL)
		out->error = nel_type_of(error);
	return status == 0 ? read_headers(s, id, arena, out, err) : status;
}

/* ---- a row of its own ------------------------------------------------------------ */

static int add_headers(struct store_sqlite *s, const struct audit *audit, int64_t audit_id, struct err *err)
{
	int64_t name;
	int status;

	for (size_t i = 0; i < audit->headers.len; i++) {
		const struct audit_header *h = &audit->headers.at[i];
		if ((status = store_intern_string(s, h->name == NULL ? "" : h->name, &name, err)) != 0)
			return status;
		struct store_db_bind bind = {.st = s->db->stmt[Q_AUDIT_HEADER_ADD]};
		store_db_bind_int(&bind, audit_id);
		store_db_bind_int(&bind, (int64_t)i);
		store_db_bind_int(&bind, name);
		store_db_bind_text(&bind, h->value);
		if ((status = store_db_bound(s->db, &bind, err)) != 0
		    || (status = store_db_run(s->db, bind.st, err)) != 0)
			return status;
	}
	return 0;
}

static int add_row(struct store_sqlite *s, int64_t probe, const struct audit *audit, struct err *err)
{
	const char *const texts[] = {
		audit->target, audit->node, audit->sha256, audit->etag, audit->cert_sha256, audit->chain,
		audit->target_rev, audit->addr, audit->edge, audit->cert_subject, audit->cert_issuer,
		audit->cert_names, nel_type_name(audit->error),
	};
	int64_t id[LAT_COUNT(texts)];
	int status;

	for (size_t i = 0; i < LAT_COUNT(texts); i++)
		if ((status = store_intern_string(s, texts[i], &id[i], err)) != 0)
			return status;
	struct store_db_bind bind = {.st = s->db->stmt[Q_AUDIT_ADD]};
	store_db_bind_int(&bind, probe);
	store_db_bind_int(&bind, audit->t_us);
	for (size_t i = 0; i < LAT_COUNT(texts); i++)
		store_db_bind_but(&bind, id[i], 0);
	store_db_bind_but(&bind, audit->error_phase, NEL_PHASE_NONE);
	store_db_bind_but(&bind, audit->status, US_NONE);
	store_db_bind_but(&bind, audit->bytes, US_NONE);
	store_db_bind_but(&bind, audit->cert_not_before, US_NONE);
	store_db_bind_but(&bind, audit->cert_not_after, US_NONE);
	store_db_bind_but(&bind, audit->clock_skew_us, US_NONE);
	if ((status = store_db_bound(s->db, &bind, err)) != 0
	    || (status = store_db_run(s->db, bind.st, err)) != 0)
		return status;
	return add_headers(s, audit, sqlite3_last_insert_rowid(s->db->sqlite), err);
}

/* ---- stretches --------------------------------------------------------------------- */

struct key { int64_t probe, target, node; };
struct stretch { int64_t id, t_us, last_us, seen; bool there, same; };

/* The neighbour of the moment `query` asks for, and whether it says what `audit` says. */
static int find(struct store_sqlite *s, enum store_query query, const struct key *key, const struct audit *audit,
                struct stretch *out, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[query]};
	struct arena arena = {0};
	struct audit other = {0};
	bool row = false;

	*out = (struct stretch){0};
	store_db_bind_int(&b, key->probe);
	store_db_bind_int(&b, key->target);
	store_db_bind_but(&b, key->node, 0);
	store_db_bind_int(&b, audit->t_us);
	int status = store_db_bound(s->db, &b, err);
	if (status == 0)
		status = store_db_step(s->db, b.st, &row, err);
	if (row)
		*out = (struct stretch){sqlite3_column_int64(b.st, 0), sqlite3_column_int64(b.st, 1),
		                        sqlite3_column_int64(b.st, 2), sqlite3_column_int64(b.st, 3), true, false};
	store_db_reset(b.st);
	if (status != 0 || !row)
		return status;
	if ((status = store_audit_read(s, out->id, &arena, &other, err)) == 0)
		out->same = audit_same(&other, audit);
	vec_free(&other.headers);
	arena_free(&arena);
	return status;
}

/* `skew_us` US_NONE: as it was. */
static int set_stretch(struct store_sqlite *s, const struct stretch *to, int64_t skew_us, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_AUDIT_STRETCH]};
	int status;

	store_db_bind_int(&b, to->id);
	store_db_bind_int(&b, to->t_us);
	store_db_bind_int(&b, to->last_us);
	store_db_bind_int(&b, to->seen);
	store_db_bind_but(&b, skew_us, US_NONE);
	if ((status = store_db_bound(s->db, &b, err)) != 0)
		return status;
	return store_db_run(s->db, b.st, err);
}

/* Of `from` what is known behind the cut: that it was seen at its end. */
static int copy_end(struct store_sqlite *s, const struct stretch *from, struct err *err)
{
	struct store_db_bind row = {.st = s->db->stmt[Q_AUDIT_COPY]};
	struct store_db_bind headers = {.st = s->db->stmt[Q_AUDIT_COPY_HEADERS]};
	int status;

	store_db_bind_int(&row, from->id);
	store_db_bind_int(&row, from->last_us);
	if ((status = store_db_bound(s->db, &row, err)) != 0 || (status = store_db_run(s->db, row.st, err)) != 0)
		return status;
	store_db_bind_int(&headers, from->id);
	store_db_bind_int(&headers, sqlite3_last_insert_rowid(s->db->sqlite));
	if ((status = store_db_bound(s->db, &headers, err)) != 0)
		return status;
	return store_db_run(s->db, headers.st, err);
}

/* What was seen inside, besides the two ends, is counted with the first. */
static int cut(struct store_sqlite *s, const struct stretch *at, struct err *err)
{
	struct stretch left = *at;
	int status = copy_end(s, at, err);

	left.last_us = at->t_us;
	left.seen = at->seen > 1 ? at->seen - 1 : 1;
	return status == 0 ? set_stretch(s, &left, US_NONE, err) : status;
}

/* `into` now reaches up to `next`, which says the same: one row of two. */
static int join(struct store_sqlite *s, struct stretch *into, const struct stretch *next, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_AUDIT_REMOVE]};
	struct arena arena = {0};
	struct audit other = {0};
	int status = store_audit_read(s, next->id, &arena, &other, err);

	into->last_us = next->last_us;
	into->seen += next->seen;
	if (status == 0)
		status = set_stretch(s, into, other.clock_skew_us, err);
	vec_free(&other.headers);
	arena_free(&arena);
	store_db_bind_int(&b, next->id);
	if (status != 0 || (status = store_db_bound(s->db, &b, err)) != 0)
		return status;
	return store_db_run(s->db, b.st, err); /* its headers go with it */
}

/* One more of what `before` says. */
static int lengthen(struct store_sqlite *s, const struct key *key, struct stretch *before, const struct audit *audit,
                    struct err *err)
{
	bool newest = audit->t_us >= before->last_us;
	struct stretch after = {0};
	int status;

	before->last_us = newest ? audit->t_us : before->last_us;
	before->seen++;
	if ((status = set_stretch(s, before, newest ? audit->clock_skew_us : US_NONE, err)) != 0 || !newest
	    || (status = find(s, Q_AUDIT_AFTER, key, audit, &after, err)) != 0)
		return status;
	return after.same && after.t_us - audit->t_us <= AUDIT_GAP_US ? join(s, before, &after, err) : 0;
}

int store_audit_add(struct store_sqlite *s, int64_t probe, const struct audit *audit, struct err *err)
{
	struct key key = {.probe = probe};
	struct stretch before, after;
	int status;

	if ((status = store_intern_string(s, audit->target, &key.target, err)) != 0
	    || (status = store_intern_string(s, audit->node, &key.node, err)) != 0
	    || (status = find(s, Q_AUDIT_BEFORE, &key, audit, &before, err)) != 0)
		return status;
	if (before.same && audit->t_us - before.last_us <= AUDIT_GAP_US)
		return lengthen(s, &key, &before, audit, err);
	if (before.there && audit->t_us < before.last_us)
		return (status = cut(s, &before, err)) == 0 ? add_row(s, probe, audit, err) : status;
	if ((status = find(s, Q_AUDIT_AFTER, &key, audit, &after, err)) != 0)
		return status;
	if (after.same && after.t_us - audit->t_us <= AUDIT_GAP_US) {
		after.t_us = audit->t_us;
		after.seen++;
		return set_stretch(s, &after, US_NONE, err);
	}
	return add_row(s, probe, audit, err);
}
