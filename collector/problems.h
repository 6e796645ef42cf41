/* Everything that is wrong with a configuration, not only the first thing: `check`
 * prints the list, a program that has to give up prints its first line. */
#ifndef LATLAS_COLLECTOR_PROBLEMS_H
#define LATLAS_COLLECTOR_PROBLEMS_H

#include <stdbool.h>

#include "lib/attr.h"
#include "lib/err.h"
#include "lib/vec.h"

/* A zeroed struct is an empty list. */
struct problems {
	VEC(struct err) list;
	bool lost; /* memory ran out: there are more than the list tells */
};

void problems_free(struct problems *p);
/* Add one line; `code` is one of enum lat_exit, never LAT_OK. */
void problems_add(struct problems *p, int code, const char *fmt, ...) LAT_PRINTF(3, 4);
/* Add `err`, unless it says that nothing is wrong. */
void problems_add_err(struct problems *p, const struct err *err);
/* 0 if there is none, else the code of the first, which is copied into `err` (may be NULL). */
int problems_first(const struct problems *p, struct err *err) LAT_MUST_CHECK;
/* Print all on stderr, a line each. Returns as problems_first. */
int problems_print(const struct problems *p, const char *program);
/* The same as "PROGRAM: warning: ...": nothing has failed. */
void problems_warn(const struct problems *p, const char *program);

#endif
