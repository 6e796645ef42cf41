/* Units in which every attempt failed, and what they weigh in a measure that not every success has.
 *
 * An imported success may be without its total (a HEAD has no body), its round trip or its server time. A
 * unit of such successes alone says nothing of the measure. Of a unit of failures alone nobody knows which
 * kind it would have been; if it counted in full, the measure would be made of failures, as these are all
 * that is left of the others. So it weighs what its like do: the share of the vantage's units with a
 * success in which the measure was known. Nothing, if it never was; 1, if always, as with our own probes. A
 * vantage without any success has the share of those of its source; if these have none either, 1. */
#ifndef LATLAS_REPORT_LOST_H
#define LATLAS_REPORT_LOST_H

#include "report/atlas.h"

/* Once, when all cells are in and before the curves are made. false: out of memory. */
bool lost_settle(struct atlas *a) LAT_MUST_CHECK;

#endif
