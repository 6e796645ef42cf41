/* The store in memory, for tests: it keeps the batches as they are and makes everything else
 * of them when asked. Slow and short, so that one can see that it is right. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "schema/audit.h"
#include "schema/store_impl.h"

/* What was pruned is still here, since cells are made of it; but nothing else sees it. */
struct kept {
	struct batch batch;
	struct batch header; /* the same without samples and audits: what scans hand out */
	uint8_t uuid[STORE_UUID], digest[32];
	const char *source;  /* in the batch's arena */
	int64_t received_us;
	bool implausible, folded, pruned;
};

struct kept_place { struct store_place place; struct arena arena; };

struct memory {
	struct store base;
	struct kept **at;
	size_t len, cap;
	int64_t pruned_until_us; /* 0: nothing was pruned */
	VEC(struct kept_place) places; /* by address */
};

/* ---- copies ------------------------------------------------------------------ */

/* NULL is copied to NULL; *ok becomes false when out of memory. */
static const char *copy_text(struct arena *arena, const char *text, bool *ok)
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
		*texts[i] = copy_text(&to->arena, *texts[i], &ok);
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
		*texts[i] = copy_text(&to->arena, *texts[i], &ok);
	for (size_t i = 0; ok && i < from->headers.len; i++) {
		struct audit_header *h = vec_add(&a->headers);
		if (h == NULL)
			return false;
		h->name = copy_text(&to->arena,
		                    from->headers.at[i].name == NULL ? "" : from->headers.at[i].name, &ok);
		h->value = copy_text(&to->arena, from->headers.at[i].value, &ok);
	}
	return ok;
}

static bool copy_batch(struct batch *to, const struct batch *from)
{
	bool ok = true;

	memcpy(to->uuid, from->uuid, sizeof to->uuid);
	to->probe = copy_text(&to->arena, from->probe, &ok);
	to->boot = copy_text(&to->arena, from->boot, &ok);
	to->version = copy_text(&to->arena, from->version, &ok);
	to->plan_rev = copy_text(&to->arena, from->plan_rev, &ok);
	to->refused = copy_text(&to->arena, from->refused, &ok);
	to->seed = copy_text(&to->arena, from->seed, &ok);
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
	k->source = copy_text(&k->batch.arena, sb->source, &copied);
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
		*left += !m->at[i]->folded;
	}
	return 0;
}

/* ---- scanning cells ---------------------------------------------------------------- */

/* A sample and the cell that it belongs to. */
struct entry {
	const struct kept *kept;
	const struct sample *sample;
	struct series series;
	int64_t start_us;
};

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int c = strcmp(a->kept->batch.probe, b->kept->batch.probe);

	if (c == 0)
		c = (a->start_us > b->start_us) - (a->start_us < b->start_us);
	return c == 0 ? series_compare(&a->series, &b->series) : c;
}

static int compare_series(const void *left, const void *right)
{
	return series_compare(left, right);
}

/* Would SQLite's store take the hour of `t_us` from `cell`? Otherwise from raw samples. */
static bool whole_hour(const struct store_window *w, int64_t t_us)
{
	int64_t start = t_us - t_us % US_PER_HOUR;

	return w->unit_us >= US_PER_HOUR && start >= w->since_us && start + US_PER_HOUR <= w->until_us;
}

/* Each sample of the window, by cell; *series gets the same series once each, in order. */
static int collect(const struct memory *m, const struct store_window *w, struct entry **entries,
                   struct series **series, size_t *n, size_t *kinds, struct err *err)
{
	size_t room = 1;

	for (size_t i = 0; i < m->len; i++)
		room += m->at[i]->batch.samples.len;
	*n = *kinds = 0;
	*entries = calloc(room, sizeof **entries);
	*series = calloc(room, sizeof **series);
	if (*entries == NULL || *series == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < m->len; i++)
		for (size_t j = 0; j < m->at[i]->batch.samples.len; j++) {
			const struct sample *s = &m->at[i]->batch.samples.at[j];
			if (s->t_us < w->since_us || s->t_us >= w->until_us
			    || (m->at[i]->pruned && !whole_hour(w, s->t_us)))
				continue;
			(*entries)[*n] = (struct entry){m->at[i], s, series_of_sample(s),
			                                s->t_us - s->t_us % w->unit_us};
			(*series)[*n] = (*entries)[*n].series;
			(*n)++;
		}
	if (*n == 0)
		return 0;
	qsort(*entries, *n, sizeof **entries, compare_entries);
	qsort(*series, *n, sizeof **series, compare_series);
	for (size_t i = 0; i < *n; i++)
		if (*kinds == 0 || series_compare(&(*series)[*kinds - 1], &(*series)[i]) != 0)
			(*series)[(*kinds)++] = (*series)[i];
	return 0;
}

