/* What an evaluation found: plain data, filled by report/evaluate.h, printed by the
 * writers (text, Markdown, HTML, CSV, JSON, plots). Nothing here computes.
 *
 * Durations are milliseconds (double); NAN where there is none. Every name is owned by
 * the arena; distributions and vectors are freed by report_free(). */
#ifndef LATLAS_REPORT_RESULT_H
#define LATLAS_REPORT_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/dist.h"
#include "lib/vec.h"
#include "schema/measure.h"
#include "schema/plan.h"
#include "schema/registry.h"

/* The quantiles that every table has. */
enum { P50, P75, P90, P95, P99, QUANTILES };
extern const double report_quantiles[QUANTILES];      /* 0.50 ... */
extern const char *const report_quantile_names[QUANTILES]; /* "p50" ... */

struct estimate {
	double ms;          /* NAN: nothing measured */
	bool fail;          /* the quantile falls among the failures: printed `fail`; ms is the timeout */
	double low, high;   /* one-sided 95 % bounds each; NAN: not asked for, too few blocks, or `fail` */
};

enum verdict {
	VERDICT_OK,          /* the objective is met with its interval */
	VERDICT_BORDERLINE,  /* only by the point */
	VERDICT_MIS_STEERED, VERDICT_SLOW_DNS, VERDICT_SLOW_EDGE, VERDICT_NEEDS_NODE,
	VERDICT_UNMET,       /* objective missed, and no fix gains anything worth telling */
	VERDICT_UNREACHABLE, /* Wilson lower bound of the failure rate above 1 % */
	VERDICT_NO_DATA,     /* too little to say */
	VERDICTS
};
const char *verdict_name(enum verdict v); /* "ok" "borderline" "mis-steered" ... */

/* In order of cost, cheapest first; bit f of a set is fix f. */
enum fix { FIX_STEERING, FIX_DNS, FIX_EDGE, FIX_NODE, FIXES };
const char *fix_name(enum fix f); /* "steering" "dns" "edge" "node" */

/* Where a target answered from, as seen from a region: a place, and what of it. */
struct report_edge {
	const char *node;           /* one of ours; NULL: none of them */
	const char *city, *country; /* NULL: not known */
	double lat, lon;            /* NAN: not known */
	const char *network;        /* "AS64500 Example", of one of its addresses; NULL */
	int64_t built_s;            /* when the geography database that says so was made; <= 0: not known */
	bool impossible;            /* faster than light from there: anycast, or wrong in the database */
	double share;               /* of the successes, mixed as everywhere */
	uint64_t samples;           /* that were looked at */
	double rtt_ms;              /* median min_rtt; NAN */
	size_t others;              /* of the last row: so many places together; else 0 */
	const char *addresses;      /* "198.51.100.1, 198.51.100.2"; private */
};

struct report_target {          /* one target as seen from one region */
	const char *name;
	enum role role;
	uint64_t attempts, failures;
	double availability;        /* mixture of the probes', 0..1; NAN without attempts */
	double failure_low, failure_high; /* Wilson, one-sided 95 % each, of the pooled failures */
	struct estimate phase[MEASURES][QUANTILES]; /* M_DNS to M_SERVER; the rest NAN */
	struct dist total;          /* the mixture's total, for CDFs; microseconds */
	uint64_t failures_by_type[NEL_TYPES];
	VEC(struct report_edge) edges; /* by share, largest first; empty: no address is known */
};

struct served { const char *node; double share; }; /* node "?" : an address of no node */

struct recommendation {
	const char *candidate;      /* NULL: none would help, or none is needed (ok) */
	const char *city;
	double predicted_ms;        /* the objective's quantile, if it were there and steered to; INFINITY: a failure */
	double low, high;           /* one-sided 95 % bounds, r's uncertainty included */
	bool extrapolated;          /* outside the range of RTTs that the fit saw */
	double rtt_ms;              /* median min_rtt to it, mixture of the probes */
	double cost_month;          /* NAN: not told */
	bool meets;                 /* predicted_ms meets the limit */
};

/* What one candidate would bring a region that falls short, everything else as it is. */
struct candidate_effect {
	const char *candidate, *city;
	double predicted_ms;        /* the objective's quantile; NAN: can't be told; INFINITY: a failure */
	bool meets;                 /* it meets the limit */
};

enum region_level { LEVEL_CONTINENT, LEVEL_COUNTRY, LEVEL_PROBE };

