/* From strings and series to the store's ids, which are made where there are none yet.
 * Only within a transaction that writes; when it is rolled back, what was learnt in it must
 * be forgotten. */
#ifndef LATLAS_SCHEMA_STORE_INTERN_H
#define LATLAS_SCHEMA_STORE_INTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "schema/series.h"
#include "schema/store_cache.h"

struct store_sqlite;

struct store_intern {
	struct store_cache strings, series;
	struct buf key;
};

bool store_intern_init(struct store_intern *n);
void store_intern_free(struct store_intern *n);
void store_intern_forget(struct store_intern *n);

/* *id 0 for NULL. */
int store_intern_string(struct store_sqlite *s, const char *text, int64_t *id,
                        struct err *err) LAT_MUST_CHECK;
int store_intern_series(struct store_sqlite *s, const struct series *series, int64_t *id,
                        struct err *err) LAT_MUST_CHECK;

#endif
