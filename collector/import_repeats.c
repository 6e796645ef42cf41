#include "collector/import_repeats.h"

#include <stdlib.h>
#include <string.h>

#define CAP_FIRST 256

struct import_repeat { uint64_t key, count; }; /* count 0: a free place */

/* SHA-256 needs no more spreading. */
static struct import_repeat *place_of(struct import_repeat *at, size_t cap, uint64_t key)
{
	size_t i = (size_t)key & (cap - 1);

	while (at[i].count != 0 && at[i].key != key)
		i = (i + 1) & (cap - 1);
	return &at[i];
}

static bool grow(struct import_repeats *r)
{
	size_t cap = r->cap == 0 ? CAP_FIRST : 2 * r->cap;
	struct import_repeat *more = calloc(cap, sizeof *more);

	if (more == NULL)
		return false;
	for (size_t i = 0; i < r->cap; i++)
		if (r->at[i].count != 0)
			*place_of(more, cap, r->at[i].key) = r->at[i];
	free(r->at);
	r->at = more;
	r->cap = cap;
	return true;
}

bool import_repeats_nth(struct import_repeats *r, const uint8_t identity[32], uint64_t *nth)
{
	uint64_t key;

	memcpy(&key, identity, sizeof key);
	if (4 * r->len >= 3 * r->cap && !grow(r))
		return false;
	struct import_repeat *at = place_of(r->at, r->cap, key);
	r->len += at->count == 0;
	at->key = key;
	*nth = at->count++;
	return true;
}

void import_repeats_free(struct import_repeats *r)
{
	free(r->at);
	*r = (struct import_repeats){0};
}
