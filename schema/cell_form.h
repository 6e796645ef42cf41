/* The parts of a cell's storage form, for those that write it from something else than sketches. */
#ifndef LATLAS_SCHEMA_CELL_FORM_H
#define LATLAS_SCHEMA_CELL_FORM_H

#include "schema/cell.h"

/* All before the sketches: version, counters, and the set of measures that follow (bit m). */
bool cell_put_head(const struct cell *c, uint32_t set, struct buf *out) LAT_MUST_CHECK;
/* The length of what was appended since out->len was `start`, before it: written behind and moved
 * up by the few bytes that it takes, which costs less than a second buffer. */
bool cell_put_length(struct buf *out, size_t start) LAT_MUST_CHECK;

#endif
