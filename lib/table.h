/* Aligned text tables for a terminal. Columns are as wide as their widest cell;
 * width is counted in characters of UTF-8, not bytes. */
#ifndef LATLAS_LIB_TABLE_H
#define LATLAS_LIB_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/attr.h"
#include "lib/text.h"

struct table;

/* `columns` is one letter a column, at least one: 'l' left, 'r' right aligned. NULL when
 * out of memory. */
struct table *table_new(const char *columns);
void table_free(struct table *t);
/* Cells fill the rows from left to right; control characters in them are made harmless. */
void table_cell(struct table *t, const char *fmt, ...) LAT_PRINTF(2, 3);
/* A row of dashes under the header. It ends the row above, whose missing cells are empty. */
void table_rule(struct table *t);
/* Print with two blanks between columns, no trailing blanks. false if memory ran out at
 * any time (then nothing is printed) or writing failed. */
bool table_print(const struct table *t, FILE *out);

#endif
