/* A series: what may be merged. Two samples of one probe are of one series if all of
 * this is equal. Interned by the store. */
#ifndef LATLAS_SCHEMA_SERIES_H
#define LATLAS_SCHEMA_SERIES_H

#include "lib/buf.h"
#include "schema/sample.h"

struct series {
	const char *target, *target_rev;
	const char *node;     /* NULL: through DNS, or a candidate */
	const char *edge;     /* NULL: not known */
	enum role role;
	enum series_kind kind;
	int family;
	const char *resolver; /* NULL where the address was given */
	const char *ecs;      /* NULL: none */
	const char *http, *tls; /* NULL: not negotiated (a failure before) */
};

/* The series of a sample; strings are the sample's own. */
struct series series_of_sample(const struct sample *s);
int series_compare(const struct series *a, const struct series *b); /* total order; <0, 0, >0 */

#endif
