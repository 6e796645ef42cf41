#include "collector/limits.h"

#include <math.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "collector/listen.h"
#include "lib/hash.h"
#include "lib/num.h"

#define KEY_BYTES 72 /* a probe's name, or a family and 16 bytes */

struct bucket {
	double level;
	struct mono at;
	bool dry; /* refused since it was half full */
};

/* Of what there is so much of at a time. */
struct share {
	size_t taken;
	bool refused; /* since half of it was free */
};

struct entry {
	struct entry *chain;        /* of the same slot */
	struct entry *newer, *older; /* by last use */
	struct bucket requests, failures;
	struct share connections;   /* of an address, or with a probe's token */
	struct share receiving;     /* bytes of a probe's bodies */
	uint8_t len;
	char key[KEY_BYTES];
};

struct table {
	struct entry *entries;
	size_t size, used;
	struct entry **slots; /* as many as entries */
	struct entry *newest, *oldest;
};

struct limits {
	pthread_mutex_t lock; /* of all that follows */
	struct limits_options o;
	uint64_t seed; /* of the hash: nobody shall choose addresses that share a slot */
	struct table probes, addresses;
};

static bool table_make(struct table *t, size_t size)
{
	t->size = size;
	t->entries = calloc(size, sizeof *t->entries);
	t->slots = calloc(size, sizeof *t->slots);
	return t->entries != NULL && t->slots != NULL;
}

struct limits *limits_new(const struct limits_options *o)
{
	struct limits *l = calloc(1, sizeof *l);
	size_t size = o->table != 0 ? o->table : LIMITS_TABLE;
	if (l == NULL)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	l->o = *o;
	/* Without random bytes the seed is 0: the limits hold all the same. */
	if (getrandom(&l->seed, sizeof l->seed, GRND_NONBLOCK) != (ssize_t)sizeof l->seed)
		l->seed = 0;
	if (!table_make(&l->probes, size) || !table_make(&l->addresses, size)) {
		limits_free(l);
		return NULL;
	}
	return l;
}