static bool add_entry(struct cell *cell, const struct entry *e)
{
	enum cell_verdict verdict = cell_verdict_of(&e->kept->batch, e->sample, e->kept->implausible);

	return cell_add(cell, e->sample, verdict, store_timeout_us(&e->kept->batch));
}

static int scan_cells(struct store *store, const struct store_window *w, store_cell_fn *fn, void *ctx,
                      struct err *err)
{
	struct entry *entries;
	struct series *series;
	size_t n, kinds, next;
	struct cell cell = {0};
	int status = collect((struct memory *)store, w, &entries, &series, &n, &kinds, err);

	for (size_t i = 0; status == 0 && i < n; i = next) {
		cell_clear(&cell);
		for (next = i; status == 0 && next < n && compare_entries(&entries[i], &entries[next]) == 0;
		     next++)
			if (!add_entry(&cell, &entries[next]))
				status = err_nomem(err);
		for (int m = 0; m < MEASURES; m++)
			if ((w->measures >> m & 1) == 0)
				sketch_clear(&cell.sketch[m]);
		struct store_cell told = {
			.probe = entries[i].kept->batch.probe,
			.series = bsearch(&entries[i].series, series, kinds, sizeof *series, compare_series),
			.start_us = entries[i].start_us,
			.cell = &cell,
		};
		if (status == 0)
			status = fn(ctx, &told, err);
	}
	cell_free(&cell);
	free(entries);
	free(series);
	return status;
}

/* ---- the other scans --------------------------------------------------------------- */

static int scan_samples(struct store *store, int64_t since_us, int64_t until_us, store_sample_fn *fn,
                        void *ctx, struct err *err)
{
	const struct memory *m = (struct memory *)store;
	int status = 0;

	for (size_t i = 0; i < m->len; i++)
		for (size_t j = 0; status == 0 && j < m->at[i]->batch.samples.len; j++) {
			const struct kept *k = m->at[i];
			const struct sample *s = &k->batch.samples.at[j];
			if (s->t_us < since_us || s->t_us >= until_us || k->pruned)
				continue;
			struct store_sample told = {k->batch.probe, &k->header, s,
			                            cell_verdict_of(&k->batch, s, k->implausible),
			                            k->source};
			status = fn(ctx, &told, err);
		}
	return status;
}

struct found { const char *probe; const struct audit *audit; size_t order; };

