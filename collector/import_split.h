/* Records out of a stream of bytes, one at a time, so that a file of any size is read in
 * bounded memory.
 *
 * JSON: objects one after the other (NDJSON, or pretty-printed over many lines), or the elements
 * of one array. Only braces, brackets and strings are looked at; whether a record is JSON is for
 * the parser to say. A record that is cut short costs only itself: a line end within a string, or
 * a line that begins with '{' while one is open, ends it.
 * Lines: for CSV.
 * A byte order mark before all is left out: it would be part of the first column's name. */
#ifndef LATLAS_COLLECTOR_IMPORT_SPLIT_H
#define LATLAS_COLLECTOR_IMPORT_SPLIT_H

#include <stddef.h>

#include "lib/err.h"

#define IMPORT_MAX_RECORD (16u << 20) /* bytes of a JSON record */
#define IMPORT_MAX_LINE (64u << 10)   /* bytes of a line of CSV */

enum split_form { SPLIT_JSON, SPLIT_LINES };

struct split;

/* One record that begins at `line` (from 1), good during the call; or, with text NULL, what cannot
 * be one, and why. A return other than 0 ends the reading and comes back from it. */
typedef int split_fn(void *ctx, size_t line, const char *text, size_t len, const char *why, struct err *err);

/* NULL: out of memory. */
struct split *split_new(enum split_form form, split_fn *fn, void *ctx);
void split_free(struct split *s);
int split_feed(struct split *s, const char *data, size_t len, struct err *err) LAT_MUST_CHECK;
/* The stream has ended: the last record, if one is open. */
int split_end(struct split *s, struct err *err) LAT_MUST_CHECK;

#endif
