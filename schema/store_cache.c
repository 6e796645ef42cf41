#include "schema/store_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Slots looked at before giving up: with half of them free it is seldom more than three. */
#define PROBES 16

bool store_cache_init(struct store_cache *c, size_t entries, size_t bytes)
{
	size_t slots = 2;

	while (slots < 2 * entries)
		slots *= 2;
	*c = (struct store_cache){.mask = slots - 1, .limit = entries, .byte_limit = bytes};
	c->slots = calloc(slots, sizeof *c->slots);
	if (getrandom(&c->seed, sizeof c->seed, GRND_NONBLOCK) != (ssize_t)sizeof c->seed)
		c->seed =
			(uint64_t)(uintptr_t)c->slots; /* early at boot: an address is better than nothing */
	return c->slots != NULL;
}

void store_cache_free(struct store_cache *c)
{
	free(c->slots);
	arena_free(&c->keys);
	*c = (struct store_cache){0};
}

void store_cache_clear(struct store_cache *c)
{
	memset(c->slots, 0, (c->mask + 1) * sizeof *c->slots);
	arena_free(&c->keys);
	c->used = 0;
}

/* Eight bytes at a time: keys are of a hundred bytes, one for each sample. The constant is
 * odd and has no pattern (the golden ratio's first 64 bits); multiplying carries each bit
 * upwards, folding the upper half down brings them back. */
static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

static uint64_t hash_of(const struct store_cache *c, const void *key, size_t len)
{
	const unsigned char *p = key;
	uint64_t h = mix(c->seed, len), word;

	for (; len >= sizeof word; p += sizeof word, len -= sizeof word) {
		memcpy(&word, p, sizeof word);
		h = mix(h, word);
	}
	word = 0;
	memcpy(&word, p, len);
	return mix(h, word);
}

int64_t store_cache_get(const struct store_cache *c, const void *key, size_t len)
{
	uint64_t hash = hash_of(c, key, len);

	for (size_t i = 0; i < PROBES; i++) {
		const struct store_cache_slot *slot = &c->slots[(hash + i) & c->mask];
		if (slot->key == NULL)
			return 0;
		if (slot->hash == hash && slot->len == len && memcmp(slot->key, key, len) == 0)
			return slot->value;
	}
	return 0;
}

void store_cache_put(struct store_cache *c, const void *key, size_t len, int64_t value)
{
	if (len > c->byte_limit)
		return;
	if (c->used >= c->limit || c->keys.used + len > c->byte_limit)
		store_cache_clear(c);
	uint64_t hash = hash_of(c, key, len);
	for (size_t i = 0; i < PROBES; i++) {
		struct store_cache_slot *slot = &c->slots[(hash + i) & c->mask];
		if (slot->key != NULL)
			continue;
		const char *copy = arena_strn(&c->keys, key, len);
		if (copy == NULL)
			return;
		*slot = (struct store_cache_slot){.hash = hash, .key = copy, .len = len, .value = value};
		c->used++;
		return;
	}
}
