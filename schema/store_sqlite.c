/* The store in a SQLite file: opening, closing, totals. The operations are in files of
 * their own: store_append.c, store_fold.c, store_cells.c, store_facts.c,
 * store_prune.c, store_places.c, store_edges.c. */
#include "schema/store_sqlite.h"

#include <stdlib.h>

#include "schema/store_rows.h"

#pragma GCC diagnostic ignored "-Woverlength-strings" /* a limit of 1999 */
static const char sql[] =
#include "schema/store_query.sql.inc"
;

static const char *const names[QUERIES] = {
	[Q_STRING_FIND] = "string_find",
	[Q_STRING_ADD] = "string_add",
	[Q_STRING_TEXT] = "string_text",
	[Q_SERIES_FIND] = "series_find",
	[Q_SERIES_ADD] = "series_add",
	[Q_SERIES_GET] = "series_get",
	[Q_BATCH_FIND] = "batch_find",
	[Q_BATCH_ADD] = "batch_add",
	[Q_BATCH_GET] = "batch_get",
	[Q_BATCH_TOTALS] = "batch_totals",
	[Q_BATCH_IN_WINDOW] = "batch_in_window",
	[Q_BATCH_OF_PROBE] = "batch_of_probe",
	[Q_UNFOLDED_ADD] = "unfolded_add",
	[Q_UNFOLDED_FIRST] = "unfolded_first",
	[Q_UNFOLDED_DONE] = "unfolded_done",
	[Q_UNFOLDED_COUNT] = "unfolded_count",
	[Q_UNFOLDED_OF_PROBE] = "unfolded_of_probe",
	[Q_SAMPLE_ADD] = "sample_add",
	[Q_SAMPLE_OF_BATCH] = "sample_of_batch",
	[Q_SAMPLE_CORE_OF_BATCH] = "sample_core_of_batch",
	[Q_SAMPLE_CORE_OF_UNFOLDED] = "sample_core_of_unfolded",
	[Q_PROBES] = "probes",
	[Q_CELL_GET] = "cell_get",
	[Q_CELL_NEW] = "cell_new",
	[Q_CELL_PUT] = "cell_put",
	[Q_CELL_OF_PROBE] = "cell_of_probe",
	[Q_AUDIT_ADD] = "audit_add",
	[Q_AUDIT_HEADER_ADD] = "audit_header_add",
	[Q_AUDIT_IN_WINDOW] = "audit_in_window",
	[Q_AUDIT_GET] = "audit_get",
	[Q_AUDIT_HEADERS] = "audit_headers",
	[Q_AUDIT_BEFORE] = "audit_before",
	[Q_AUDIT_AFTER] = "audit_after",
	[Q_AUDIT_STRETCH] = "audit_stretch",
	[Q_AUDIT_COPY] = "audit_copy",
	[Q_AUDIT_COPY_HEADERS] = "audit_copy_headers",
	[Q_AUDIT_REMOVE] = "audit_remove",
	[Q_PRUNE_FIND] = "prune_find",
	[Q_PRUNE_COUNT] = "prune_count",
	[Q_PRUNE_SAMPLES] = "prune_samples",
	[Q_PRUNE_MARK] = "prune_mark",
	[Q_PRUNED_UNTIL] = "pruned_until",
	[Q_PRUNED_UNTIL_SET] = "pruned_until_set",
	[Q_RECEIVED_LAST] = "received_last",
	[Q_PLACE_PUT] = "place_put",
	[Q_PLACE_ALL] = "place_all",
	[Q_EDGE_BATCHES] = "edge_batches",
	[Q_EDGE_OF_BATCH] = "edge_of_batch",
};

static void close_store(struct store *store)
{
	struct store_sqlite *s = (struct store_sqlite *)store;

	store_db_close(s->db);
	store_intern_free(&s->intern);
	store_names_free(&s->names);
	free(s);
}

static void wait_until(struct store *store, struct mono until)
{
	store_db_wait_until(((struct store_sqlite *)store)->db, until);
}

static int totals(struct store *store, struct store_totals *out, struct err *err)
{
	struct store_db *db = ((struct store_sqlite *)store)->db;
	sqlite3_stmt *all = db->stmt[Q_BATCH_TOTALS];
	struct store_db_bind unfolded = {.st = db->stmt[Q_UNFOLDED_COUNT]};
	bool row;
	int status = store_db_begin(db, false, err); /* both numbers of one state */

	*out = (struct store_totals){.first_us = US_NONE, .last_us = US_NONE};
	if (status != 0)
		return status;
	if ((status = store_db_step(db, all, &row, err)) == 0 && row) {
		out->batches = sqlite3_column_int64(all, 0);
		out->samples = sqlite3_column_int64(all, 1);
		out->first_us = store_db_int(all, 2, US_NONE);
		out->last_us = store_db_int(all, 3, US_NONE);
	}
	store_db_bind_int(&unfolded, INT64_MAX);
	if (status == 0)
		status = store_db_bound(db, &unfolded, err);
	if (status == 0 && (status = store_db_step(db, unfolded.st, &row, err)) == 0 && row)
		out->unfolded = sqlite3_column_int64(unfolded.st, 0);
	store_db_rollback(db);
	return status;
}

static const struct store_ops ops = {
	.close = close_store,
	.wait_until = wait_until,
	.append = store_append_sqlite,
	.fold = store_fold_sqlite,
	.scan_cells = store_cells_sqlite,
	.scan_samples = store_facts_samples,
	.scan_audits = store_facts_audits,
	.put_places = store_places_put,
	.scan_places = store_places_scan,
	.scan_edges = store_edges_scan,
	.totals = totals,
	.prune = store_prune_sqlite,
	.prunable = store_prune_count,
	.pruned_until = store_prune_until,
	.received_last = store_prune_received,
};

int store_open_sqlite(struct store **out, const char *path, enum store_mode mode, struct err *err)
{
	static const struct store_db_queries queries = {sql, names, QUERIES, store_rows_functions};
	struct store_sqlite *s = calloc(1, sizeof *s);
	int status;

	*out = NULL;
	if (s == NULL)
		return err_nomem(err);
	s->base.ops = &ops;
	status = store_db_open(&s->db, path, mode, &queries, err);
	if (status == 0 && mode != STORE_READ && !store_intern_init(&s->intern))
		status = err_nomem(err);
	if (status != 0) {
		close_store(&s->base);
		return status;
	}
	*out = &s->base;
	return 0;
}
