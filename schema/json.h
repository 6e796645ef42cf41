/* JSON, in and out, on yajl: the one place that knows the library.
 *
 * Out: numbers are written as short as they can be read back, strings escaped and
 * checked for UTF-8, never printf of somebody's text. An error (out of memory,
 * invalid UTF-8) is kept and told by json_out_done().
 * In: json_parse() builds a tree with a ceiling on size and depth, rejects duplicate
 * keys and trailing bytes. (Batches, which are many and large, have a decoder of
 * their own on the event parser: schema/wire.h.) */
#ifndef LATLAS_SCHEMA_JSON_H
#define LATLAS_SCHEMA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"

struct json_out;

/* Writes to the end of `out`. `indent`: pretty, two blanks, for files that people read. NULL
 * when out of memory, which every function below takes and json_out_done() tells. */
struct json_out *json_out_new(struct buf *out, bool indent);
void json_object(struct json_out *j);      /* { */
void json_object_end(struct json_out *j);
void json_array(struct json_out *j);       /* [ */
void json_array_end(struct json_out *j);
void json_key(struct json_out *j, const char *key);
void json_string(struct json_out *j, const char *s); /* NULL writes null */
void json_int(struct json_out *j, int64_t n);
/* At most `decimals` behind the point, trailing zeros cut; NAN and infinities write null. */
void json_double(struct json_out *j, double x, int decimals);
void json_bool(struct json_out *j, bool b);
void json_null(struct json_out *j);
/* Frees `j`. 0, LAT_DATAERR (invalid UTF-8, unbalanced) or LAT_SOFTWARE (memory). */
int json_out_done(struct json_out *j, struct err *err) LAT_MUST_CHECK;

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	const char *key;      /* in an object */
	const char *string;   /* JSON_STRING; JSON_NUMBER: as it was written */
	double number;        /* JSON_NUMBER */
	int64_t integer;      /* JSON_NUMBER, if is_integer */
	bool is_integer;      /* written without point and exponent, and in range */
	struct json *child;   /* first element or member */
	struct json *next;    /* next sibling */
	size_t children;
};

/* The tree lives in `arena`. `what` names the input in errors. LAT_DATAERR. */
int json_parse(struct arena *arena, const char *text, size_t len, int max_depth,
               const char *what, struct json **out, struct err *err) LAT_MUST_CHECK;
/* Member of an object, or NULL (also if `j` is NULL or no object). */
const struct json *json_get(const struct json *j, const char *key);
/* Shorthands that give the default where the member is absent or of another type. */
const char *json_get_string(const struct json *j, const char *key, const char *otherwise);
int64_t json_get_int(const struct json *j, const char *key, int64_t otherwise);
double json_get_double(const struct json *j, const char *key, double otherwise);

#endif
