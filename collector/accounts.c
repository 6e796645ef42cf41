#include "collector/accounts.h"

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collector/token.h"

struct accounts {
	pthread_rwlock_t lock;
	registry_tokens tokens;
	bool loaded;
	int64_t version;
};

struct accounts *accounts_new(void)
{
	struct accounts *a = calloc(1, sizeof *a);
	if (a != NULL && pthread_rwlock_init(&a->lock, NULL) != 0) {
		free(a);
		a = NULL;
	}
	return a;
}

void accounts_free(struct accounts *a)
{
	if (a == NULL)
		return;
	vec_free(&a->tokens);
	pthread_rwlock_destroy(&a->lock);
	free(a);
}

int accounts_refresh(struct accounts *a, struct registry *r, struct err *err)
{
	int64_t version;
	registry_tokens fresh = {0};
	int rc = registry_token_version(r, &version, err);
	if (rc != 0 || (a->loaded && version == a->version))
		return rc;
	/* The version is read before the tokens: a change in between is loaded now and
	 * once more at the next call, never missed. */
	rc = registry_tokens_load(r, &fresh, err);
	if (rc != 0) {
		vec_free(&fresh);
		return rc;
	}
	pthread_rwlock_wrlock(&a->lock);
	registry_tokens old = a->tokens;
	a->tokens = fresh;
	a->loaded = true;
	a->version = version;
	pthread_rwlock_unlock(&a->lock);
	vec_free(&old);
	return 0;
}

/* The token in "Bearer TOKEN" (RFC 6750, 2.1; the scheme in any case, RFC 9110, 11.1). */
static const char *bearer(const char *authorization)
{
	if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0)
		return NULL;
	const char *token = authorization + 7;
	while (*token == ' ')
		token++;
	return strlen(token) == TOKEN_TEXT - 1 ? token : NULL;
}

bool accounts_find(struct accounts *a, const char *authorization, char probe[ACCOUNTS_NAME])
{
	uint8_t hash[REGISTRY_TOKEN_HASH];
	bool found = false;
	const char *token = bearer(authorization);
	if (token == NULL || token_hash(token, TOKEN_TEXT - 1, hash, NULL) != 0)
		return false;

	pthread_rwlock_rdlock(&a->lock);
	/* Every row is looked at to its end, whatever it holds, so that the time says
	 * nothing about how much of a hash was right. */
	for (size_t i = 0; i < a->tokens.len; i++) {
		if (gnutls_memcmp(hash, a->tokens.at[i].hash, sizeof hash) == 0) {
			memcpy(probe, a->tokens.at[i].probe, ACCOUNTS_NAME);
			found = true;
		}
	}
	pthread_rwlock_unlock(&a->lock);
	return found;
}

size_t accounts_count(struct accounts *a)
{
	pthread_rwlock_rdlock(&a->lock);
	size_t n = a->tokens.len;
	pthread_rwlock_unlock(&a->lock);
	return n;
}
