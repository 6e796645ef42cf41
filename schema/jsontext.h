/* What yajl leaves to its caller: whether text is UTF-8 (yajl takes overlong forms and
 * surrogates), whether \u escapes make sense (it turns a lone surrogate into something
 * else), and integers that are exact. For json.c, wire*.c, and readers of other text. */
#ifndef LATLAS_SCHEMA_JSONTEXT_H
#define LATLAS_SCHEMA_JSONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the longest valid UTF-8 (RFC 3629) at the start of `s`; `len` if all is. */
size_t jsontext_utf8(const char *s, size_t len);

/* Bytes of the valid UTF-8 character at `s` (1..4), or 0. */
size_t jsontext_utf8_char(const char *s, size_t len);

/* NULL if the JSON text is UTF-8 and its \u escapes are of whole characters; otherwise
 * what is wrong, and *at (may be NULL) where. */
const char *jsontext_problem(const char *text, size_t len, size_t *at);

/* A JSON number that is an integer (no point, no exponent) within int64_t. */
bool jsontext_int(const char *s, size_t len, int64_t *out);

#endif
