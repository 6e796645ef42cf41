/* Regrets: what a region's visitors wait for a choice that could have been better.
 *
 *   steering   the node that DNS chose, less the best existing one
 *   placement  the best existing one, less the best of the existing ones and the candidates
 *
 * both by address: dns is left out, so that steering is not charged with it. Each is a
 * difference of the objective's quantile over the region's mixture. The chosen node of a
 * unit of time is the mixture of those that answered in it, by their shares; what they
 * take is what they took by address in the same units.
 *
 * To choose the best and to measure how much better it is on the same data would find a
 * gain in mere noise. So 'best' is chosen on the even blocks and measured on the odd ones,
 * and the other way round, and the two are averaged (cross-fitting). It may come out below
 * zero, and is told so. */
#ifndef LATLAS_REPORT_REGRET_H
#define LATLAS_REPORT_REGRET_H

#include "report/mixture.h"
#include "report/result.h"
#include "report/study.h"

/* Milliseconds, with bounds (`blocks` as of the finding); `fail`, and no bounds, where one of the quantiles
 * is a failure; NAN where by-address data, or for
 * placement candidates or a model, are missing. false: out of memory. */
bool regret_measure(struct study *s, const struct mixture *who, size_t target, size_t blocks,
                    struct estimate *steering, struct estimate *placement) LAT_MUST_CHECK;

#endif
