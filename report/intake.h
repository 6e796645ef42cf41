/* Taking cells into an atlas: the callback of store_scan_cells(). Cells of one vantage and
 * unit come one after the other; they are gathered, and folded into the slices when the
 * unit is complete. Only series of the newest plan's definitions enter; what is left out
 * is counted in atlas.left_out. */
#ifndef LATLAS_REPORT_INTAKE_H
#define LATLAS_REPORT_INTAKE_H

#include "report/atlas.h"
#include "schema/store.h"

struct intake;

/* For an atlas whose plan, vantages and window are set. NULL: out of memory. */
struct intake *intake_new(struct atlas *a);
void intake_free(struct intake *in);
/* The measures that the scan has to bring. */
uint32_t intake_measures(const struct atlas *a);
/* A store_cell_fn; ctx is the intake. */
int intake_cell(void *ctx, const struct store_cell *c, struct err *err);
/* Fold the last unit. */
int intake_end(struct intake *in, struct err *err) LAT_MUST_CHECK;

/* The number of a signature, new or known; SIZE_MAX: out of memory. */
size_t intake_signature(struct atlas *a, const uint64_t *words);

/* Which slots a subject has (bit s: slot s), and the measure of a slot. */
uint32_t intake_slots(const struct atlas *a, size_t subject);
enum measure intake_measure(const struct atlas *a, enum slot slot);
/* Measures (bit m) of which a subject's window as a whole is kept. */
uint32_t intake_window(const struct atlas *a, size_t subject);
/* Failures are in what has a visitor wait and in what is judged, not in a phase. */
bool intake_slot_fails(enum slot slot);
bool intake_measure_fails(const struct atlas *a, enum measure m);

#endif