static int compare_names(const char *a, const char *b)
{
	return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

static int compare_keys(const struct found *a, const struct found *b)
{
	int c = compare_names(a->probe, b->probe);

	if (c == 0)
		c = compare_names(a->audit->target, b->audit->target);
	return c == 0 ? compare_names(a->audit->node, b->audit->node) : c;
}

/* By probe, target and node, the newest (of equal times the one appended last) at the end. */
static int compare_found(const void *left, const void *right)
{
	const struct found *a = left, *b = right;
	int c = compare_keys(a, b);

	if (c == 0)
		c = (a->audit->t_us > b->audit->t_us) - (a->audit->t_us < b->audit->t_us);
	return c == 0 ? (a->order > b->order) - (a->order < b->order) : c;
}

/* Audits in a row that say the same: how many of the `n` there are from `at` on, and what is told
 * of them. */
static size_t take_stretch(const struct found *at, size_t n, struct audit *out)
{
	size_t len = 0;

	*out = *at[0].audit;
	while (len < n && compare_keys(&at[0], &at[len]) == 0 && audit_same(at[0].audit, at[len].audit)
	       && at[len].audit->t_us - out->t_us <= AUDIT_GAP_US) {
		out->t_us = at[len].audit->t_us;
		if (at[len].audit->clock_skew_us != US_NONE)
			out->clock_skew_us = at[len].audit->clock_skew_us;
		len++;
	}
	return len;
}

static int scan_audits(struct store *store, int64_t since_us, int64_t until_us, store_audit_fn *fn, void *ctx,
                       struct err *err)
{
	const struct memory *m = (struct memory *)store;
	size_t room = 1, n = 0;
	int status = 0;

	for (size_t i = 0; i < m->len; i++)
		room += m->at[i]->batch.audits.len;
	struct found *found = calloc(room, sizeof *found);
	if (found == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < m->len; i++)
		for (size_t j = 0; j < m->at[i]->batch.audits.len; j++, n++)
			found[n] = (struct found){m->at[i]->batch.probe, &m->at[i]->batch.audits.at[j], n};
	if (n > 1)
		qsort(found, n, sizeof *found, compare_found);
	for (size_t i = 0, next; status == 0 && i < n; i = next) {
		struct audit newest = {0};
		bool any = false;
		for (next = i; next < n && compare_keys(&found[i], &found[next]) == 0;) {
			struct audit stretch;
			int64_t first_us = found[next].audit->t_us;
			next += take_stretch(&found[next], n - next, &stretch);
			if (first_us >= until_us || stretch.t_us < since_us)
				continue;
			newest = stretch;
			any = true;
		}
		if (newest.t_us >= until_us)
			newest.t_us = until_us - 1;
		if (any)
			status = fn(ctx, found[i].probe, &newest, err);
	}
	free(found);
	return status;
}

/* ---- places ------------------------------------------------------------------------ */

static bool same_place(const struct store_place *a, const struct store_place *b)
{
	return compare_names(a->country, b->country) == 0 && compare_names(a->city, b->city) == 0
	       && compare_names(a->asn, b->asn) == 0 && a->built_s == b->built_s
	       && (a->lat == b->lat || (isnan(a->lat) && isnan(b->lat)))
	       && (a->lon == b->lon || (isnan(a->lon) && isnan(b->lon)));
}

static int put_place(struct memory *m, const struct store_place *from, struct err *err)
{
	size_t i = 0;
	bool ok = true;

	while (i < m->places.len && strcmp(m->places.at[i].place.addr, from->addr) < 0)
		i++;
	bool there = i < m->places.len && strcmp(m->places.at[i].place.addr, from->addr) == 0;
	struct kept_place fresh = {.place = *from}, old = {0};
	if (there)
		old = m->places.at[i];
	if (there && from->built_s == US_NONE) { /* the place that is there stays */
		fresh.place = old.place;
		fresh.place.asn = from->asn;
		fresh.place.found_us = from->found_us;
	}
	if (fresh.place.asn == NULL)
		fresh.place.asn = old.place.asn;
	if (there && same_place(&fresh.place, &old.place))
		return 0;
	const char **texts[] = {&fresh.place.addr, &fresh.place.country, &fresh.place.city, &fresh.place.asn};
	for (size_t t = 0; t < LAT_COUNT(texts); t++)
		*texts[t] = copy_text(&fresh.arena, *texts[t], &ok);
	if (!ok || (!there && vec_add(&m->places) == NULL)) {
		arena_free(&fresh.arena);
		return err_nomem(err);
	}
	if (!there)
		memmove(&m->places.at[i + 1], &m->places.at[i], (m->places.len - 1 - i) * sizeof fresh);
	m->places.at[i] = fresh;
	arena_free(&old.arena);
	return 0;
}

static int put_places(struct store *store, const struct store_place *places, size_t n, struct err *err)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < n; i++)
		status = put_place((struct memory *)store, &places[i], err);
	return status;
}

static int scan_places(struct store *store, store_place_fn *fn, void *ctx, struct err *err)
{
	const struct memory *m = (struct memory *)store;
	int status = 0;

	for (size_t i = 0; status == 0 && i < m->places.len; i++)
		status = fn(ctx, &m->places.at[i].place, err);
	return status;
}

struct answer { const char *probe; struct series series; const struct sample *sample; };

static int compare_answers(const void *left, const void *right)
{
	const struct answer *a = left, *b = right;
	int c = strcmp(a->probe, b->probe);

	if (c == 0)
		c = series_compare(&a->series, &b->series);
	return c == 0 ? strcmp(a->sample->addr, b->sample->addr) : c;
}

static bool touches(const struct kept *k, const struct store_edge_window *w)
{
	int64_t first = INT64_MAX, last = -1;

	for (size_t j = 0; j < k->batch.samples.len; j++) {
		int64_t t = k->batch.samples.at[j].t_us;
		first = t < first ? t : first;
		last = t > last ? t : last;
	}
	return !k->implausible && !k->pruned && first < w->until_us && last >= w->since_us;
}

static bool answered(const struct sample *s, const struct store_edge_window *w)
{
	struct series series = series_of_sample(s);

	return s->t_us >= w->since_us && s->t_us < w->until_us && s->error == NEL_OK && !s->lagged
	       && s->addr != NULL && store_edge_series(&series);
}

static int tell_edges(const struct answer *at, size_t n, store_edge_fn *fn, void *ctx, struct err *err)
{
	struct sketch rtt = {0};
	int status = 0;

	for (size_t i = 0, next; status == 0 && i < n; i = next) {
		sketch_clear(&rtt);
		for (next = i; status == 0 && next < n && compare_answers(&at[i], &at[next]) == 0; next++)
			if (at[next].sample->min_rtt_us != US_NONE
			    && !sketch_add(&rtt, at[next].sample->min_rtt_us, 1))
				status = err_nomem(err);
		struct store_edge told = {at[i].probe, &at[i].series, at[i].sample->addr, next - i, &rtt};
		if (status == 0)
			status = fn(ctx, &told, err);
	}
	sketch_free(&rtt);
	return status;
}

