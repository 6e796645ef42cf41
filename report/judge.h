/* The rules of the gate, as arithmetic: nothing here knows a store or a world. */
#ifndef LATLAS_REPORT_JUDGE_H
#define LATLAS_REPORT_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attr.h"
#include "report/result.h"

#define JUDGE_MARGIN_MS 10.0
#define JUDGE_MARGIN_SHARE 0.10
#define JUDGE_LEVEL 0.05 /* of Holm's procedure, over the family of regions */

/* The change that is borne: the larger of 10 ms and 10 % of what is there now. */
double judge_margin(double before_ms);

/* PASS if the upper bound of the change is below the margin, FAIL if the lower is above it,
 * else INCONCLUSIVE; also where there are no bounds (NAN). */
enum gate_verdict judge_change(double low, double high, double margin);

/* Failing units: k1 of n1 before, k2 of n2 after. FAIL if Newcombe's lower bound (one-sided
 * 95 %) of the difference is above 0; PASS if there are no more after than before (as
 * shares); else INCONCLUSIVE. */
enum gate_verdict judge_failures(uint64_t k1, uint64_t n1, uint64_t k2, uint64_t n2);

/* Both have to pass; one FAIL is enough to fail. */
enum gate_verdict judge_both(enum gate_verdict a, enum gate_verdict b);

/* +1: the objective is met before and not after; -1: the other way round; 0: neither. */
int judge_crossing(double before_ms, bool before_fail, double after_ms, bool after_fail, double limit_ms);

#endif
