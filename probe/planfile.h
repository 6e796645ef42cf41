/* The plan of a round: from a file, or from the collector with a copy of the last good one.
 *
 * The copy (SPOOL/plan.json, as the collector sent it) is replaced only by a plan that was
 * read and understood. While the collector is away, or sends a plan that we can't use, the
 * round runs from the copy, and what was wrong goes into the next header ("refused"). */
#ifndef LATLAS_PROBE_PLANFILE_H
#define LATLAS_PROBE_PLANFILE_H

#include "lib/err.h"
#include "lib/log.h"
#include "probe/collectorapi.h"
#include "probe/state.h"
#include "schema/plan.h"

struct planfile {
	struct plan plan;
	bool have;           /* there is a plan to run by */
	bool of_collector;   /* it came from there, now or earlier */
	char refused[256];   /* why a newer plan could not be used; "" */
	char away[512];      /* why the collector could not be asked; "" */
	char ca[65];         /* SHA-256 of the CA file that the collector announced; "" */
};

/* From `path`: the operator's form, or JSON. */
int planfile_read(struct planfile *p, const char *path, struct err *err) LAT_MUST_CHECK;
/* From the collector, or the copy in `folder`. `api` may be NULL: the copy alone. `keep`: a
 * good one becomes the copy, and its ETag goes into `state`. 0 with have == false if there
 * is none at all. LAT_SOFTWARE, LAT_IOERR. */
int planfile_fetch(struct planfile *p, const char *folder, bool keep, struct collectorapi *api,
                   struct state *state, const struct log *log, struct err *err) LAT_MUST_CHECK;
void planfile_free(struct planfile *p);

#endif
