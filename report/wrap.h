/* Running text on a terminal: lines of at most WRAP_WIDTH columns, broken at blanks. */
#ifndef LATLAS_REPORT_WRAP_H
#define LATLAS_REPORT_WRAP_H

#include <stdio.h>

#include "lib/buf.h"

#define WRAP_WIDTH 100

/* Print `text` (made harmless for a terminal) with `first` blanks before the first line and
 * `rest` before the others. A word longer than a line gets one of its own. */
void wrap_print(FILE *out, size_t first, size_t rest, const char *text);

/* Append `text`, made harmless, cut to `width` columns; an ellipsis tells of the cut. */
void wrap_cut(struct buf *out, const char *text, size_t width);

#endif
