/* Appending: many batches, one transaction, one answer to each. */
#include <string.h>

#include "lib/attr.h"
#include "schema/store_audit.h"

/* Of a batch's samples: what its row says about them. */
struct extent { int64_t succeeded, first_us, last_us, span; };

static struct extent extent_of(const struct batch *b)
{
	struct extent e = {.first_us = US_NONE, .last_us = US_NONE};

	for (size_t i = 0; i < b->samples.len; i++) {
		int64_t t = b->samples.at[i].t_us;
		e.succeeded += b->samples.at[i].error == NEL_OK;
		if (i == 0 || t < e.first_us)
			e.first_us = t;
		if (t > e.last_us)
			e.last_us = t;
	}
	while (e.last_us - e.first_us >= (int64_t)1 << e.span)
		e.span++; /* at most 62: moments are below 2^62 */
	return e;
}

/* Is the batch there already? */
static int look_up(struct store_sqlite *s, const struct store_batch *sb, const uint8_t uuid[STORE_UUID],
                   enum store_result *result, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_BATCH_FIND]};
	bool row = false;

	*result = STORE_ADDED;
	store_db_bind_blob(&b, uuid, STORE_UUID);
	int status = store_db_bound(s->db, &b, err);
	if (status == 0)
		status = store_db_step(s->db, b.st, &row, err);
	if (row) {
		const void *digest = sqlite3_column_blob(b.st, 0);
		bool same = digest != NULL && sqlite3_column_bytes(b.st, 0) == sizeof sb->digest
		            && memcmp(digest, sb->digest, sizeof sb->digest) == 0;
		*result = same ? STORE_DUPLICATE : STORE_CONFLICT;
	}
	store_db_reset(b.st);
	return status;
}

static int add_header(struct store_sqlite *s, const struct store_batch *sb, const uint8_t uuid[STORE_UUID],
                      int64_t probe, const struct extent *e, struct err *err)
{
	const struct batch *b = sb->batch;
	bool any = b->samples.len > 0;
	int64_t boot, version, plan_rev, refused, source;
	int status;

	if ((status = store_intern_string(s, b->boot, &boot, err)) != 0
	    || (status = store_intern_string(s, b->version, &version, err)) != 0
	    || (status = store_intern_string(s, b->plan_rev, &plan_rev, err)) != 0
	    || (status = store_intern_string(s, b->refused, &refused, err)) != 0
	    || (status = store_intern_string(s, sb->source, &source, err)) != 0)
		return status;
	struct store_db_bind bind = {.st = s->db->stmt[Q_BATCH_ADD]};
	store_db_bind_blob(&bind, uuid, STORE_UUID);
	store_db_bind_blob(&bind, sb->digest, sizeof sb->digest);
	store_db_bind_int(&bind, probe);
	store_db_bind_but(&bind, boot, 0);
	store_db_bind_but(&bind, version, 0);
	store_db_bind_but(&bind, plan_rev, 0);
	store_db_bind_int(&bind, b->started_us);
	store_db_bind_int(&bind, sb->received_us);
	store_db_bind_but(&bind, b->timeout_ms, US_NONE);
	store_db_bind_but(&bind, b->round_ok, US_NONE);
	store_db_bind_but(&bind, b->cpu_us, US_NONE);
	store_db_bind_but(&bind, b->rss_kib, US_NONE);
	store_db_bind_but(&bind, b->duration_us, US_NONE);
	store_db_bind_but(&bind, sb->skew_us, STORE_NO_SKEW);
	store_db_bind_int(&bind, b->dropped);
	store_db_bind_but(&bind, refused, 0);
	store_db_bind_int(&bind, (int64_t)b->unknown_keys);
	store_db_bind_int(&bind, sb->clock_implausible);
	store_db_bind_int(&bind, (int64_t)b->samples.len);
	store_db_bind_int(&bind, e->succeeded);
	store_db_bind_but(&bind, any ? e->first_us : US_NONE, US_NONE);
	store_db_bind_but(&bind, any ? e->last_us : US_NONE, US_NONE);
	store_db_bind_but(&bind, any ? e->span : US_NONE, US_NONE);
	store_db_bind_text(&bind, b->seed);
	store_db_bind_but(&bind, source, 0);
	store_db_bind_int(&bind, b->rejected);
	if ((status = store_db_bound(s->db, &bind, err)) != 0)
		return status;
	return store_db_run(s->db, bind.st, err);
}

/* What the fold wants of it. */
static int add_to_unfolded(struct store_sqlite *s, const struct store_batch *sb, int64_t batch_id, int64_t probe,
                           const struct extent *e, struct err *err)
{
	const struct batch *b = sb->batch;
	struct store_db_bind bind = {.st = s->db->stmt[Q_UNFOLDED_ADD]};

	store_db_bind_int(&bind, probe);
	store_db_bind_int(&bind, batch_id);
	store_db_bind_but(&bind, e->first_us, US_NONE);
	store_db_bind_but(&bind, e->last_us, US_NONE);
	store_db_bind_int(&bind, (int64_t)b->samples.len);
	store_db_bind_int(&bind, b->started_us);
	store_db_bind_but(&bind, b->timeout_ms, US_NONE);
	store_db_bind_but(&bind, b->round_ok, US_NONE);
	store_db_bind_int(&bind, sb->clock_implausible);
	int status = store_db_bound(s->db, &bind, err);
	return status != 0 ? status : store_db_run(s->db, bind.st, err);
}