struct report_region {
	enum region_level level;
	const char *id;             /* "continent/AS" "country/IN" "probe/mumbai-1" */
	const char *code, *name;    /* "IN" "India" */
	const char *continent;      /* "AS" */
	VEC(const char *) probes;   /* names of the vantages that speak here */
	double effective_countries; /* of a continent: (sum w)^2 / sum w^2; 1 otherwise */
	bool datacenter_only;       /* no eyeball vantage among them */
	size_t imported;            /* of them, not ours: see report/imported.h */
	uint64_t attempts;          /* all targets */
	uint64_t outages, flagged;  /* samples left out, or their times, counted: a lagged success is in attempts, too */
	size_t blocks;              /* m: blocks of its poorest probe that counts */
	enum verdict verdict;
	VEC(enum verdict) also;     /* the rest of the smallest set of fixes; all of it if unreachable */
	const char *why;            /* one sentence */
	struct estimate objective;  /* metric and quantile of the objective, of the judged cdn target */
	const char *judged_target;  /* the cdn target that the verdict is about (the worst) */
	VEC(struct report_target) targets; /* in the plan's order, cdn first */
	VEC(struct served) served;  /* by share, largest first */
	const char *best_node;      /* with the smallest metric by address; NULL: not known */
	double best_node_rtt_ms;
	/* Never clipped; "none seen" if low <= 0 <= high; `fail`: one of the two quantiles is a failure. */
	struct estimate steering_regret, placement_regret;
	double fix_ms[FIXES];       /* the objective's quantile with that fix alone; NAN: not computable; INFINITY: a failure */
	double fix_all_ms;          /* with all of them that can be told, likewise */
	struct recommendation recommend;
	VEC(struct candidate_effect) candidates; /* in the plan's order; empty where nothing falls short */
};

struct report_probe {
	const char *name, *country, *city;
	double lat, lon;            /* NAN: not known */
	enum network network;
	const char *source;         /* "ripe-atlas": imported, and whence; NULL: one of ours */
	uint64_t attempts, failures, outages, flagged;
	int64_t last_us;            /* start of its last sample's unit; US_NONE: silent in this window */
	bool impossible;            /* faster than light for the place claimed: left out */
	struct estimate objective;  /* of the judged cdn target */
	const char *nearest_node;   /* by min_rtt; NULL */
	double nearest_rtt_ms;
};

/* What a node serves beside what it should: see report/audits.h. The worst is the largest. */
enum report_content { CONTENT_UNKNOWN, CONTENT_SAME, CONTENT_STALE, CONTENT_DIFFERS, CONTENTS };
const char *report_content_name(enum report_content c); /* "same" "stale" "differs"; NULL: unknown */

struct report_node {
	const char *name, *city, *country;
	double lat, lon;
	enum node_status status;
	bool candidate;
	uint64_t attempts, failures;
	double availability;        /* NAN: not measured */
	double server_ms;           /* median server time; NAN */
	double share;               /* of the cdn samples, mixture of the continents; NAN: a candidate */
	double cost_month;
	double cert_days_left;      /* below 0: expired; NAN: no certificate was seen */
	enum report_content content;
	double clock_skew_s;        /* its clock less the vantages'; NAN: not known */
	bool impossible;            /* its RTT is below light for the place claimed: left out */
};

struct report {
	int64_t generated_us, since_us, until_us;
	enum measure metric;
	double quantile, limit_ms;
	uint64_t seed;
	const char *basis;          /* "vantages", or "region" with --generalise */
	int64_t block_us, unit_us;
	size_t blocks;              /* in the window */
	const char *plan_rev;
	/* Continents by name, countries by continent and name, probes by name. */
	VEC(struct report_region) regions;
	VEC(struct report_probe) probes;
	VEC(struct report_node) nodes;     /* nodes, then candidates */
	bool audited;               /* there are audits: what they say of the nodes is filled */
	VEC(const char *) findings; /* what they found that must be mended; one sentence each */
	VEC(const char *) notes;    /* what was left out, and what to bear in mind; one sentence each */
	double fit_a_ms, fit_r;     /* the model of prediction, first cdn target: metric = a + r * rtt */
	double fit_rtt_min_ms, fit_rtt_max_ms; /* range of RTTs that it saw; NAN: no fit */
	struct arena arena;
};

void report_free(struct report *r);

/* ---- gate ------------------------------------------------------------------- */

enum gate_verdict { GATE_PASS, GATE_FAIL, GATE_INCONCLUSIVE, GATE_VERDICTS };
const char *gate_verdict_name(enum gate_verdict v); /* "PASS" "FAIL" "INCONCLUSIVE" */

struct gate_region {
	const char *id, *name;      /* "country/GB" */
	enum region_level level;
	const char *target;         /* the cdn target that these numbers are of: the worst */
	double before_ms, after_ms, delta_ms;
	bool before_fail, after_fail;
	double low, high;           /* L and U: one-sided 95 % bounds of the change; NAN: too few blocks, or a failure */
	double margin_ms;           /* max(10 ms, 10 % of before) */
	enum gate_verdict verdict;  /* of latency and failures together; after Holm */
	enum gate_verdict failures; /* of the failures alone */
	double failing_before, failing_after; /* share of probe-units with a failure */
	int crosses;                /* +1: met the objective before and not after; -1: the other way; 0 */
	size_t blocks;
	bool extrapolated;
	VEC(const char *) hidden;   /* probes that FAIL under a region that doesn't */
	const char *why;            /* one sentence */
};

struct gate_share { const char *node; double before, after; };

struct gate {
	enum gate_verdict verdict;
	const char *basis;
	const char *policy;         /* "best" "geo" "observed" */
	VEC(const char *) add, remove;
	enum measure metric;
	double quantile, limit_ms;
	int64_t since_us, until_us, block_us;
	uint64_t seed;
	VEC(struct gate_region) regions; /* judged ones: countries, then continents */
	VEC(const char *) not_judged;    /* ids */
	VEC(const char *) required_missing; /* of those, named by --require: they block */
	VEC(struct gate_share) share;
	VEC(const char *) notes;
	struct arena arena;
};

void gate_free(struct gate *g);

#endif
