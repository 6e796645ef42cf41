/* The parts of a cell's storage form, for those that write it from something else than sketches. */
#ifndef LATLAS_SCHEMA_CELL_FORM_H
#define LATLAS_SCHEMA_CELL_FORM_H

#include "schema/cell.h"

/* All before the sketches: version, counters, and the set of measures that follow (bit m). */
bool cell_put_head(const struct cell *c, uint32_t set, struct buf *out) LAT_MUST_CHECK;
/* Before what has a length: leaves a byte for it, which mostly suffices, and returns where it begins. */
size_t cell_leave_length(struct buf *out);
/* Behind it: the length goes to its place. What needs more than the byte is moved up, which costs less
 * than a second buffer. */
bool cell_put_length(struct buf *out, size_t start) LAT_MUST_CHECK;

#endif
