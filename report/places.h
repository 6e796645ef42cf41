/* The places of a report: every vantage, every node and every candidate, for its map and its
 * lists. */
#ifndef LATLAS_REPORT_PLACES_H
#define LATLAS_REPORT_PLACES_H

#include "report/result.h"
#include "report/study.h"

/* Fill out->probes and out->nodes. false: out of memory. */
bool places_probes(struct study *s, struct report *out) LAT_MUST_CHECK;
bool places_nodes(struct study *s, struct report *out) LAT_MUST_CHECK;

#endif
