#include "report/audits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"

/* ---- reading --------------------------------------------------------------------------- */

/* RFC 9110, 5.6.7, the one form that is made today; -1 for any other. */
static int64_t http_date(const char *text)
{
	struct tm tm = {0};
	const char *end = text == NULL ? NULL : strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return end == NULL || *end != '\0' ? -1 : (int64_t)timegm(&tm);
}

static const char *header(const struct audit *a, const char *name)
{
	for (size_t i = 0; i < a->headers.len; i++)
		if (strcmp(a->headers.at[i].name, name) == 0)
			return a->headers.at[i].value;
	return NULL;
}

static bool keep(struct audits *a, const char *from, const char **to)
{
	*to = from == NULL ? NULL : arena_str(&a->arena, from);
	return from == NULL || *to != NULL;
}

/* What of it concerns the plan; 1: nothing. */
static int fact_of(struct audits *a, const char *probe, const struct audit *from, struct audit_fact *to)
{
	const struct plan_target *t = plan_target(a->plan, from->target);
	const struct plan_node *n = from->node == NULL ? NULL : plan_node(a->plan, from->node);
	if (t == NULL || (from->node != NULL && n == NULL))
		return 1;
	if (from->target_rev != NULL && strcmp(from->target_rev, t->rev) != 0)
		return 1;
	*to = (struct audit_fact){
		.target = (size_t)(t - a->plan->targets.at), .node = n == NULL ? -1 : n - a->plan->nodes.at,
		.t_us = from->t_us, .modified = http_date(header(from, "last-modified")),
		.not_after = from->cert_not_after, .skew_us = from->clock_skew_us,
	};
	return keep(a, probe, &to->probe) && keep(a, from->chain, &to->chain) &&
	               keep(a, from->error == NEL_OK ? from->sha256 : NULL, &to->sha256)
	           ? 0 : -1;
}

static int on_newest(void *ctx, const char *probe, const struct audit *from, struct err *err)
{
	struct audits *a = ctx;
	struct audit_fact fact;
	int found = fact_of(a, probe, from, &fact);
	struct audit_fact *to = found == 0 ? vec_add(&a->newest) : NULL;
	if (to != NULL)
		*to = fact;
	return found == 1 || to != NULL ? 0 : err_nomem(err);
}

static bool known(const struct audits *a, const struct audit_fact *f)
{
	for (size_t i = 0; i < a->earlier.len; i++)
		if (a->earlier.at[i].target == f->target && strcmp(a->earlier.at[i].sha256, f->sha256) == 0)
			return true;
	return false;
}

static int on_earlier(void *ctx, const char *probe, const struct audit *from, struct err *err)
{
	struct audits *a = ctx;
	struct audit_fact fact;
	int found = fact_of(a, probe, from, &fact);
	if (found == 1 || (found == 0 && (fact.sha256 == NULL ||
	                                  a->plan->targets.at[fact.target].role != ROLE_BASELINE ||
	                                  known(a, &fact))))
		return 0;
	struct audit_fact *to = found == 0 ? vec_add(&a->earlier) : NULL;
	if (to != NULL)
		*to = fact;
	return to != NULL ? 0 : err_nomem(err);
}

/* The store tells the newest of a window: so history is looked at through windows, short ones
 * near the end and longer ones further back. */
static int load_history(struct audits *a, struct store *store, int64_t until_us, struct err *err)
{
	int rc = 0;
	int64_t width = 60 * US_PER_S, to = until_us;
	while (rc == 0 && to > 0 && until_us - to < AUDITS_HISTORY_US) {
		int64_t from = to > width ? to - width : 0;
		rc = store_scan_audits(store, from, to, on_earlier, a, err);
		to = from;
		width += width / 2;
	}
	return rc;
}

/* ---- comparing --------------------------------------------------------------------------- */

static bool same_path(const struct audits *a, size_t t, size_t u)
{
	return strcmp(a->plan->targets.at[t].url.path, a->plan->targets.at[u].url.path) == 0;
}

static bool of(const struct audit_fact *f, const struct audit_fact *like)
{
	return f->sha256 != NULL && strcmp(f->probe, like->probe) == 0;
}

/* Is a body that the baseline serves, or served earlier, on any node of this probe's? */
static bool is_origin(const struct audits *a, const struct audit_fact *base, size_t target)
{
	for (size_t i = 0; i < a->newest.len; i++) {
		const struct audit_fact *f = &a->newest.at[i];
		if (f->target != target || !of(f, base))
			continue;
		if (strcmp(f->sha256, base->sha256) == 0)
			return true;
		for (size_t k = 0; k < a->earlier.len; k++)
			if (a->earlier.at[k].target == base->target &&
			    strcmp(a->earlier.at[k].sha256, f->sha256) == 0)
				return true;
	}
	return false;
}

static const struct audit_fact *baseline_of(const struct audits *a, const struct audit_fact *about)
{
	for (size_t i = 0; i < a->newest.len; i++) {
		const struct audit_fact *f = &a->newest.at[i];
		if (a->plan->targets.at[f->target].role == ROLE_BASELINE && of(f, about) &&
		    same_path(a, f->target, about->target) && is_origin(a, f, about->target))
			return f;
	}
	return NULL;
}

