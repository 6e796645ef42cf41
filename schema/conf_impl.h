/* What conf_scan.c finds and conf.c fills: the tree of a configuration file. All of it
 * lives in the root's arena. Internal to these two. */
#ifndef LATLAS_SCHEMA_CONF_IMPL_H
#define LATLAS_SCHEMA_CONF_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "schema/conf.h"

struct conf_value {
	const char *string; /* every type */
	int64_t integer;    /* CONF_INT, CONF_INTS; CONF_DURATION: microseconds; CONF_BOOL: 0 or 1 */
	double number;      /* CONF_DOUBLE */
};

struct conf_entry {
	const struct conf_key *key;
	int line;
	size_t count;              /* elements as the scanner saw them: 1 but for lists */
	struct conf_value *values;
	struct conf_entry *next;
};

struct conf {
	const char *file;
	const struct conf_key *key;  /* of the section; NULL: the root */
	const struct conf_key *keys; /* of what is in it */
	const char *title;           /* NULL: none */
	int line;                    /* where it opens; 0: the root */
	struct conf_entry *entries;  /* in the file's order, sections too */
	struct conf *sections;
	struct conf *next;
	struct arena arena;          /* the root's only, and so are these: */
	conf_tell *tell;             /* NULL: the first fault ends it */
	void *tell_cls;
	size_t told;
};

/* Tell a fault, and empty `err`, so that the next line can be looked at. false: nobody is to be told, or
 * the fault isn't a line's, or there were enough. */
bool conf_told(struct conf *root, struct err *err);

/* Look through `text`, which is changed: comments become blanks. Fills root's tree with
 * everything but the values. LAT_CONFIG for what is wrong in form: unknown or repeated
 * keys, "${", what is not closed. */
int conf_scan(struct conf *root, char *text, size_t len, struct err *err) LAT_MUST_CHECK;

#endif
