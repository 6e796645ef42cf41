/* The verdict on a region: is the objective met, and if not, what would meet it?
 *
 * In this order:
 *   no-data      nobody measured, or nobody in four blocks, or not what is judged by (failures may
 *                still make it unreachable)
 *   unreachable  the Wilson lower bound of the pooled failure rate is above 1 %
 *   ok           the objective's upper bound is within the limit
 *   borderline   only the point is
 *   otherwise the smallest set of fixes whose point is within the limit; of two of one
 *   size, the cheaper (steering, DNS, edge, node). Its first fix is the verdict. If no set
 *   is enough, the fix with the largest gain of its own; and `unmet` if none gains more
 *   than the sketches can tell (2 alpha of the value).
 *
 * A region is judged by its worst cdn target. */
#ifndef LATLAS_REPORT_VERDICT_H
#define LATLAS_REPORT_VERDICT_H

#include "report/mixture.h"
#include "report/result.h"
#include "report/study.h"

#define VERDICT_MAX_FAILURES 0.01
#define VERDICT_TIE_MS 1.0 /* candidates closer than that are equal */

enum silence { SILENCE_NONE, SILENCE_NOBODY, SILENCE_NO_TARGET, SILENCE_NO_METRIC, SILENCE_FEW_BLOCKS,
               SILENCE_FEW_PROBES };

struct finding { /* about one cdn target in one region */
	size_t target;
	struct mixture who;          /* whose data it rests on */
	size_t blocks;               /* of the poorest of them */
	enum verdict verdict;
	enum silence silence;        /* of no-data: why (and of what failures alone tell) */
	struct estimate objective;
	uint64_t attempts, failures; /* pooled, through DNS */
	double failure_low;          /* Wilson, one-sided 95 % */
	unsigned set;                /* the smallest set of fixes that is enough; FIX_NONE */
	double set_ms;
	long set_candidate;
	double fix_ms[FIXES], fix_all_ms;
	long node_candidate;         /* of fix_ms[FIX_NODE]; -1 */
	long all_candidate;
	struct recommendation recommend; /* candidate NULL: none */
	long recommended;            /* its number; -1 */
};

/* Judge one target. `deep`: with the fixes and the recommendation, otherwise the objective
 * alone (a missed one is then `unmet`). false: out of memory. finding_free() in any case. */
bool verdict_target(struct study *s, const struct region *g, size_t target, bool deep,
                    struct finding *out) LAT_MUST_CHECK;
/* Judge every cdn target and keep the worst finding. */
bool verdict_region(struct study *s, const struct region *g, bool deep, struct finding *out) LAT_MUST_CHECK;
void finding_free(struct finding *f);

/* The verdict that stands for a fix. */
enum verdict verdict_of_fix(enum fix f);
/* The first of the fixes in a set (the cheapest); FIXES for none. */
enum fix verdict_first(unsigned set);
/* What is smaller comes first; within a size what has the cheaper first fix, then second...:
 * the order in which sets are tried, 15 of them. */
extern const unsigned verdict_sets[15];

/* The world's quantile in milliseconds if every member of `who` uses of the fixes at hand
 * what serves it best; INFINITY (and *fails) if it is a failure; NAN if one of the fixes can be told at no member. With FIX_NODE,
 * *candidate gets the one that serves best (ties within VERDICT_TIE_MS: the cheaper, then
 * the name). */
double verdict_set_ms(struct study *s, const struct mixture *who, size_t target, unsigned set,
                      long *candidate, bool *fails);

/* The quantile with that one candidate added and nothing else changed, likewise. */
double verdict_candidate_ms(struct study *s, const struct mixture *who, size_t target, size_t candidate,
                            bool *fails);

#endif
