/* The model of prediction: metric = a + r * rtt, r being the round trips that a request
 * takes, and a what it takes beside them. Fitted robustly (Theil, 1950; Sen, JASA 63
 * (1968)) over pairs of probe and node, x the median min_rtt and y the median metric, both
 * by address, for one target and one class of HTTP and TLS version (the class most pairs
 * are of).
 *
 * How sure r is, comes from fits on resampled probes and nodes: a pair then counts as
 * often as its probe times as often as its node was drawn. Pairs of one probe, and pairs
 * of one node, are not independent, and resampling pairs would pretend that they are. */
#ifndef LATLAS_REPORT_PREDICT_H
#define LATLAS_REPORT_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attr.h"
#include "report/arm.h"

#define PREDICT_REFITS 200
#define PREDICT_PAIRS 1000 /* of more pairs, so many are drawn: a median of slopes needs no more */

struct predict_pair { size_t probe, node; double rtt_us, metric_us; };

struct model {
	bool ok;                             /* there is a fit, and r > 0 */
	struct fit point;
	struct fit refit[PREDICT_REFITS];    /* where a resample has no line, `point` stands */
	double rtt_min_us, rtt_max_us;       /* what the fit saw */
	size_t pairs;
};

/* Fit n pairs of `probes` probes and `nodes` nodes (their numbers are below those). Without
 * three pairs, two different RTTs and an r above 0, ok is false. false: out of memory. */
bool predict_fit(struct model *m, const struct predict_pair *pairs, size_t n, size_t probes, size_t nodes,
                 uint64_t seed) LAT_MUST_CHECK;

/* The model of an objective on round trips: they are what they are, so a = 0 and r = 1, without
 * a doubt and for every RTT. */
void predict_identity(struct model *m);

/* Outside of the RTTs that the fit saw. */
bool predict_extrapolates(const struct model *m, double rtt_us);

#endif
