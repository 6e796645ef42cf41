#include "schema/store_intern.h"

#include <string.h>

#include "schema/store_sqlite.h"

/* Together at most some 10 MB. */
#define STRINGS 32768
#define SERIES 16384
#define BYTES ((size_t)2 << 20)

bool store_intern_init(struct store_intern *n)
{
	buf_init(&n->key, 0);
	return store_cache_init(&n->strings, STRINGS, BYTES) && store_cache_init(&n->series, SERIES, BYTES);
}

void store_intern_free(struct store_intern *n)
{
	store_cache_free(&n->strings);
	store_cache_free(&n->series);
	buf_free(&n->key);
}

void store_intern_forget(struct store_intern *n)
{
	store_cache_clear(&n->strings);
	store_cache_clear(&n->series);
}

/* The id that `find` finds, else that of the row that `add` adds; both are bound alike. */
static int find_or_add(struct store_sqlite *s, sqlite3_stmt *find, sqlite3_stmt *add, int64_t *id,
                       struct err *err)
{
	bool row = false;
	int status = store_db_step(s->db, find, &row, err);

	if (status == 0 && row)
		*id = sqlite3_column_int64(find, 0);
	store_db_reset(find);
	if (status != 0 || row) {
		store_db_reset(add);
		return status;
	}
	if ((status = store_db_run(s->db, add, err)) == 0)
		*id = sqlite3_last_insert_rowid(s->db->sqlite);
	return status;
}

int store_intern_string(struct store_sqlite *s, const char *text, int64_t *id, struct err *err)
{
	struct store_cache *cache = &s->intern.strings;
	int status;

	*id = 0;
	if (text == NULL)
		return 0;
	size_t len = strlen(text);
	if ((*id = store_cache_get(cache, text, len)) != 0)
		return 0;
	struct store_db_bind find = {.st = s->db->stmt[Q_STRING_FIND]},
			     add = {.st = s->db->stmt[Q_STRING_ADD]};
	store_db_bind_text(&find, text);
	store_db_bind_text(&add, text);
	if ((status = store_db_bound(s->db, &find, err)) != 0
	    || (status = store_db_bound(s->db, &add, err)) != 0
	    || (status = find_or_add(s, find.st, add.st, id, err)) != 0)
		return status;
	store_cache_put(cache, text, len, *id);
	return 0;
}

#define TEXTS 10

static void texts_of(const struct series *series, const char *texts[TEXTS])
{
	const char *const all[TEXTS] = {
		series->target, series->target_rev, series->node, series->edge, role_name(series->role),
		series_kind_name(series->kind), series->resolver, series->ecs, series->http, series->tls,
	};

	memcpy(texts, all, sizeof all);
}

/* All fields in a row, each behind a byte that tells NULL from "", and ended by a NUL. */
static bool make_key(struct buf *key, const char *const texts[TEXTS], int family)
{
	size_t size[TEXTS], total = sizeof family;

	for (int i = 0; i < TEXTS; i++) {
		size[i] = texts[i] == NULL ? 0 : strlen(texts[i]) + 1;
		total += 1 + size[i];
	}
	buf_clear(key);
	if (!buf_reserve(key, total))
		return false;
	char *to = key->data;
	for (int i = 0; i < TEXTS; i++) {
		*to++ = texts[i] == NULL ? '0' : '1';
		if (texts[i] != NULL)
			memcpy(to, texts[i], size[i]);
		to += size[i];
	}
	memcpy(to, &family, sizeof family);
	key->len = total;
	return true;
}

static void bind_series(struct store_db_bind *b, const int64_t ids[TEXTS], int family)
{
	for (int i = 0; i < TEXTS; i++) {
		if (i == 6) /* between kind and resolver */
			store_db_bind_int(b, family);
		store_db_bind_but(b, ids[i], 0);
	}
}

int store_intern_series(struct store_sqlite *s, const struct series *series, int64_t *id, struct err *err)
{
	struct store_cache *cache = &s->intern.series;
	struct buf *key = &s->intern.key;
	const char *texts[TEXTS];
	int64_t ids[TEXTS];
	int status;

	texts_of(series, texts);
	if (!make_key(key, texts, series->family))
		return err_nomem(err);
	if ((*id = store_cache_get(cache, key->data, key->len)) != 0)
		return 0;
	for (int i = 0; i < TEXTS; i++)
		if ((status = store_intern_string(s, texts[i], &ids[i], err)) != 0)
			return status;
	struct store_db_bind find = {.st = s->db->stmt[Q_SERIES_FIND]},
			     add = {.st = s->db->stmt[Q_SERIES_ADD]};
	bind_series(&find, ids, series->family);
	bind_series(&add, ids, series->family);
	if ((status = store_db_bound(s->db, &find, err)) != 0
	    || (status = store_db_bound(s->db, &add, err)) != 0
	    || (status = find_or_add(s, find.st, add.st, id, err)) != 0)
		return status;
	store_cache_put(cache, key->data, key->len, *id);
	return 0;
}
