/* Vantages that are not ours: whose they are, and that the reader hears of it. What they measured is
 * merged with ours by region, but never silently. */
#ifndef LATLAS_REPORT_IMPORTED_H
#define LATLAS_REPORT_IMPORTED_H

#include "report/study.h"

/* "RIPE Atlas" for "ripe-atlas"; a source that is not known as it is; NULL for NULL (one of ours). */
const char *imported_words(const char *source);

/* How many of the vantages that spoke are imported, and whose; which countries mix them with ours.
 * false: out of memory. */
bool imported_notes(struct study *s) LAT_MUST_CHECK;

#endif