static int add_sample(struct store_sqlite *s, const struct batch *b, int64_t batch_id, size_t position,
                      struct err *err)
{
	const struct sample *sample = &b->samples.at[position];
	struct series series = series_of_sample(sample);
	int64_t series_id, addr, cache, cname, error;
	bool row;
	int status;

	if ((status = store_intern_series(s, &series, &series_id, err)) != 0
	    || (status = store_intern_string(s, sample->addr, &addr, err)) != 0
	    || (status = store_intern_string(s, sample->cache, &cache, err)) != 0
	    || (status = store_intern_string(s, sample->cname, &cname, err)) != 0
	    || (status = store_intern_string(s, nel_type_name(sample->error), &error, err)) != 0)
		return status;
	struct store_db_bind bind = {.st = s->db->stmt[Q_SAMPLE_ADD]};
	store_db_bind_int(&bind, batch_id << STORE_SQLITE_ID_SHIFT | (int64_t)position);
	store_db_bind_int(&bind, sample->t_us - b->started_us);
	store_db_bind_int(&bind, series_id);
	store_db_bind_but(&bind, sample->nth, 0);
	store_db_bind_but(&bind, sample->lagged, false);
	store_db_bind_but(&bind, error, 0);
	store_db_bind_but(&bind, sample->error_phase, NEL_PHASE_NONE);
	store_db_bind_but(&bind, sample->dns_us, US_NONE);
	store_db_bind_but(&bind, sample->tcp_us, US_NONE);
	store_db_bind_but(&bind, sample->tls_us, US_NONE);
	store_db_bind_but(&bind, sample->wait_us, US_NONE);
	store_db_bind_but(&bind, sample->body_us, US_NONE);
	store_db_bind_but(&bind, sample->min_rtt_us, US_NONE);
	store_db_bind_but(&bind, sample->lag_us, US_NONE);
	store_db_bind_but(&bind, sample->retrans, US_NONE);
	store_db_bind_but(&bind, sample->status, US_NONE);
	store_db_bind_but(&bind, sample->bytes, US_NONE);
	store_db_bind_but(&bind, sample->ttl, US_NONE);
	store_db_bind_but(&bind, sample->dns_cache, DNS_CACHE_NONE);
	store_db_bind_but(&bind, addr, 0);
	store_db_bind_but(&bind, cache, 0);
	store_db_bind_but(&bind, sample->seq, (int64_t)position);
	store_db_bind_text(&bind, sample->location);
	store_db_bind_but(&bind, sample->syn_rtt_us, US_NONE);
	store_db_bind_but(&bind, sample->age_s, US_NONE);
	store_db_bind_but(&bind, cname, 0);
	store_db_bind_but(&bind, sample->dns_tries, US_NONE);
	store_db_bind_but(&bind, sample->dns_tcp, false);
	store_db_bind_but(&bind, sample->ecs_scope, US_NONE);
	if ((status = store_db_bound(s->db, &bind, err)) != 0
	    || (status = store_db_step(s->db, bind.st, &row, err)) != 0)
		return status;
	sqlite3_reset(bind.st); /* bindings stay: the next sample replaces each */
	return 0;
}

static int append_one(struct store_sqlite *s, struct store_batch *sb, struct err *err)
{
	const struct batch *b = sb->batch;
	struct extent extent = extent_of(b);
	uint8_t uuid[STORE_UUID];
	int64_t probe;
	int status;

	if (!store_uuid_parse(b->uuid, uuid))
		return err_set(err, LAT_DATAERR, "batch \"%.36s\": is no UUID", b->uuid);
	if ((status = look_up(s, sb, uuid, &sb->result, err)) != 0 || sb->result != STORE_ADDED)
		return status;
	if ((status = store_intern_string(s, b->probe, &probe, err)) != 0
	    || (status = add_header(s, sb, uuid, probe, &extent, err)) != 0)
		return status;
	int64_t batch_id = sqlite3_last_insert_rowid(s->db->sqlite);
	if ((status = add_to_unfolded(s, sb, batch_id, probe, &extent, err)) != 0)
		return status;
	for (size_t i = 0; i < b->samples.len; i++)
		if ((status = add_sample(s, b, batch_id, i, err)) != 0)
			return status;
	for (size_t i = 0; i < b->audits.len; i++)
		if ((status = store_audit_add(s, probe, &b->audits.at[i], err)) != 0)
			return status;
	return 0;
}

int store_append_sqlite(struct store *store, struct store_batch *batches, size_t n, struct err *err)
{
	struct store_sqlite *s = (struct store_sqlite *)store;
	int status;

	store_names_trim(&s->names);
	if ((status = store_db_begin(s->db, true, err)) != 0)
		return status;
	for (size_t i = 0; status == 0 && i < n; i++)
		status = append_one(s, &batches[i], err);
	if (status == 0)
		status = store_db_commit(s->db, err);
	else
		store_db_rollback(s->db);
	if (status != 0) { /* ids were given in vain, and will be given again */
		store_intern_forget(&s->intern);
		store_names_free(&s->names);
	}
	return status;
}
