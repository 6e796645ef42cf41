#include "schema/store_names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store_sqlite.h"

#define PAGE 1024           /* pointers a page */
#define MAX_ID INT32_MAX    /* a larger one can only be damage */
#define MUCH ((size_t)32 << 20)

static void free_table(struct store_names_table *t)
{
	for (size_t i = 0; i < t->pages; i++)
		free(t->page[i]);
	free(t->page);
	*t = (struct store_names_table){0};
}

void store_names_free(struct store_names *n)
{
	free_table(&n->texts);
	free_table(&n->series);
	arena_free(&n->arena);
}

void store_names_trim(struct store_names *n)
{
	if (n->arena.used > MUCH)
		store_names_free(n);
}

/* Where the pointer of an id is kept; NULL when out of memory. */
static void **place(struct store_names_table *t, int64_t id)
{
	size_t page = (size_t)id / PAGE;

	if (page >= t->pages) {
		size_t pages = page + 1 > 2 * t->pages ? page + 1 : 2 * t->pages;
		void ***grown = realloc(t->page, pages * sizeof *grown);
		if (grown == NULL)
			return NULL;
		memset(grown + t->pages, 0, (pages - t->pages) * sizeof *grown);
		t->page = grown;
		t->pages = pages;
	}
	if (t->page[page] == NULL && (t->page[page] = calloc(PAGE, sizeof(void *))) == NULL)
		return NULL;
	return &t->page[page][id % PAGE];
}

/* Its pointer if it has been loaded already. */
static void *known(const struct store_names_table *t, int64_t id)
{
	size_t page = (size_t)id / PAGE;

	return page < t->pages && t->page[page] != NULL ? t->page[page][id % PAGE] : NULL;
}

static int missing(struct store_sqlite *s, const char *what, int64_t id, struct err *err)
{
	return err_set(err, LAT_DATAERR, "%s: is damaged: there is no %s %lld", s->db->path, what,
	               (long long)id);
}

int store_names_text(struct store_sqlite *s, int64_t id, const char **text, struct err *err)
{
	struct store_names *n = &s->names;
	bool row = false;

	*text = NULL;
	if (id == 0)
		return 0;
	if (id < 0 || id > MAX_ID)
		return missing(s, "string", id, err);
	if ((*text = known(&n->texts, id)) != NULL)
		return 0;
	sqlite3_stmt *st = s->db->stmt[Q_STRING_TEXT];
	struct store_db_bind b = {.st = st};
	store_db_bind_int(&b, id);
	int status = store_db_bound(s->db, &b, err);
	if (status == 0)
		status = store_db_step(s->db, st, &row, err);
	if (status == 0 && !row)
		status = missing(s, "string", id, err);
	if (status == 0) {
		const char *found = store_db_text(st, 0);
		void **at = found == NULL ? NULL : place(&n->texts, id);
		char *copy = at == NULL ? NULL : arena_str(&n->arena, found);
		if (copy == NULL)
			status = err_nomem(err);
		else
			*text = *at = copy;
	}
	store_db_reset(st);
	return status;
}

enum { TARGET, TARGET_REV, NODE, EDGE, ROLE, KIND, FAMILY, RESOLVER, ECS, HTTP, TLS, COLUMNS };

static int load_series(struct store_sqlite *s, int64_t id, struct series *out, struct err *err)
{
	sqlite3_stmt *st = s->db->stmt[Q_SERIES_GET];
	struct store_db_bind b = {.st = st};
	int64_t column[COLUMNS] = {0};
	const char *text[COLUMNS] = {0};
	bool row = false;

	store_db_bind_int(&b, id);
	int status = store_db_bound(s->db, &b, err);
	if (status == 0)
		status = store_db_step(s->db, st, &row, err);
	for (int i = 0; row && i < COLUMNS; i++)
		column[i] = store_db_int(st, i, 0);
	store_db_reset(st);
	if (status != 0)
		return status;
	if (!row)
		return missing(s, "series", id, err);
	for (int i = 0; i < COLUMNS; i++)
		if (i != FAMILY && (status = store_names_text(s, column[i], &text[i], err)) != 0)
			return status;
	int role = text[ROLE] == NULL ? -1 : role_of(text[ROLE]);
	int kind = text[KIND] == NULL ? -1 : series_kind_of(text[KIND]);
	if (role < 0 || kind < 0 || text[TARGET] == NULL)
		return err_set(err, LAT_DATAERR, "%s: is damaged: series %lld has no target, role or kind",
		               s->db->path, (long long)id);
	*out = (struct series){
		.target = text[TARGET],
		.target_rev = text[TARGET_REV],
		.node = text[NODE],
		.edge = text[EDGE],
		.role = (enum role)role,
		.kind = (enum series_kind)kind,
		.family = (int)column[FAMILY],
		.resolver = text[RESOLVER],
		.ecs = text[ECS],
		.http = text[HTTP],
		.tls = text[TLS],
	};
	return 0;
}

int store_names_series(struct store_sqlite *s, int64_t id, const struct series **series, struct err *err)
{
	struct store_names *n = &s->names;
	struct series loaded;

	if (id <= 0 || id > MAX_ID)
		return missing(s, "series", id, err);
	if ((*series = known(&n->series, id)) != NULL)
		return 0;
	int status = load_series(s, id, &loaded, err);
	if (status != 0)
		return status;
	void **at = place(&n->series, id);
	struct series *copy = at == NULL ? NULL : arena_alloc(&n->arena, sizeof *copy);
	if (copy == NULL)
		return err_nomem(err);
	*copy = loaded;
	*series = *at = copy;
	return 0;
}
