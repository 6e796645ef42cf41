/* A line of CSV (RFC 4180, but a record is one line): fields between commas, in quotes where they
 * hold a comma or a quote, which is doubled there. Blanks around a field are no part of it. */
#ifndef LATLAS_COLLECTOR_CSV_H
#define LATLAS_COLLECTOR_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/arena.h"

#define CSV_MAX_FIELDS 64

/* The fields of a line, in `arena`. false and *why: a quote that is not closed, bytes that are not
 * UTF-8 text, more than CSV_MAX_FIELDS; or out of memory (*why NULL). */
bool csv_split(struct arena *arena, const char *line, size_t len, const char *fields[CSV_MAX_FIELDS],
               size_t *n, const char **why);

#endif
