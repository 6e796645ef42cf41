/* From the store's ids back to strings and series: loaded when first asked for, then
 * kept. What an id means never changes once it is committed, so there is nothing to refresh. */
#ifndef LATLAS_SCHEMA_STORE_NAMES_H
#define LATLAS_SCHEMA_STORE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "schema/series.h"

struct store_sqlite;

/* Pointers by id, in pages that are made when needed. */
struct store_names_table { void ***page; size_t pages; };

/* A zeroed struct is empty. */
struct store_names {
	struct arena arena;
	struct store_names_table texts, series;
};

void store_names_free(struct store_names *n);
/* Give the memory back if it has become much. Only between operations. */
void store_names_trim(struct store_names *n);

/* *text NULL for id 0 (absent). LAT_DATAERR if the database has no such id. */
int store_names_text(struct store_sqlite *s, int64_t id, const char **text, struct err *err) LAT_MUST_CHECK;
int store_names_series(struct store_sqlite *s, int64_t id, const struct series **series,
                       struct err *err) LAT_MUST_CHECK;

#endif
