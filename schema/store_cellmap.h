/* Cells in memory, found by probe, start and series (the store's ids): where samples are
 * added up before they are written or told. */
#ifndef LATLAS_SCHEMA_STORE_CELLMAP_H
#define LATLAS_SCHEMA_STORE_CELLMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/cell.h"
#include "schema/cell_list.h"

struct store_cellmap_entry {
	int64_t probe, start, series;
	size_t slot;
	struct cell cell;
	struct cell_list list; /* the fold's, in place of the cell's sketches */
};

/* A zeroed struct is an empty map. */
struct store_cellmap {
	struct store_cellmap_entry **at; /* [0, len) are in use, [len, made) wait to be used again */
	size_t len, made, cap;
	uint32_t *slots;                 /* index in at[], plus one; 0: free */
	size_t mask;
};

void store_cellmap_free(struct store_cellmap *m);
/* The entry of that key; a new one has an empty cell, and *added (may be NULL) says that it is
 * new. NULL when out of memory. The pointer is good until the map is cleared. */
struct store_cellmap_entry *store_cellmap_find(struct store_cellmap *m, int64_t probe, int64_t start,
                                               int64_t series, bool *added);
/* Order at[] by probe, start, series. Nothing can be found after it until the map is cleared. */
void store_cellmap_sort(struct store_cellmap *m);
/* Empty; the entries are kept. */
void store_cellmap_clear(struct store_cellmap *m);

#endif