static int scan_edges(struct store *store, const struct store_edge_window *w, uint64_t *every, store_edge_fn *fn,
                      void *ctx, struct err *err)
{
	const struct memory *m = (struct memory *)store;
	uint64_t all = 0;
	size_t n = 0;

	for (size_t i = 0; i < m->len; i++)
		if (touches(m->at[i], w))
			all += m->at[i]->batch.samples.len;
	*every = w->max_samples == 0 || all <= w->max_samples ? 1 : (all + w->max_samples - 1) / w->max_samples;
	struct answer *at = calloc(all + 1, sizeof *at);
	if (at == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < m->len; i++) {
		const struct batch *b = &m->at[i]->batch;
		if (!touches(m->at[i], w) || !store_edge_reads(m->at[i]->uuid, *every))
			continue;
		for (size_t j = 0; j < b->samples.len; j++)
			if (answered(&b->samples.at[j], w))
				at[n++] = (struct answer){b->probe, series_of_sample(&b->samples.at[j]),
				                          &b->samples.at[j]};
	}
	if (n > 1)
		qsort(at, n, sizeof *at, compare_answers);
	int status = tell_edges(at, n, fn, ctx, err);
	free(at);
	return status;
}

static int totals(struct store *store, struct store_totals *out, struct err *err)
{
	const struct memory *m = (struct memory *)store;

	(void)err;
	*out = (struct store_totals){.batches = (int64_t)m->len, .first_us = US_NONE, .last_us = US_NONE};
	for (size_t i = 0; i < m->len; i++) {
		out->unfolded += !m->at[i]->folded;
		for (size_t j = 0; j < m->at[i]->batch.samples.len; j++) {
			int64_t t = m->at[i]->batch.samples.at[j].t_us;
			if (out->samples++ == 0 || t < out->first_us)
				out->first_us = t;
			if (t > out->last_us)
				out->last_us = t;
		}
	}
	return 0;
}

/* ---- retention --------------------------------------------------------------------- */

static bool may_go(const struct kept *k, int64_t before_us, int64_t *last_us)
{
	*last_us = US_NONE;
	for (size_t i = 0; i < k->batch.samples.len; i++)
		if (k->batch.samples.at[i].t_us > *last_us)
			*last_us = k->batch.samples.at[i].t_us;
	return !k->pruned && *last_us != US_NONE && (k->implausible ? k->received_us : *last_us) < before_us;
}

/* The oldest that may go; NULL. */
static struct kept *oldest(const struct memory *m, int64_t before_us, int64_t *last_us)
{
	struct kept *best = NULL;
	int64_t best_us = before_us, t;

	for (size_t i = 0; i < m->len; i++) {
		struct kept *k = m->at[i];
		if (!k->folded || !may_go(k, before_us, &t) || (k->implausible ? k->received_us : t) >= best_us)
			continue;
		best = k;
		best_us = k->implausible ? k->received_us : t;
		*last_us = t;
	}
	return best;
}

static int prune(struct store *store, int64_t before_us, size_t max_samples, struct store_pruned *done, bool *more,
                 struct err *err)
{
	struct memory *m = (struct memory *)store;
	size_t samples = 0;
	int64_t last_us;

	(void)err;
	for (struct kept *k; (k = oldest(m, before_us, &last_us)) != NULL;) {
		if (samples > 0 && samples + k->batch.samples.len > max_samples) {
			*more = true;
			break;
		}
		k->pruned = true;
		samples += k->batch.samples.len;
		done->batches++;
		done->samples += (int64_t)k->batch.samples.len;
		if (!k->implausible && last_us + 1 > m->pruned_until_us)
			m->pruned_until_us = last_us + 1;
	}
	return 0;
}

static int prunable(struct store *store, int64_t before_us, struct store_pruned *out, struct err *err)
{
	const struct memory *m = (struct memory *)store;
	int64_t last_us;

	(void)err;
	for (size_t i = 0; i < m->len; i++)
		if (may_go(m->at[i], before_us, &last_us)) {
			out->batches++;
			out->samples += (int64_t)m->at[i]->batch.samples.len;
		}
	return 0;
}

static int pruned_until(struct store *store, int64_t *until_us, struct err *err)
{
	const struct memory *m = (struct memory *)store;

	(void)err;
	if (m->pruned_until_us != 0)
		*until_us = m->pruned_until_us;
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
	.scan_cells = scan_cells,
	.scan_samples = scan_samples,
	.scan_audits = scan_audits,
	.put_places = put_places,
	.scan_places = scan_places,
	.scan_edges = scan_edges,
	.totals = totals,
	.prune = prune,
	.prunable = prunable,
	.pruned_until = pruned_until,
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
