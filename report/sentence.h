/* One sentence in plain English for a verdict: what was found, by whom, why, and what would
 * help, in numbers with their units. */
#ifndef LATLAS_REPORT_SENTENCE_H
#define LATLAS_REPORT_SENTENCE_H

#include "lib/buf.h"
#include "report/result.h"
#include "report/study.h"
#include "report/verdict.h"

#define SENTENCE_NUMBER 32

/* A duration for a sentence: "1.14 s" and "0.62 s" from a tenth of a second on, "34 ms",
 * "4.2 ms"; minus signs as they are. */
const char *sentence_duration(double ms, char out[SENTENCE_NUMBER]);
/* A round trip: always "121 ms", "4.2 ms". */
const char *sentence_rtt(double ms, char out[SENTENCE_NUMBER]);
/* A duration with its sign: "+0.17 s", "-12 ms". */
const char *sentence_change(double ms, char out[SENTENCE_NUMBER]);
/* A value of the objective's metric, and a change of it, likewise: as a round trip if it is one. */
const char *sentence_value(const struct study *s, double ms, char out[SENTENCE_NUMBER]);
const char *sentence_value_change(const struct study *s, double ms, char out[SENTENCE_NUMBER]);
/* "p75 of total" */
const char *sentence_objective(const struct study *s, char out[SENTENCE_NUMBER]);
/* "at mumbai-1", "at mumbai-1 and delhi-1", "at 9 vantages in 7 countries" */
void sentence_speakers(const struct study *s, const struct mixture *who, struct buf *out);

/* The sentence of a finding; `best` is the region's best node (-1: not known), `best_rtt_ms`
 * the RTT to it. In the atlas' arena; NULL: out of memory. */
const char *sentence_verdict(struct study *s, const struct region *g, const struct finding *f, long best,
                             double best_rtt_ms);

#endif
