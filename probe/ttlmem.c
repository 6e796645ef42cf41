#include "probe/ttlmem.h"

#include <stdlib.h>
#include <string.h>

static struct ttlmem_entry *find(struct ttlmem *m, const char *resolver, const char *name, int family)
{
	for (size_t i = 0; i < m->entries.len; i++) {
		struct ttlmem_entry *e = &m->entries.at[i];
		if (e->family == family && strcmp(e->name, name) == 0 && strcmp(e->resolver, resolver) == 0)
			return e;
	}
	return NULL;
}

static void release(struct ttlmem_entry *e)
{
	free(e->resolver);
	free(e->name);
	*e = (struct ttlmem_entry){0};
}

static struct ttlmem_entry *room(struct ttlmem *m)
{
	if (m->entries.len < TTLMEM_MAX)
		return vec_add(&m->entries);
	struct ttlmem_entry *oldest = &m->entries.at[0];
	for (size_t i = 1; i < m->entries.len; i++)
		if (m->entries.at[i].met_us < oldest->met_us)
			oldest = &m->entries.at[i];
	release(oldest);
	return oldest;
}

bool ttlmem_restore(struct ttlmem *m, const struct ttlmem_entry *entry)
{
	char *resolver = strdup(entry->resolver), *name = strdup(entry->name);
	struct ttlmem_entry *e = resolver != NULL && name != NULL ? room(m) : NULL;
	if (e == NULL) {
		free(resolver);
		free(name);
		return false;
	}
	*e = *entry;
	e->resolver = resolver;
	e->name = name;
	return true;
}

enum dns_cache ttlmem_judge(struct ttlmem *m, const char *resolver, const char *name, int family,
                            int64_t ttl, struct wall now)
{
	struct ttlmem_entry *e = find(m, resolver, name, family);
	if (e == NULL) {
		struct ttlmem_entry entry = { .resolver = (char *)resolver, .name = (char *)name, .family = family,
		                              .largest = ttl, .met_us = now.us };
		(void)ttlmem_restore(m, &entry);
		return DNS_CACHE_UNKNOWN;
	}
	/* A wall clock that was set back must not keep a TTL for ever. */
	int64_t age = now.us - e->met_us;
	bool stale = age > TTLMEM_KEEP_US || age < 0;
	if (ttl < e->largest && !stale) {
		e->counts_down = true;
		return DNS_CACHE_HIT;
	}
	/* Counted from the first of them, which may have been the miss. */
	if (ttl == e->largest && age >= 0 && age < TTLMEM_FULL_US)
		return DNS_CACHE_UNKNOWN;
	enum dns_cache judged = ttl == e->largest && e->counts_down ? DNS_CACHE_MISS : DNS_CACHE_UNKNOWN;
	e->largest = ttl;
	e->met_us = now.us;
	return judged;
}

void ttlmem_free(struct ttlmem *m)
{
	for (size_t i = 0; i < m->entries.len; i++)
		release(&m->entries.at[i]);
	vec_free(&m->entries);
}
