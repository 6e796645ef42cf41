/* Scans of what was measured: raw samples, and the newest audits. */
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "schema/store_audit.h"
#include "schema/store_rows.h"

/* ---- samples ----------------------------------------------------------------- */

struct sample_scan {
	int64_t since_us, until_us;
	store_sample_fn *fn;
	void *ctx;
};

static int tell_sample(void *ctx, const struct store_rows_batch *batch, const struct sample *sample,
                       int64_t series, struct err *err)
{
	const struct sample_scan *scan = ctx;

	(void)series;
	if (sample->t_us < scan->since_us || sample->t_us >= scan->until_us)
		return 0;
	struct store_sample told = {
		.probe = batch->header.probe,
		.header = &batch->header,
		.sample = sample,
		.verdict = cell_verdict_of(&batch->header, sample, batch->implausible),
		.source = batch->source,
	};
	return scan->fn(scan->ctx, &told, err);
}

int store_facts_samples(struct store *store, int64_t since_us, int64_t until_us, store_sample_fn *fn,
                        void *ctx, struct err *err)
{
	struct store_sqlite *s = (struct store_sqlite *)store;
	struct sample_scan scan = {.since_us = since_us, .until_us = until_us, .fn = fn, .ctx = ctx};
	struct store_db_bind b = {.st = s->db->stmt[Q_BATCH_IN_WINDOW]};
	bool row;

	store_names_trim(&s->names);
	int status = store_db_begin(s->db, false, err);
	if (status != 0)
		return status;
	store_db_bind_int(&b, since_us);
	store_db_bind_int(&b, until_us);
	status = store_db_bound(s->db, &b, err);
	while (status == 0 && (status = store_db_step(s->db, b.st, &row, err)) == 0 && row) {
		struct store_rows_batch batch;
		if ((status = store_rows_batch(s, sqlite3_column_int64(b.st, 0), &batch, err)) != 0)
			break;
		status = store_rows_samples(s, &batch, true, tell_sample, &scan, err);
	}
	store_db_rollback(s->db); /* only read */
	return status;
}

/* ---- audits ------------------------------------------------------------------ */

struct newest { int64_t id, probe, target, node, t_us; const char *names[3]; };

typedef VEC(struct newest) newest_vec;

/* The last audit of each probe, target and node, which come one after the other. */
static int find_newest(struct store_sqlite *s, int64_t since_us, int64_t until_us, newest_vec *out,
                       struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_AUDIT_IN_WINDOW]};
	bool row;

	store_db_bind_int(&b, since_us);
	store_db_bind_int(&b, until_us);
	int status = store_db_bound(s->db, &b, err);
	while (status == 0 && (status = store_db_step(s->db, b.st, &row, err)) == 0 && row) {
		struct newest n = {sqlite3_column_int64(b.st, 0), sqlite3_column_int64(b.st, 1),
		                   sqlite3_column_int64(b.st, 2), store_db_int(b.st, 3, 0),
		                   sqlite3_column_int64(b.st, 4), {0}};
		if (n.t_us >= until_us) /* seen before the window's end, and after it */
			n.t_us = until_us - 1;
		struct newest *last = out->len == 0 ? NULL : &out->at[out->len - 1];
		if (last == NULL || last->probe != n.probe || last->target != n.target
		    || last->node != n.node) {
			if ((last = vec_add(out)) == NULL)
				return err_nomem(err);
		}
		*last = n;
	}
	store_db_reset(b.st);
	for (size_t i = 0; status == 0 && i < out->len; i++) {
		struct newest *n = &out->at[i];
		if ((status = store_names_text(s, n->probe, &n->names[0], err)) == 0
		    && (status = store_names_text(s, n->target, &n->names[1], err)) == 0)
			status = store_names_text(s, n->node, &n->names[2], err);
	}
	return status;
}

static int compare_newest(const void *left, const void *right)
{
	const struct newest *a = left, *b = right;

	for (int i = 0; i < 3; i++) {
		int c = a->names[i] == NULL || b->names[i] == NULL
		                ? (a->names[i] != NULL) - (b->names[i] != NULL)
		                : strcmp(a->names[i], b->names[i]);
		if (c != 0)
			return c;
	}
	return 0;
}

int store_facts_audits(struct store *store, int64_t since_us, int64_t until_us, store_audit_fn *fn, void *ctx,
                       struct err *err)
{
	struct store_sqlite *s = (struct store_sqlite *)store;
	newest_vec newest = {0};
	int status;

	store_names_trim(&s->names);
	if ((status = store_db_begin(s->db, false, err)) != 0)
		return status;
	status = find_newest(s, since_us, until_us, &newest, err);
	if (status == 0 && newest.len > 1)
		qsort(newest.at, newest.len, sizeof *newest.at, compare_newest);
	for (size_t i = 0; status == 0 && i < newest.len; i++) {
		struct arena arena = {0};
		struct audit audit = {0};
		if ((status = store_audit_read(s, newest.at[i].id, &arena, &audit, err)) == 0) {
			audit.target = newest.at[i].names[1];
			audit.node = newest.at[i].names[2];
			audit.t_us = newest.at[i].t_us;
			status = fn(ctx, newest.at[i].names[0], &audit, err);
		}
		vec_free(&audit.headers);
		arena_free(&arena);
	}
	vec_free(&newest);
	store_db_rollback(s->db); /* only read */
	return status;
}
