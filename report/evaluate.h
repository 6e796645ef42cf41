/* From the store to a verdict: the entry points of the analysis. Both read the store and
 * the registry (read-only), and share every definition. */
#ifndef LATLAS_REPORT_EVALUATE_H
#define LATLAS_REPORT_EVALUATE_H

#include "lib/err.h"
#include "lib/log.h"
#include "report/result.h"
#include "schema/registry.h"
#include "schema/store.h"

struct evaluate_options {
	int64_t since_us, until_us; /* window; since < until */
	int64_t block_us;           /* 0: six hours below seven days, a day from seven on */
	uint64_t seed;              /* of the bootstrap */
	size_t replicates;          /* 0: 2000 */
	bool generalise;            /* also resample probes */
	bool by_probe;              /* a region for each probe, too */
	bool metric_given;          /* judge by `metric`, whatever the plan says */
	enum measure metric;        /* M_TOTAL, M_TTFB or M_MIN_RTT */
	double limit_ms;            /* 0: the plan's; needed where the metric is not the plan's */
	const char *weights_file;   /* NULL: equal; else lines "country/IN 0.12" */
	const struct log *log;      /* progress and what is left out; may be NULL */
};

enum policy { POLICY_OBSERVED, POLICY_BEST, POLICY_GEO };
int policy_of(const char *name); /* -1 if there is no such policy */

struct whatif_options {
	struct evaluate_options common;
	const char *const *add;     /* candidates */
	size_t adds;
	const char *const *remove;  /* nodes */
	size_t removes;
	enum policy policy;
	const char *const *require; /* region ids that must be judged */
	size_t requires;
};

/* LAT_NOINPUT: no plan or no samples in the window (the text says which); LAT_USAGE: a name
 * that the plan doesn't know; LAT_DATAERR: the weights file, "file:line: why". */
int evaluate_report(struct store *s, struct registry *r, const struct evaluate_options *o,
                    struct report *out, struct err *err) LAT_MUST_CHECK;
int evaluate_whatif(struct store *s, struct registry *r, const struct whatif_options *o,
                    struct gate *out, struct err *err) LAT_MUST_CHECK;

#endif