void limits_free(struct limits *l)
{
	if (l == NULL)
		return;
	free(l->probes.entries);
	free(l->probes.slots);
	free(l->addresses.entries);
	free(l->addresses.slots);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void limits_set(struct limits *l, const struct limits_options *o)
{
	pthread_mutex_lock(&l->lock);
	l->o = *o;
	pthread_mutex_unlock(&l->lock);
}

/* ---- the table ------------------------------------------------------------------ */

static void unlink_age(struct table *t, struct entry *e)
{
	*(e->newer != NULL ? &e->newer->older : &t->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &t->oldest) = e->newer;
}

static void make_newest(struct table *t, struct entry *e)
{
	e->newer = NULL;
	e->older = t->newest;
	*(t->newest != NULL ? &t->newest->newer : &t->oldest) = e;
	t->newest = e;
}

static struct entry **slot_of(struct table *t, uint64_t seed, const void *key, size_t len)
{
	uint64_t h = hash64(HASH64_INIT ^ seed, key, len);
	return &t->slots[(h ^ h >> 32) % t->size];
}

static void unchain(struct entry **slot, const struct entry *e)
{
	while (*slot != e)
		slot = &(*slot)->chain;
	*slot = e->chain;
}

/* An entry that isn't in use: a new one, or that of whoever was quiet for longest. */
static struct entry *spare(struct table *t, uint64_t seed)
{
	if (t->used < t->size)
		return &t->entries[t->used++];
	struct entry *e = t->oldest;
	while (e != NULL && (e->connections.taken > 0 || e->receiving.taken > 0))
		e = e->newer;
	if (e != NULL) {
		unlink_age(t, e);
		unchain(slot_of(t, seed, e->key, e->len), e);
	}
	return e;
}

static struct entry *look_up(struct table *t, uint64_t seed, const void *key, size_t len)
{
	struct entry *e = *slot_of(t, seed, key, len);
	while (e != NULL && (e->len != len || memcmp(e->key, key, len) != 0))
		e = e->chain;
	return e;
}

/* The key's entry, made if need be with full buckets, and now the newest. NULL: every one
 * has connections or bodies, more than there can be unless the table is a test's. */
static struct entry *find(struct table *t, uint64_t seed, const void *key, size_t len,
                          const struct limit *limit, struct mono now)
{
	struct entry *e = look_up(t, seed, key, len);
	if (e != NULL) {
		unlink_age(t, e);
	} else {
		e = spare(t, seed);
		if (e == NULL)
			return NULL;
		memset(e, 0, sizeof *e);
		e->len = (uint8_t)len;
		memcpy(e->key, key, len);
		e->requests = e->failures = (struct bucket){.level = limit->burst, .at = now};
		struct entry **slot = slot_of(t, seed, key, len);
		e->chain = *slot;
		*slot = e;
	}
	make_newest(t, e);
	return e;
}

static size_t address_key(const struct sockaddr *peer, char key[KEY_BYTES])
{
	struct sockaddr_storage plain;
	listen_unmap(peer, &plain);
	if (plain.ss_family == AF_INET) {
		key[0] = 4;
		memcpy(key + 1, &((struct sockaddr_in *)&plain)->sin_addr, 4);
		return 5;
	}
	key[0] = 6;
	memcpy(key + 1, ((struct sockaddr_in6 *)&plain)->sin6_addr.s6_addr, 8);
	return 9;
}

/* ---- buckets ---------------------------------------------------------------------- */

static int take(struct bucket *b, const struct limit *limit, double cost, struct mono now, bool *first)
{
	int64_t passed_us = mono_diff_us(b->at, now);
	if (passed_us > 0) { /* threads may come with clocks that were read in another order */
		b->level = fmin(limit->burst, b->level + (double)passed_us / US_PER_S * limit->per_s);
		b->at = now;
	}
	if (b->level >= limit->burst / 2)
		b->dry = false;
	if (first != NULL)
		*first = false;
	/* A millionth of a request is what the fractions above may have lost. */
	if (b->level + 1e-6 >= cost) {
		b->level -= cost;
		return 0;
	}
	if (first != NULL)
		*first = !b->dry;
	b->dry = true;
	double wait = ceil((cost - b->level) / limit->per_s - 1e-6);
	return wait < 1 ? 1 : wait > LIMITS_RETRY_MAX_S ? LIMITS_RETRY_MAX_S : (int)wait;
}

static int take_address(struct limits *l, const struct sockaddr *peer, bool failed, struct mono now,
                        bool *first)
{
	char key[KEY_BYTES];
	size_t len = address_key(peer, key);
	const struct limit *limit = &l->o.address;
	int wait = 0;
	if (first != NULL)
		*first = false;
	pthread_mutex_lock(&l->lock);
	double cost = failed ? fmax(1, fmin(LIMITS_FAILURE, limit->burst / LIMITS_FAILURE_PART)) : 1;
	struct entry *e = limit->per_s > 0 ? find(&l->addresses, l->seed, key, len, limit, now) : NULL;
	if (e != NULL)
		wait = take(failed ? &e->failures : &e->requests, limit, cost, now, first);
	pthread_mutex_unlock(&l->lock);
	return wait;
}

int limits_address(struct limits *l, const struct sockaddr *peer, struct mono now, bool *first)
{
	return take_address(l, peer, false, now, first);
}

int limits_failed(struct limits *l, const struct sockaddr *peer, struct mono now, bool *first)
{
	return take_address(l, peer, true, now, first);
}

int limits_probe(struct limits *l, const char *probe, struct mono now, bool *first)
{
	const struct limit *limit = &l->o.probe;
	size_t len = strnlen(probe, KEY_BYTES);
	int wait = 0;
	if (first != NULL)
		*first = false;
	pthread_mutex_lock(&l->lock);
	struct entry *e = limit->per_s > 0 ? find(&l->probes, l->seed, probe, len, limit, now) : NULL;
	if (e != NULL)
		wait = take(&e->requests, limit, 1, now, first);
	pthread_mutex_unlock(&l->lock);
	return wait;
}

/* ---- shares ------------------------------------------------------------------------- */

static bool share_take(struct share *s, size_t amount, size_t most, bool *first)
{
	if (amount <= most - s->taken) {
		s->taken += amount;
		return true;
	}
	*first = !s->refused;
	s->refused = true;
	return false;
}

static void share_give(struct share *s, size_t amount, size_t most)
{
	s->taken -= amount;
	if (s->taken <= most / 2)
		s->refused = false;
}

/* ---- connections -------------------------------------------------------------------- */

bool limits_connect(struct limits *l, const struct sockaddr *peer, struct mono now)
{
	char key[KEY_BYTES];
	size_t len = address_key(peer, key);
	pthread_mutex_lock(&l->lock);
	/* Counted even where there is no limit: there may be one when it ends. */
	struct entry *e = find(&l->addresses, l->seed, key, len, &l->o.address, now);
	bool room = l->o.connections == 0 || (e != NULL && e->connections.taken < l->o.connections);
	if (room && e != NULL)
		e->connections.taken++;
	pthread_mutex_unlock(&l->lock);
	return room;
}

void limits_disconnect(struct limits *l, const struct sockaddr *peer)
{
	char key[KEY_BYTES];
	size_t len = address_key(peer, key);
	pthread_mutex_lock(&l->lock);
	struct entry *e = look_up(&l->addresses, l->seed, key, len);
	if (e != NULL && e->connections.taken > 0)
		e->connections.taken--;
	pthread_mutex_unlock(&l->lock);
}

bool limits_connect_probe(struct limits *l, const char *probe, struct mono now, bool *first)
{
	*first = false;
	pthread_mutex_lock(&l->lock);
	struct entry *e = find(&l->probes, l->seed, probe, strnlen(probe, KEY_BYTES), &l->o.probe, now);
	bool room = e != NULL && share_take(&e->connections, 1, LIMITS_PROBE_CONNECTIONS, first);
	pthread_mutex_unlock(&l->lock);
	return room;
}

void limits_disconnect_probe(struct limits *l, const char *probe)
{
	pthread_mutex_lock(&l->lock);
	struct entry *e = look_up(&l->probes, l->seed, probe, strnlen(probe, KEY_BYTES));
	if (e != NULL)
		share_give(&e->connections, 1, LIMITS_PROBE_CONNECTIONS);
	pthread_mutex_unlock(&l->lock);
}

/* ---- bodies --------------------------------------------------------------------------- */

bool limits_receive(struct limits *l, const char *probe, size_t bytes, struct mono now, bool *first)
{
	size_t len = strnlen(probe, KEY_BYTES);
	*first = false;
	pthread_mutex_lock(&l->lock);
	struct entry *e = find(&l->probes, l->seed, probe, len, &l->o.probe, now);
	bool room = e != NULL && share_take(&e->receiving, bytes, LIMITS_RECEIVING, first);
	pthread_mutex_unlock(&l->lock);
	return room;
}

void limits_received(struct limits *l, const char *probe, size_t bytes)
{
	pthread_mutex_lock(&l->lock);
	struct entry *e = look_up(&l->probes, l->seed, probe, strnlen(probe, KEY_BYTES));
	if (e != NULL)
		share_give(&e->receiving, bytes, LIMITS_RECEIVING);
	pthread_mutex_unlock(&l->lock);
}

/* ---- settings ------------------------------------------------------------------------- */

int limits_parse(const char *text, double *per_s, struct err *err)
{
	char number[32];
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : 0;
	double n, seconds = 0;
	if (slash != NULL && strcmp(slash, "/s") == 0)
		seconds = 1;
	else if (slash != NULL && strcmp(slash, "/min") == 0)
		seconds = 60;
	if (seconds == 0 || len == 0 || len >= sizeof number)
		return err_set(err, LAT_CONFIG, "'%.40s' is not a rate, as \"10/s\" or \"90/min\"", text);
	memcpy(number, text, len);
	number[len] = '\0';
	if (num_parse_double(number, "rate", 0, 1e9, &n, NULL) != 0)
		return err_set(err, LAT_CONFIG, "'%.40s' is not a rate, as \"10/s\" or \"90/min\"", text);
	n /= seconds;
	if (n < 1.0 / 3600 || n > 1e6)
		return err_set(err, LAT_CONFIG, "'%.40s' is not in one in an hour .. 1000000/s", text);
	*per_s = n;
	return 0;
}
