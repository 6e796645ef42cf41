/* Shares of traffic, by region: the file of --weights. One line for each region, "country/IN
 * 0.12" or "continent/AS 0.5"; blank lines, and what follows a '#', are skipped. Shares
 * need not add up to 1: only their ratios count. */
#ifndef LATLAS_REPORT_WEIGHTS_H
#define LATLAS_REPORT_WEIGHTS_H

#include <stdbool.h>

#include "lib/err.h"
#include "lib/vec.h"

struct weight { char id[16]; double share; };

struct weights {
	bool given; /* there is a file; otherwise all weigh the same */
	VEC(struct weight) list;
};

/* LAT_NOINPUT: no such file; LAT_DATAERR "file:line: why". `path` NULL: no weights. */
int weights_load(struct weights *w, const char *path, struct err *err) LAT_MUST_CHECK;
/* The same from memory. */
int weights_parse(struct weights *w, const char *text, const char *name, struct err *err) LAT_MUST_CHECK;
void weights_free(struct weights *w);

/* Share of a region; 1 for all without a file, NAN for one that the file doesn't name. */
double weights_of(const struct weights *w, const char *id);
/* Share of a continent among continents: as above, but where the file speaks of countries only, all
 * continents weigh the same; where it speaks of continents, one that it doesn't name weighs nothing. */
double weights_of_continent(const struct weights *w, const char *id);

#endif
