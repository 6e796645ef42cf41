/* The values of a cell while samples are being folded into it: a row of bucket codes a sample, two bytes
 * a value. A sketch of a dozen values is mostly room between them; rows are what there is, one
 * line of a processor's cache to write where fifteen sketches are fifteen, and are told in the same
 * storage form. The counters are a struct cell's, whose sketches stay empty. */
#ifndef LATLAS_SCHEMA_CELL_LIST_H
#define LATLAS_SCHEMA_CELL_LIST_H

#include "lib/sketch_tally.h"
#include "schema/cell.h"

#define CELL_LIST_WIDTH 16
_Static_assert(MEASURES <= CELL_LIST_WIDTH, "a row has room for every measure");
struct cell_list_row { uint16_t code[CELL_LIST_WIDTH]; };

/* A zeroed struct is empty. */
struct cell_list {
	struct cell_list_row *rows;
	size_t len, room;
};

void cell_list_free(struct cell_list *l);
void cell_list_clear(struct cell_list *l); /* empty, memory kept */

/* The values of a sample that cell_count() let in. false: out of memory; nothing has changed. */
bool cell_list_add(struct cell_list *l, const struct sketch_scale *scale, const struct sample *s) LAT_MUST_CHECK;
/* The cell of these counters and values, as cell_encode() writes it; *total_us gets the median of M_TOTAL's
 * sketch, NAN where it is empty. `tally` is empty, and is again behind it. */
bool cell_list_encode(const struct cell *counters, const struct cell_list *l, struct sketch_tally *tally,
                      struct buf *out, double *total_us) LAT_MUST_CHECK;
/* Add counters and values to a cell. */
bool cell_list_merge(struct cell *into, const struct cell *counters, const struct cell_list *l) LAT_MUST_CHECK;

#endif
