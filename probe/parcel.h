/* From the samples and audits of a round to batches as they travel: the header is filled, and what is
 * larger than the wire allows is split into parts, each a batch with a UUID of its own and
 * the same start. */
#ifndef LATLAS_PROBE_PARCEL_H
#define LATLAS_PROBE_PARCEL_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/vec.h"
#include "schema/sample.h"

struct parcel {
	char uuid[37];
	size_t samples;
	struct buf text; /* NDJSON, at most WIRE_MAX_BYTES */
};

struct parcels { VEC(struct parcel) parts; };

/* Fill the header of `b` with what holds for any round of this machine: boot id, version,
 * processor time and memory of this process. Strings go to its arena. */
int parcel_fill_header(struct batch *b, struct err *err) LAT_MUST_CHECK;

/* Encode `b` (its uuid is ignored, seq is set here). `dropped` and `rejected` are told by the
 * first part alone. A batch without samples and audits is one part. LAT_SOFTWARE. */
int parcel_encode(struct parcels *out, struct batch *b, struct err *err) LAT_MUST_CHECK;
void parcel_free(struct parcels *p);
/* Encode `b` and write it to standard output. LAT_SOFTWARE, LAT_IOERR. */
int parcel_print(struct batch *b, struct err *err) LAT_MUST_CHECK;

#endif
