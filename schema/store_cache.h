/* A bounded map from bytes to numbers: what keeps the store from asking the database
 * for the id of the same string or series with each sample. It may forget at any time (all at once,
 * when it is full), so a miss means nothing; what it knows is true until store_cache_clear(). */
#ifndef LATLAS_SCHEMA_STORE_CACHE_H
#define LATLAS_SCHEMA_STORE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"

struct store_cache_slot { uint64_t hash; const char *key; size_t len; int64_t value; };

struct store_cache {
	struct store_cache_slot *slots; /* a power of two of them; key NULL: free */
	size_t mask, used, limit;
	size_t byte_limit;
	uint64_t seed; /* so that nobody outside can make keys that collide */
	struct arena keys;
};

/* At most `entries` keys of `bytes` in all. false: out of memory. */
bool store_cache_init(struct store_cache *c, size_t entries, size_t bytes);
void store_cache_free(struct store_cache *c);
/* 0: not there (so 0 is no value to keep). */
int64_t store_cache_get(const struct store_cache *c, const void *key, size_t len);
/* Without effect when out of memory. */
void store_cache_put(struct store_cache *c, const void *key, size_t len, int64_t value);
void store_cache_clear(struct store_cache *c);

#endif
