#include "schema/store_cellmap.h"

#include <stdlib.h>
#include <string.h>

void store_cellmap_free(struct store_cellmap *m)
{
	for (size_t i = 0; i < m->made; i++) {
		cell_free(&m->at[i]->cell);
		cell_list_free(&m->at[i]->list);
		free(m->at[i]);
	}
	free(m->at);
	free(m->slots);
	*m = (struct store_cellmap){0};
}

/* Ids are small and dense, hours too: multiply each into the high bits, then fold them down. */
static size_t slot_of(const struct store_cellmap *m, int64_t probe, int64_t start, int64_t series)
{
	uint64_t h = (uint64_t)series * 0x9e3779b97f4a7c15u ^ (uint64_t)start * 0xc2b2ae3d27d4eb4fu
	             ^ (uint64_t)probe * 0x165667b19e3779f9u;

	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return (size_t)(h ^ h >> 32) & m->mask;
}

/* Twice the slots, at least half of them free. */
static bool grow_slots(struct store_cellmap *m)
{
	size_t slots = m->slots == NULL ? 64 : 2 * (m->mask + 1);

	if (slots > UINT32_MAX / 2)
		return false;
	uint32_t *fresh = calloc(slots, sizeof *fresh);
	if (fresh == NULL)
		return false;
	free(m->slots);
	m->slots = fresh;
	m->mask = slots - 1;
	for (size_t i = 0; i < m->len; i++) {
		struct store_cellmap_entry *e = m->at[i];
		size_t slot = slot_of(m, e->probe, e->start, e->series);
		while (fresh[slot] != 0)
			slot = (slot + 1) & m->mask;
		fresh[slot] = (uint32_t)(i + 1);
		e->slot = slot;
	}
	return true;
}

static struct store_cellmap_entry *next_entry(struct store_cellmap *m)
{
	if (m->len < m->made) {
		/* Not cell_clear(): sketches that keep their memory grow to the range of all
		 * cells they ever were, and cost more to walk through than to allocate. */
		cell_free(&m->at[m->len]->cell);
		cell_list_clear(&m->at[m->len]->list);
		return m->at[m->len];
	}
	if (m->made == m->cap) {
		size_t cap = m->cap == 0 ? 32 : 2 * m->cap;
		struct store_cellmap_entry **at = realloc(m->at, cap * sizeof *at);
		if (at == NULL)
			return NULL;
		m->at = at;
		m->cap = cap;
	}
	struct store_cellmap_entry *e = calloc(1, sizeof *e);
	if (e != NULL)
		m->at[m->made++] = e;
	return e;
}

struct store_cellmap_entry *store_cellmap_find(struct store_cellmap *m, int64_t probe, int64_t start,
                                               int64_t series, bool *added)
{
	bool dummy;

	if (added == NULL)
		added = &dummy;
	*added = false;
	if ((m->slots == NULL || 2 * (m->len + 1) > m->mask + 1) && !grow_slots(m))
		return NULL;
	size_t slot = slot_of(m, probe, start, series);
	for (; m->slots[slot] != 0; slot = (slot + 1) & m->mask) {
		struct store_cellmap_entry *e = m->at[m->slots[slot] - 1];
		if (e->series == series && e->start == start && e->probe == probe)
			return e;
	}
	struct store_cellmap_entry *e = next_entry(m);
	if (e == NULL)
		return NULL;
	e->probe = probe;
	e->start = start;
	e->series = series;
	e->slot = slot;
	m->slots[slot] = (uint32_t)++m->len;
	*added = true;
	return e;
}

static int compare(const void *left, const void *right)
{
	const struct store_cellmap_entry *a = *(struct store_cellmap_entry *const *)left;
	const struct store_cellmap_entry *b = *(struct store_cellmap_entry *const *)right;

	if (a->probe != b->probe)
		return a->probe < b->probe ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->series > b->series) - (a->series < b->series);
}

void store_cellmap_sort(struct store_cellmap *m)
{
	if (m->len > 1)
		qsort(m->at, m->len, sizeof(struct store_cellmap_entry *), compare);
}

void store_cellmap_clear(struct store_cellmap *m)
{
	for (size_t i = 0; i < m->len; i++)
		m->slots[m->at[i]->slot] = 0;
	m->len = 0;
}
