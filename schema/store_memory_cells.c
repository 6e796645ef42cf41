/* The store in memory: cells, made anew for each scan, and samples. */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "schema/store_memory.h"

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

int store_memory_scan_cells(struct store *store, const struct store_window *w, store_cell_fn *fn, void *ctx,
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

int store_memory_scan_samples(struct store *store, int64_t since_us, int64_t until_us, store_sample_fn *fn,
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
