/* What a series is to an atlas: which subject, and which part of it, its cells speak of, or why they
 * are left out. Looked up for each cell, so what was found once is kept. */
#ifndef LATLAS_REPORT_SERIES_CLASS_H
#define LATLAS_REPORT_SERIES_CLASS_H

#include "report/atlas.h"
#include "schema/series.h"

struct class {
	const struct series *series; /* key; NULL: a free place of the table */
	enum { CLASS_COUNTS, CLASS_OTHER_KIND, CLASS_OLD, CLASS_UNKNOWN } what;
	size_t subject, part, version;
	bool by_address;
};

/* Begins as {0}. Open addressing, by the series' pointer, which must stay. */
struct classes { struct class *at; size_t n, cap; };

/* The class of a series of the atlas's plan, found or known; NULL: out of memory. It lives until the
 * next is looked up. */
const struct class *classes_find(struct classes *k, struct atlas *a, const struct series *s);
void classes_free(struct classes *k);

/* Count samples of a series that doesn't count, under the name that an operator knows (atlas.left_out).
 * false: out of memory. */
bool class_leave_out(struct atlas *a, const struct class *c, uint64_t samples);

#endif
