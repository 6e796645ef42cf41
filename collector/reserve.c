#include "collector/reserve.h"

#include <errno.h>
#include <gmp.h>
#include <gnutls/gnutls.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRAINS (RESERVE_BYTES / RESERVE_GRAIN)

/* No library hands a context to its memory functions: this is the process's. */
static _Alignas(RESERVE_GRAIN) unsigned char reserve[RESERVE_BYTES];
static uint32_t taken[GRAINS]; /* at the first grain of a piece: how many it has; elsewhere 0 */
static struct reserve_use use;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *(*get)(size_t size) = malloc;

static bool in_reserve(const void *p)
{
	return (uintptr_t)p - (uintptr_t)reserve < sizeof reserve;
}

static uint32_t *grains_at(const void *p)
{
	return &taken[((uintptr_t)p - (uintptr_t)reserve) / RESERVE_GRAIN];
}

/* The first gap that is large enough; NULL: none is. */
static void *take(size_t size)
{
	size_t want = size == 0 ? 1 : (size - 1) / RESERVE_GRAIN + 1, gap = 0, i = 0;
	pthread_mutex_lock(&lock);
	while (i < GRAINS && gap < want) {
		gap = taken[i] == 0 ? gap + 1 : 0;
		i += taken[i] == 0 ? 1 : taken[i];
	}
	if (gap >= want) {
		taken[i - want] = (uint32_t)want;
		use.now += want * RESERVE_GRAIN;
		use.most = use.now > use.most ? use.now : use.most;
	}
	pthread_mutex_unlock(&lock);
	return gap >= want ? reserve + (i - want) * RESERVE_GRAIN : NULL;
}

static void give_back(void *p)
{
	uint32_t *n = grains_at(p);
	explicit_bzero(p, (size_t)*n * RESERVE_GRAIN); /* nobody else has this piece yet */
	pthread_mutex_lock(&lock);
	use.now -= (size_t)*n * RESERVE_GRAIN;
	*n = 0;
	pthread_mutex_unlock(&lock);
}

struct reserve_use reserve_used(void)
{
	pthread_mutex_lock(&lock);
	struct reserve_use u = use;
	pthread_mutex_unlock(&lock);
	return u;
}

void reserve_source(void *(*source)(size_t size))
{
	get = source != NULL ? source : malloc;
}

/* ---- as malloc has it ---------------------------------------------------------------------- */

void *reserve_malloc(size_t size)
{
	void *p = get(size);
	return p != NULL ? p : take(size);
}

void *reserve_calloc(size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	void *p = reserve_malloc(n * size);
	return p != NULL ? memset(p, 0, n * size) : NULL;
}

void *reserve_realloc(void *old, size_t size)
{
	void *p = reserve_malloc(size);
	if (p == NULL || old == NULL)
		return p;
	size_t was = in_reserve(old) ? (size_t)*grains_at(old) * RESERVE_GRAIN : malloc_usable_size(old);
	memcpy(p, old, was < size ? was : size);
	reserve_free(old);
	return p;
}

void *reserve_reallocarray(void *old, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return reserve_realloc(old, n * size);
}

char *reserve_strndup(const char *text, size_t max)
{
	size_t len = strnlen(text, max);
	char *p = reserve_malloc(len + 1);
	if (p == NULL)
		return NULL;
	memcpy(p, text, len);
	p[len] = '\0';
	return p;
}

char *reserve_strdup(const char *text)
{
	return reserve_strndup(text, SIZE_MAX);
}

void reserve_free(void *p)
{
	if (in_reserve(p))
		give_back(p);
	else
		free(p);
}

/* ---- as GMP has it -------------------------------------------------------------------------- */

void *reserve_gmp_get(size_t size)
{
	void *p = reserve_malloc(size);
	if (p == NULL) {
		fprintf(stderr, "out of memory, and of the reserve of %zu bytes: GMP wants %zu\n", sizeof reserve, size);
		abort();
	}
	return p;
}

/* The size is not believed: see reserve.h. */
void reserve_gmp_put(void *p, size_t size)
{
	(void)size;
	if (!in_reserve(p))
		explicit_bzero(p, malloc_usable_size(p));
	reserve_free(p);
}

/* Never realloc(), which leaves behind what it has moved. */
void *reserve_gmp_again(void *old, size_t was, size_t size)
{
	void *p = reserve_gmp_get(size);
	memcpy(p, old, was < size ? was : size);
	reserve_gmp_put(old, was);
	return p;
}

bool reserve_init(void)
{
	/* For certain behind GnuTLS's own, which its constructor sets. (Where that failed, the process has ended.) */
	if (gnutls_global_init() == 0)
		mp_set_memory_functions(reserve_gmp_get, reserve_gmp_again, reserve_gmp_put);
	return reserve_lend();
}
