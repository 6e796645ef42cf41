/* Configuration files, on libconfuse, made strict: an unknown key, a key or a section
 * title given twice, "${...}" (which libconfuse would expand from the environment) and
 * a number out of its range are errors with file and line. Each user declares its
 * options as a table of conf_key; plan.c, probe/ and collector/ have theirs.
 *
 * Stricter than libconfuse also in this: a section, string or comment must be closed (a
 * string on its own line), keys are bare words, "+=" and include are not known, numbers
 * are decimal, the text is UTF-8. Booleans: true, false, yes, no, on, off. Lists:
 * {"a", "b"}, also {} and a single value without braces.
 *
 * libconfuse keeps state of its own: don't load files in two threads at once. */
#ifndef LATLAS_SCHEMA_CONF_H
#define LATLAS_SCHEMA_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define CONF_MAX_BYTES (1u << 20)
#define CONF_MAX_SECTIONS 5000 /* a file */

enum conf_type {
	CONF_STRING, CONF_STRINGS, CONF_INT, CONF_INTS, CONF_DOUBLE, CONF_BOOL, CONF_DURATION, CONF_SECTION
};

struct conf_key {
	const char *name;
	enum conf_type type;
	double min, max;              /* of numbers, in their unit; CONF_DURATION: seconds; both 0: any */
	const struct conf_key *keys;  /* CONF_SECTION: its keys, ended by a name of NULL */
	bool title;                   /* CONF_SECTION: has a title and may occur many times */
};

struct conf;         /* a parsed file, or one of its sections */

/* Parse `path`. LAT_NOINPUT if it isn't there; LAT_CONFIG "path:line: key: why". *out is
 * NULL on an error. `keys` must live as long as the conf. */
int conf_load(struct conf **out, const char *path, const struct conf_key *keys,
              struct err *err) LAT_MUST_CHECK;
/* The same from memory; `name` stands for the file in errors. */
int conf_parse(struct conf **out, const char *text, const char *name, const struct conf_key *keys,
               struct err *err) LAT_MUST_CHECK;
void conf_free(struct conf *c);

/* As conf_load(), for keys without sections and lists, where each key stands on a line of its own: all that
 * is wrong rather than the first of it. Each fault of a line is told to `tell`, `err` being lent; the line
 * counts as not there, and *out is what the others say. What is returned is about the whole file: it isn't
 * there, is not text, or has more than CONF_MAX_FAULTS faults (those are told before). */
#define CONF_MAX_FAULTS 100
typedef void conf_tell(void *cls, const struct err *err);
int conf_load_telling(struct conf **out, const char *path, const struct conf_key *keys, conf_tell *tell,
                      void *cls, struct err *err) LAT_MUST_CHECK;

/* Was the key given? The getters return `otherwise` (or 0 elements) where it wasn't.
 * Strings live as long as the conf. */
bool conf_has(const struct conf *c, const char *key);
const char *conf_string(const struct conf *c, const char *key, const char *otherwise);
int64_t conf_int(const struct conf *c, const char *key, int64_t otherwise);
double conf_double(const struct conf *c, const char *key, double otherwise);
bool conf_bool(const struct conf *c, const char *key, bool otherwise);
int64_t conf_duration_us(const struct conf *c, const char *key, int64_t otherwise);
size_t conf_count(const struct conf *c, const char *key);  /* elements of a list, sections of a name */
const char *conf_string_at(const struct conf *c, const char *key, size_t i);
int64_t conf_int_at(const struct conf *c, const char *key, size_t i);
const struct conf *conf_section_at(const struct conf *c, const char *name, size_t i);
const char *conf_title(const struct conf *section); /* NULL if it has none */
/* "file:line" of a key for errors of meaning; where the key wasn't given, or is NULL: of
 * the section's opening, or the file alone. */
const char *conf_where(const struct conf *c, const char *key, char *out, size_t size);

#endif
