#include "collector/import_repeats.h"

#include <string.h>

bool import_repeats_nth(struct import_repeats *r, const uint8_t identity[32], uint64_t *nth)
{
	uint64_t key; /* of SHA-256, which needs no more spreading */

	memcpy(&key, identity, sizeof key);
	uint64_t *before = keymap_at(&r->seen, key);
	if (before == NULL)
		return false;
	*nth = (*before)++;
	return true;
}

void import_repeats_free(struct import_repeats *r)
{
	keymap_free(&r->seen);
}