/* A body that more than half of the nodes serve to this probe, two at least. */
static const struct audit_fact *majority(const struct audits *a, const struct audit_fact *about)
{
	size_t all = 0;
	for (size_t i = 0; i < a->newest.len; i++)
		all += a->newest.at[i].target == about->target && a->newest.at[i].node >= 0 &&
		       of(&a->newest.at[i], about);
	for (size_t i = 0; i < a->newest.len; i++) {
		const struct audit_fact *f = &a->newest.at[i];
		size_t n = 0;
		if (f->target != about->target || f->node < 0 || !of(f, about))
			continue;
		for (size_t k = 0; k < a->newest.len; k++)
			n += a->newest.at[k].target == f->target && a->newest.at[k].node >= 0 &&
			     of(&a->newest.at[k], about) && strcmp(a->newest.at[k].sha256, f->sha256) == 0;
		if (n >= 2 && 2 * n > all)
			return f;
	}
	return NULL;
}

static bool served_earlier(const struct audits *a, const struct audit_fact *f, const struct audit_fact *ref)
{
	for (size_t i = 0; i < a->earlier.len; i++)
		if (same_path(a, a->earlier.at[i].target, f->target) && a->earlier.at[i].t_us < ref->t_us &&
		    strcmp(a->earlier.at[i].sha256, f->sha256) == 0)
			return true;
	return false;
}

static void compare(const struct audits *a, struct audit_fact *f)
{
	if (f->sha256 == NULL || a->plan->targets.at[f->target].role != ROLE_CDN)
		return;
	const char *wanted = a->plan->targets.at[f->target].expect_sha256;
	if (wanted != NULL) {
		f->by = BY_PLAN;
		f->content = strcmp(f->sha256, wanted) == 0 ? CONTENT_SAME : CONTENT_DIFFERS;
		return;
	}
	const struct audit_fact *ref = baseline_of(a, f);
	if (ref != NULL) {
		f->by = BY_BASELINE;
		f->baseline = a->plan->targets.at[ref->target].name;
	} else if ((ref = majority(a, f)) != NULL) {
		f->by = BY_NODES;
	} else {
		return;
	}
	if (strcmp(f->sha256, ref->sha256) == 0)
		f->content = CONTENT_SAME;
	else if (served_earlier(a, f, ref) || (f->modified >= 0 && f->modified < ref->modified))
		f->content = CONTENT_STALE;
	else
		f->content = CONTENT_DIFFERS;
}

int audits_load(struct audits *a, struct store *store, const struct plan *plan, int64_t since_us,
                int64_t until_us, struct err *err)
{
	*a = (struct audits){ .plan = plan };
	int64_t back = 2 * plan->audit_every_us > AUDITS_BACK_US ? 2 * plan->audit_every_us : AUDITS_BACK_US;
	if (since_us > until_us - back)
		since_us = until_us - back;
	int rc = store_scan_audits(store, since_us < 0 ? 0 : since_us, until_us, on_newest, a, err);
	if (rc == 0 && a->newest.len > 0)
		rc = load_history(a, store, until_us, err);
	for (size_t i = 0; rc == 0 && i < a->newest.len; i++)
		compare(a, &a->newest.at[i]);
	return rc;
}

void audits_free(struct audits *a)
{
	vec_free(&a->newest);
	vec_free(&a->earlier);
	arena_free(&a->arena);
}

/* ---- asking ------------------------------------------------------------------------------ */

bool audits_has_content(const struct audit_fact *f)
{
	return f->content != CONTENT_UNKNOWN;
}

bool audits_has_cert(const struct audit_fact *f)
{
	return f->not_after != US_NONE;
}

const struct audit_fact *audits_newest(const struct audits *a, size_t target, long node,
                                       bool (*has)(const struct audit_fact *f))
{
	const struct audit_fact *best = NULL;
	for (size_t i = 0; i < a->newest.len; i++) {
		const struct audit_fact *f = &a->newest.at[i];
		if (f->target == target && f->node == node && has(f) && (best == NULL || f->t_us > best->t_us))
			best = f;
	}
	return best;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

bool audits_skew_s(const struct audits *a, long node, double *out)
{
	VEC(double) list = {0};
	*out = NAN;
	for (size_t i = 0; i < a->newest.len; i++) {
		const struct audit_fact *f = &a->newest.at[i];
		if (f->node != node || f->skew_us == US_NONE)
			continue;
		double *x = vec_add(&list);
		if (x == NULL) {
			vec_free(&list);
			return false;
		}
		*x = (double)f->skew_us / US_PER_S;
	}
	if (list.len > 0) {
		qsort(list.at, list.len, sizeof *list.at, by_value);
		*out = (list.at[(list.len - 1) / 2] + list.at[list.len / 2]) / 2;
	}
	vec_free(&list);
	return true;
}

bool audits_fill(const struct audits *a, struct report *out)
{
	out->audited = a->newest.len > 0;
	for (size_t n = 0; n < a->plan->nodes.len && n < out->nodes.len; n++) {
		struct report_node *to = &out->nodes.at[n];
		for (size_t t = 0; t < a->plan->targets.len; t++) {
			const struct audit_fact *cert = audits_newest(a, t, (long)n, audits_has_cert);
			const struct audit_fact *body = audits_newest(a, t, (long)n, audits_has_content);
			double days = cert == NULL ? NAN : ((double)cert->not_after * US_PER_S -
			                                    (double)out->generated_us) / US_PER_DAY;
			if (isfinite(days) && !(to->cert_days_left <= days))
				to->cert_days_left = days;
			if (body != NULL && body->content > to->content)
				to->content = body->content;
		}
		if (!audits_skew_s(a, (long)n, &to->clock_skew_s))
			return false;
	}
	return true;
}
