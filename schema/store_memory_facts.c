/* The store in memory: audits, places, and which addresses answered. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "schema/audit.h"
#include "schema/store_memory.h"

/* ---- audits ------------------------------------------------------------------------ */

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

int store_memory_scan_audits(struct store *store, int64_t since_us, int64_t until_us, store_audit_fn *fn,
                             void *ctx, struct err *err)
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
		*texts[t] = store_memory_text(&fresh.arena, *texts[t], &ok);
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

int store_memory_put_places(struct store *store, const struct store_place *places, size_t n, struct err *err)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < n; i++)
		status = put_place((struct memory *)store, &places[i], err);
	return status;
}

int store_memory_scan_places(struct store *store, store_place_fn *fn, void *ctx, struct err *err)
{
	const struct memory *m = (struct memory *)store;
	int status = 0;

	for (size_t i = 0; status == 0 && i < m->places.len; i++)
		status = fn(ctx, &m->places.at[i].place, err);
	return status;
}

/* ---- who answered ------------------------------------------------------------------ */

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

	return s->t_us >= w->since_us && s->t_us < w->until_us && s->error == NEL_OK
	       && s->addr != NULL && store_edge_series(&series);
}

static int tell_edges(const struct answer *at, size_t n, store_edge_fn *fn, void *ctx, struct err *err)
{
	struct sketch rtt = {0};
	int status = 0;

	for (size_t i = 0, next; status == 0 && i < n; i = next) {
		sketch_clear(&rtt);
		for (next = i; status == 0 && next < n && compare_answers(&at[i], &at[next]) == 0; next++)
			if (at[next].sample->min_rtt_us != US_NONE && !at[next].sample->lagged
			    && !sketch_add(&rtt, at[next].sample->min_rtt_us, 1))
				status = err_nomem(err);
		struct store_edge told = {at[i].probe, &at[i].series, at[i].sample->addr, next - i, &rtt};
		if (status == 0)
			status = fn(ctx, &told, err);
	}
	sketch_free(&rtt);
	return status;
}

int store_memory_scan_edges(struct store *store, const struct store_edge_window *w, uint64_t *every,
                            store_edge_fn *fn, void *ctx, struct err *err)
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
