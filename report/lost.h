/* Failures that no success stands beside, and what they weigh in a measure that not every success has.
 *
 * An imported success may be without its total (a HEAD has no body), its round trip or its server time. A
 * unit of such successes alone says nothing of the measure. Of a unit of failures alone nobody knows which
 * kind it would have been; if it counted in full, the measure would be made of failures, as these are all
 * that is left of the others. So it weighs what its like do: the share of the vantage's units with a
 * success in which the measure was known. Nothing, if it never was; 1, if always, as with our own probes. A
 * vantage without any success has the share of those of its source; if these have none either, 1.
 *
 * Of a unit whose successes all came late (the probe's loop lagged) it is known how many failed, and not what
 * the others took. That is no sign of an absent measure, but such successes are missing among the values, so
 * that failures in full would be too many. The unit's failing share (0.2 of it, if 2 of 10 failed) is taken as
 * that much of a failed unit; and the units to which those with the measure are compared above are, beside
 * the others with a success in time, also the succeeding shares (0.8) of such units. So failures have the
 * share in the measure that they have in the attempts. A vantage none of whose successes was in time has no
 * values at all: if its failures are the greater part they count as if it had no success, else not. */
#ifndef LATLAS_REPORT_LOST_H
#define LATLAS_REPORT_LOST_H

#include "report/atlas.h"

/* Once, when all cells are in and before the curves are made. false: out of memory. */
bool lost_settle(struct atlas *a) LAT_MUST_CHECK;

#endif
