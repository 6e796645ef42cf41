/* The store in memory, for tests: it keeps the batches as they are and makes everything else
 * of them when asked. Slow and short, so that one can see that it is right. */
#include "schema/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"

/* ---- copies ------------------------------------------------------------------ */

const char *store_memory_text(struct arena *arena, const char *text, bool *ok)
{
	const char *copy = text == NULL ? NULL : arena_str(arena, text);

	*ok = *ok && (text == NULL || copy != NULL);
	return copy;
}

static bool copy_sample(struct batch *to, const struct sample *from)
{
	struct sample *s = vec_add(&to->samples);
	bool ok = s != NULL;

	if (!ok)
		return false;
	*s = *from;
	const char **texts[] = {&s->target, &s->target_rev, &s->node, &s->addr, &s->resolver,
	                        &s->http, &s->tls, &s->edge, &s->cache, &s->location, &s->cname, &s->ecs};
	for (size_t i = 0; i < LAT_COUNT(texts); i++)
		*texts[i] = store_memory_text(&to->arena, *texts[i], &ok);
	return ok;
}

static bool copy_audit(struct batch *to, const struct audit *from)
{
	struct audit *a = vec_add(&to->audits);
	bool ok = a != NULL;

	if (!ok)
		return false;
	*a = *from;
	memset(&a->headers, 0, sizeof a->headers);
	const char **texts[] = {&a->target, &a->node, &a->target_rev, &a->addr, &a->edge, &a->sha256, &a->etag,
	                        &a->cert_sha256, &a->chain, &a->cert_subject, &a->cert_issuer, &a->cert_names};
	for (size_t i = 0; i < LAT_COUNT(texts); i++)
		*texts[i] = store_memory_text(&to->arena, *texts[i], &ok);
	for (size_t i = 0; ok && i < from->headers.len; i++) {
		struct audit_header *h = vec_add(&a->headers);
		if (h == NULL)
			return false;
		h->name = store_memory_text(&to->arena,
		                    from->headers.at[i].name == NULL ? "" : from->headers.at[i].name, &ok);
		h->value = store_memory_text(&to->arena, from->headers.at[i].value, &ok);
	}
	return ok;
}

static bool copy_batch(struct batch *to, const struct batch *from)
{
	bool ok = true;

	memcpy(to->uuid, from->uuid, sizeof to->uuid);
	to->probe = store_memory_text(&to->arena, from->probe, &ok);
	to->boot = store_memory_text(&to->arena, from->boot, &ok);
	to->version = store_memory_text(&to->arena, from->version, &ok);
	to->plan_rev = store_memory_text(&to->arena, from->plan_rev, &ok);
	to->refused = store_memory_text(&to->arena, from->refused, &ok);
	to->seed = store_memory_text(&to->arena, from->seed, &ok);
	to->started_us = from->started_us;
	to->timeout_ms = from->timeout_ms;
	to->round_ok = from->round_ok;
	to->cpu_us = from->cpu_us;
	to->rss_kib = from->rss_kib;
	to->duration_us = from->duration_us;
	to->dropped = from->dropped;
	to->rejected = from->rejected;
	to->unknown_keys = from->unknown_keys;
	for (size_t i = 0; ok && i < from->samples.len; i++)
		ok = copy_sample(to, &from->samples.at[i]);
	for (size_t i = 0; ok && i < from->audits.len; i++)
		ok = copy_audit(to, &from->audits.at[i]);
	return ok;
}

static void free_kept(struct kept *k)
{
	batch_free(&k->batch);
	free(k);
}

/* ---- appending and folding ------------------------------------------------------- */

static const struct kept *find(const struct memory *m, const uint8_t uuid[STORE_UUID])
{
	for (size_t i = 0; i < m->len; i++)
		if (memcmp(m->at[i]->uuid, uuid, STORE_UUID) == 0)
			return m->at[i];
	return NULL;
}

