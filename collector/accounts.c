#include "collector/accounts.h"

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collector/token.h"

/* A token, and when it was first shown since it was loaded; 0: not, or told already. */
struct account {
	struct registry_token token;
	atomic_int_least64_t shown_us;
	atomic_bool used; /* the registry knows when it was first shown, or is being told */
};

typedef VEC(struct account) account_list;

struct accounts {
	pthread_rwlock_t lock;
	account_list list;
	atomic_bool shown; /* some shown_us isn't 0 */
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
	vec_free(&a->list);
	pthread_rwlock_destroy(&a->lock);
	free(a);
}

static struct account *by_hash(account_list *list, const uint8_t hash[REGISTRY_TOKEN_HASH])
{
	for (size_t i = 0; i < list->len; i++)
		if (memcmp(list->at[i].token.hash, hash, REGISTRY_TOKEN_HASH) == 0)
			return &list->at[i];
	return NULL;
}

static int load(struct registry *r, account_list *out, struct err *err)
{
	registry_tokens tokens = {0};
	int rc = registry_tokens_load(r, &tokens, err);
	for (size_t i = 0; i < tokens.len && rc == 0; i++) {
		struct account *one = vec_add(out);
		if (one == NULL)
			rc = err_nomem(err);
		else
			*one = (struct account){.token = tokens.at[i], .used = tokens.at[i].used};
	}
	vec_free(&tokens);
	return rc;
}

int accounts_refresh(struct accounts *a, struct registry *r, struct err *err)
{
	int64_t version;
	account_list fresh = {0};
	int rc = registry_token_version(r, &version, err);
	if (rc != 0 || (a->loaded && version == a->version))
		return rc;
	/* The version is read before the tokens: a change in between is loaded now and
	 * once more at the next call, never missed. */
	rc = load(r, &fresh, err);
	if (rc != 0) {
		vec_free(&fresh);
		return rc;
	}
	pthread_rwlock_wrlock(&a->lock);
	account_list old = a->list;
	for (size_t i = 0; i < old.len; i++) { /* what wasn't told yet is still to be told */
		struct account *same = old.at[i].shown_us == 0 ? NULL : by_hash(&fresh, old.at[i].token.hash);
		if (same != NULL)
			same->shown_us = old.at[i].shown_us;
	}
	a->list = fresh;
	a->loaded = true;
	a->version = version;
	pthread_rwlock_unlock(&a->lock);
	vec_free(&old);
	return 0;
}

/* Take the next token that was shown: false if there is none. */
static bool next_shown(struct accounts *a, uint8_t hash[REGISTRY_TOKEN_HASH], int64_t *shown_us)
{
	bool found = false;
	pthread_rwlock_rdlock(&a->lock);
	for (size_t i = 0; i < a->list.len && !found; i++) {
		struct account *one = &a->list.at[i];
		*shown_us = atomic_exchange(&one->shown_us, 0);
		found = *shown_us != 0;
		if (found) {
			memcpy(hash, one->token.hash, REGISTRY_TOKEN_HASH);
			atomic_store(&one->used, true);
		}
	}
	pthread_rwlock_unlock(&a->lock);
	return found;
}

static void give_back(struct accounts *a, const uint8_t hash[REGISTRY_TOKEN_HASH], int64_t shown_us)
{
	pthread_rwlock_rdlock(&a->lock);
	struct account *one = by_hash(&a->list, hash);
	if (one != NULL)
		atomic_store(&one->shown_us, shown_us);
	atomic_store(&a->shown, true);
	pthread_rwlock_unlock(&a->lock);
}

int accounts_note_used(struct accounts *a, struct registry *r, struct err *err)
{
	uint8_t hash[REGISTRY_TOKEN_HASH];
	int64_t shown_us;
	int rc = 0;
	if (!atomic_exchange(&a->shown, false))
		return 0;
	while (rc == 0 && next_shown(a, hash, &shown_us)) {
		rc = registry_token_used(r, hash, shown_us, err);
		if (rc != 0)
			give_back(a, hash, shown_us);
	}
	return rc;
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

bool accounts_find(struct accounts *a, const char *authorization, int64_t now_us, char probe[ACCOUNTS_NAME])
{
	uint8_t hash[REGISTRY_TOKEN_HASH];
	struct account *found = NULL;
	const char *token = bearer(authorization);
	if (token == NULL || token_hash(token, TOKEN_TEXT - 1, hash, NULL) != 0)
		return false;

	pthread_rwlock_rdlock(&a->lock);
	/* Every row is looked at to its end, whatever it holds, so that the time says
	 * nothing about how much of a hash was right. */
	for (size_t i = 0; i < a->list.len; i++)
		if (gnutls_memcmp(hash, a->list.at[i].token.hash, sizeof hash) == 0)
			found = &a->list.at[i];
	if (found != NULL && found->token.until_us != US_NONE && found->token.until_us <= now_us)
		found = NULL;
	if (found != NULL) {
		memcpy(probe, found->token.probe, ACCOUNTS_NAME);
		int_least64_t none = 0;
		if (!found->used && atomic_compare_exchange_strong(&found->shown_us, &none, now_us))
			atomic_store(&a->shown, true);
	}
	pthread_rwlock_unlock(&a->lock);
	return found != NULL;
}

size_t accounts_count(struct accounts *a)
{
	pthread_rwlock_rdlock(&a->lock);
	size_t n = a->list.len;
	pthread_rwlock_unlock(&a->lock);
	return n;
}
