/* What a cell keeps of a sample while it has few: the values from which all measures come. */
#ifndef LATLAS_SCHEMA_CELL_SAMPLE_H
#define LATLAS_SCHEMA_CELL_SAMPLE_H

#include <stddef.h>

#include "schema/sample.h"

/* The form: a byte that says which values are there (bit 0 dns, 1 tcp, 2 tls, 3 wait, 4 body, 5 min_rtt),
 * by bit 6 that others of its target came before it in its round (nth is not 0), and by bit 7 that the
 * values are wide, as one of them needs it. Then these values in that order, microseconds, the least byte first:
 * of three bytes (16 s), or of five. Widths that don't vary cost no guess of the processor's. */
#define CELL_SAMPLE_VALUES 6
#define CELL_SAMPLE_NARROW 3
#define CELL_SAMPLE_WIDE 5
#define CELL_SAMPLE_MOST (1 + CELL_SAMPLE_VALUES * CELL_SAMPLE_WIDE) /* bytes */
/* No value is above it: twelve days, so that no sum leaves 64 bits. The wire allows one. */
#define CELL_SAMPLE_US_MOST ((INT64_C(1) << 8 * CELL_SAMPLE_WIDE) - 1)

/* Write `s`, a success, to to[], which has room for CELL_SAMPLE_MOST; how many bytes it took. A value out
 * of range becomes the nearest that isn't: only a damaged database has one. */
size_t cell_sample_put(const struct sample *s, unsigned char *to);
/* Read one into the six values, nth (0 or 1) and error of `out`; how many bytes it took, 0 if there is none
 * in exactly that form. */
size_t cell_sample_get(const unsigned char *at, const unsigned char *end, struct sample *out);

#endif
