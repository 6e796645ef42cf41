/* When each target and node was audited last: what the plan's audit_every is counted from. Beside
 * targetmem.h, which remembers targets alone and forgets them when their definition changes.
 *
 * Kept in the state folder (state.h). Losing it costs one audit more: what is not remembered is
 * due. So is what was done in the future, which only a clock that was set back can tell. */
#ifndef LATLAS_PROBE_AUDITMEM_H
#define LATLAS_PROBE_AUDITMEM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/vec.h"
#include "schema/plan.h"

struct auditmem_entry {
	char *target, *node; /* node NULL: through DNS */
	int64_t at_us;       /* wall clock */
};

struct auditmem { VEC(struct auditmem_entry) entries; };

/* Is it due at `now_us`, if it is so each `every_us`? A round that comes TARGETMEM_EARLY_US early is
 * taken. */
bool auditmem_due(const struct auditmem *m, const char *target, const char *node, int64_t now_us,
                  int64_t every_us);
/* It was done. Strings are copied. false: out of memory, and nothing is remembered. */
bool auditmem_note(struct auditmem *m, const char *target, const char *node, int64_t at_us);
/* What was noted at `at_us` came to nothing: it is due. */
void auditmem_undo(struct auditmem *m, int64_t at_us);
/* Forget what the plan doesn't have (any more). */
void auditmem_keep(struct auditmem *m, const struct plan *plan);
void auditmem_free(struct auditmem *m);

#endif
