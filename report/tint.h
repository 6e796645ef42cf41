/* Colour for the last column of a table. A table's cells take no escape sequences (a name
 * must not smuggle any in), so the table is printed to memory and the verdicts, which are
 * words of ours, are coloured on their way out. */
#ifndef LATLAS_REPORT_TINT_H
#define LATLAS_REPORT_TINT_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/table.h"
#include "lib/vec.h"
#include "report/present.h"

typedef VEC(enum mood) tints; /* of the rows below the header, in their order */

/* Out of memory: the row and those after it stay plain. */
void tint_add(tints *t, enum mood mood);

/* Print a table of one header row and a rule, with colour if text_colour(out) says so. false:
 * out of memory, or writing failed. */
bool tint_print(const struct table *table, const tints *t, FILE *out);

/* The escape sequence that starts a mood's colour, and the one that ends it; "" if `colour`
 * is not wanted. */
const char *tint_start(enum mood mood, bool colour);
const char *tint_end(bool colour);

#endif
