/* What the audits say of the nodes: whether they serve what the origin serves, how long their
 * certificates last, and by which clock they live. Judged here, told in findings.h.
 *
 * Content. What a probe found on a node is compared with the *reference* that the same probe found
 * for that target in its newest audits:
 *   - expect_sha256 of the plan, if there is one (what isn't that differs); else
 *   - a baseline of the same path, if the nodes serve what it serves, or did: what is
 *     served nowhere is a rival's page, and no reference;
 *   - else what most of the nodes serve, if that is more than half of them, and two at least;
 *   - else there is none: a page that is made anew for each visit cannot be compared.
 * `same` as the reference; `stale`: what the baseline served earlier, or by its Last-Modified
 * older than the reference's; else it `differs`. Of several probes the newest audit of a node
 * counts (a copy may have been mended since another looked), of several targets the worst.
 *
 * Certificate: days left by the newest audit that saw it; of several targets the fewest.
 * Clock: the median over probes and targets, so that one vantage with a wrong clock of its own
 * doesn't accuse the nodes. */
#ifndef LATLAS_REPORT_AUDITS_H
#define LATLAS_REPORT_AUDITS_H

#include "lib/err.h"
#include "report/result.h"
#include "schema/plan.h"
#include "schema/store.h"

/* Nodes that are off are audited once a day: so far back at least, whatever the window. */
#define AUDITS_BACK_US (INT64_C(2) * 86400 * 1000000)
/* Earlier bodies of the baselines: so far back. */
#define AUDITS_HISTORY_US (INT64_C(31) * 86400 * 1000000)

struct audit_fact {
	const char *probe;
	size_t target;              /* in the plan */
	long node;                  /* in the plan; -1: through DNS */
	int64_t t_us;
	const char *sha256;         /* of a body that was whole and of an expected status; NULL */
	int64_t modified;           /* Last-Modified, seconds since 1970; -1 */
	const char *chain;          /* NULL: no certificate was seen */
	int64_t not_after;          /* seconds; US_NONE */
	int64_t skew_us;            /* US_NONE */
	enum report_content content;
	const char *baseline;       /* it was compared with; NULL: none, or see `by` */
	enum { BY_NOTHING, BY_PLAN, BY_BASELINE, BY_NODES } by;
};

struct audits {
	const struct plan *plan;
	VEC(struct audit_fact) newest; /* of each probe, target and node of the plan */
	VEC(struct audit_fact) earlier; /* of baselines */
	struct arena arena;
};

/* Load and compare. Audits of targets and nodes that the plan doesn't have any more, or
 * whose definition has changed since, are left out. The plan must outlive it; audits_free()
 * in any case. Errors as store_scan_audits(). */
int audits_load(struct audits *a, struct store *store, const struct plan *plan, int64_t since_us,
                int64_t until_us, struct err *err) LAT_MUST_CHECK;
void audits_free(struct audits *a);

/* The newest fact about that target on that node (-1: through DNS) over all probes for which
 * `has` holds; NULL. */
const struct audit_fact *audits_newest(const struct audits *a, size_t target, long node,
                                       bool (*has)(const struct audit_fact *f));
bool audits_has_content(const struct audit_fact *f);
bool audits_has_cert(const struct audit_fact *f);

/* Median skew of a node, seconds; NAN. false: out of memory. */
bool audits_skew_s(const struct audits *a, long node, double *out) LAT_MUST_CHECK;

/* Fill what the audits say of the report's nodes (which are the plan's, in its order, then the
 * candidates). false: out of memory. */
bool audits_fill(const struct audits *a, struct report *out) LAT_MUST_CHECK;

#endif
