/* The measures: every duration that is kept as a sketch in a cell. One table says
 * which there are, how each is computed from a sample, and which samples enter it.
 *
 * Beside the phases and their sums stand the sums without one or two of their parts:
 * a counterfactual ("what if DNS had been fast?") needs them, since the difference of
 * two marginal distributions isn't the distribution of the difference.
 *
 * The numbers are kept in stored cells: new measures go to the end, none is taken out. */
#ifndef LATLAS_SCHEMA_MEASURE_H
#define LATLAS_SCHEMA_MEASURE_H

#include <stdbool.h>

#include "schema/sample.h"

enum measure {
	M_DNS, M_TCP, M_TLS, M_WAIT, M_BODY,
	M_TTFB,            /* dns + tcp + tls + wait (without dns where the address was given) */
	M_TOTAL,           /* ttfb + body */
	M_MIN_RTT,
	M_SERVER,          /* max(0, wait - min_rtt) of the same connection */
	M_TTFB_NO_DNS,
	M_TOTAL_NO_DNS,
	M_TTFB_NO_SERVER,
	M_TOTAL_NO_SERVER,
	M_TTFB_NO_DNS_NO_SERVER,
	M_TOTAL_NO_DNS_NO_SERVER,
	MEASURES
};

/* "dns", "tcp", ..., "ttfb-dns", "total-dns-server". */
const char *measure_name(enum measure m);
int measure_of(const char *name); /* -1 if there is no such measure */

/* Its value in microseconds, or US_NONE: a failed sample has none, nor has one whose
 * phase did not take place. Only the first sample of a target and node in a round enters
 * dns, ttfb, total and what is derived from them (a second would meet the cache that
 * the first one warmed). The "-dns" forms exist only where dns took place: elsewhere
 * they would equal the plain ones. */
int64_t measure_value(enum measure m, const struct sample *s);
/* The values of all measures, as measure_value() has them. */
void measure_values(const struct sample *s, int64_t out[MEASURES]);

/* The "without" form of a sum: M_TOTAL without dns and/or server. What is no sum (M_MIN_RTT)
 * has neither in it, and comes back as it is. */
enum measure measure_without(enum measure m, bool dns, bool server);

#endif
