#include "lib/keymap.h"

#include <stdbool.h>
#include <stdlib.h>

#define CAP_FIRST 256

struct keymap_place { uint64_t key, number; }; /* number 0: a free place */

static struct keymap_place *place_of(struct keymap_place *at, size_t cap, uint64_t key)
{
	size_t i = (size_t)key & (cap - 1);

	while (at[i].number != 0 && at[i].key != key)
		i = (i + 1) & (cap - 1);
	return &at[i];
}

static bool grow(struct keymap *m)
{
	size_t cap = m->cap == 0 ? CAP_FIRST : 2 * m->cap;
	struct keymap_place *more = calloc(cap, sizeof *more);

	if (more == NULL)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->at[i].number != 0)
			*place_of(more, cap, m->at[i].key) = m->at[i];
	free(m->at);
	m->at = more;
	m->cap = cap;
	return true;
}

uint64_t *keymap_at(struct keymap *m, uint64_t key)
{
	if (4 * m->len >= 3 * m->cap && !grow(m))
		return NULL;
	struct keymap_place *at = place_of(m->at, m->cap, key);
	m->len += at->number == 0;
	at->key = key;
	return &at->number;
}

void keymap_free(struct keymap *m)
{
	free(m->at);
	*m = (struct keymap){0};
}