static int append_one(struct memory *m, struct store_batch *sb, struct err *err)
{
	uint8_t uuid[STORE_UUID];

	if (!store_uuid_parse(sb->batch->uuid, uuid))
		return err_set(err, LAT_DATAERR, "batch \"%.36s\": is no UUID", sb->batch->uuid);
	const struct kept *there = find(m, uuid);
	if (there != NULL) {
		bool same = memcmp(there->digest, sb->digest, sizeof sb->digest) == 0;
		sb->result = same ? STORE_DUPLICATE : STORE_CONFLICT;
		return 0;
	}
	if (m->len == m->cap) {
		size_t cap = m->cap == 0 ? 64 : 2 * m->cap;
		struct kept **at = realloc(m->at, cap * sizeof *at);
		if (at == NULL)
			return err_nomem(err);
		m->at = at;
		m->cap = cap;
	}
	struct kept *k = calloc(1, sizeof *k);
	if (k == NULL)
		return err_nomem(err);
	bool copied = copy_batch(&k->batch, sb->batch);
	k->source = store_memory_text(&k->batch.arena, sb->source, &copied);
	if (!copied) {
		free_kept(k);
		return err_nomem(err);
	}
	k->header = k->batch;
	memset(&k->header.samples, 0, sizeof k->header.samples);
	memset(&k->header.audits, 0, sizeof k->header.audits);
	memset(&k->header.arena, 0, sizeof k->header.arena);
	store_uuid_format(uuid, k->header.uuid);
	memcpy(k->uuid, uuid, sizeof uuid);
	memcpy(k->digest, sb->digest, sizeof k->digest);
	k->implausible = sb->clock_implausible;
	k->received_us = sb->received_us;
	m->at[m->len++] = k;
	sb->result = STORE_ADDED;
	return 0;
}

static int append(struct store *store, struct store_batch *batches, size_t n, struct err *err)
{
	struct memory *m = (struct memory *)store;
	size_t before = m->len;
	int status = 0;

	for (size_t i = 0; status == 0 && i < n; i++)
		status = append_one(m, &batches[i], err);
	while (status != 0 && m->len > before)
		free_kept(m->at[--m->len]);
	return status;
}

/* Cells are made anew for each scan, so folding changes nothing but the count. */
static int fold(struct store *store, size_t max_batches, size_t *left, struct err *err)
{
	struct memory *m = (struct memory *)store;

	(void)err;
	*left = 0;
	for (size_t i = 0; i < m->len; i++) {
		if (!m->at[i]->folded && max_batches > 0) {
			m->at[i]->folded = true;
			max_batches--;
		}
		*left += !m->at[i]->folded && *left < STORE_LEFT_MOST;
	}
	return 0;
}

/* ---- the whole ----------------------------------------------------------------------- */

static int totals(struct store *store, struct store_totals *out, struct err *err)
{
	const struct memory *m = (struct memory *)store;

	(void)err;
	*out = (struct store_totals){.batches = (int64_t)m->len, .first_us = US_NONE, .last_us = US_NONE};
	for (size_t i = 0; i < m->len; i++) {
		out->unfolded += !m->at[i]->folded;
		out->samples += (int64_t)m->at[i]->batch.samples.len;
		for (size_t j = 0; !m->at[i]->implausible && j < m->at[i]->batch.samples.len; j++) {
			int64_t t = m->at[i]->batch.samples.at[j].t_us;
			if (out->first_us == US_NONE || t < out->first_us)
				out->first_us = t;
			if (t > out->last_us)
				out->last_us = t;
		}
	}
	return 0;
}

static void close_store(struct store *store)
{
	struct memory *m = (struct memory *)store;

	for (size_t i = 0; i < m->len; i++)
		free_kept(m->at[i]);
	for (size_t i = 0; i < m->places.len; i++)
		arena_free(&m->places.at[i].arena);
	vec_free(&m->places);
	free(m->at);
	free(m);
}

static const struct store_ops ops = {
	.close = close_store,
	.append = append,
	.fold = fold,
	.scan_cells = store_memory_scan_cells,
	.scan_samples = store_memory_scan_samples,
	.scan_audits = store_memory_scan_audits,
	.put_places = store_memory_put_places,
	.scan_places = store_memory_scan_places,
	.scan_edges = store_memory_scan_edges,
	.totals = totals,
	.prune = store_memory_prune,
	.prunable = store_memory_prunable,
	.pruned_until = store_memory_pruned_until,
	.received_last = store_memory_received_last,
};

int store_open_memory(struct store **out, struct err *err)
{
	struct memory *m = calloc(1, sizeof *m);

	*out = NULL;
	if (m == NULL)
		return err_nomem(err);
	m->base.ops = &ops;
	*out = &m->base;
	return 0;
}
