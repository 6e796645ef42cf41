#include "report/findings.h"

#include <math.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"

static bool tell(struct report *out, struct buf *line)
{
	const char **to = line->failed ? NULL : vec_add(&out->findings);
	if (to != NULL)
		*to = arena_str(&out->arena, buf_str(line));
	buf_free(line);
	return to != NULL && *to != NULL;
}

static const char *date_of(int64_t seconds, char out[WALL_TEXT])
{
	wall_format((struct wall){ seconds * US_PER_S }, out);
	out[strcspn(out, "T ")] = '\0';
	return out;
}

/* "www on fra"; "origin" */
static void name_it(const struct audits *a, size_t target, long node, struct buf *out)
{
	buf_adds(out, a->plan->targets.at[target].name);
	if (node >= 0)
		buf_addf(out, " on %s", a->plan->nodes.at[node].name);
}

static bool has_chain(const struct audit_fact *f)
{
	return f->chain != NULL;
}

/* How many vantages saw a certificate there, and how many of them would not trust it. */
static void count(const struct audits *a, size_t target, long node, size_t *all, size_t *bad)
{
	*all = *bad = 0;
	for (size_t i = 0; i < a->newest.len; i++) {
		const struct audit_fact *f = &a->newest.at[i];
		if (f->target != target || f->node != node || f->chain == NULL)
			continue;
		++*all;
		*bad += strcmp(f->chain, "ok") != 0;
	}
}

static bool not_trusted(const struct audit_fact *f)
{
	return has_chain(f) && strcmp(f->chain, "ok") != 0;
}

static bool certificate(const struct audits *a, size_t target, long node, struct report *out)
{
	const struct audit_fact *bad = audits_newest(a, target, node, not_trusted);
	const struct audit_fact *newest = audits_newest(a, target, node, audits_has_cert);
	struct buf line = {0};
	char date[WALL_TEXT];
	size_t all, failing;
	if (newest == NULL && bad == NULL)
		return true;
	count(a, target, node, &all, &failing);
	buf_adds(&line, "The certificate of ");
	name_it(a, target, node, &line);
	if (bad != NULL) {
		bool expired = audits_has_cert(bad) && bad->not_after * US_PER_S < bad->t_us;
		if (expired)
			buf_addf(&line, " expired on %s", date_of(bad->not_after, date));
		else
			buf_addf(&line, " is not trusted: %s", bad->chain);
		if (failing < all)
			buf_addf(&line, " (at %zu of %zu vantages)", failing, all);
		buf_addc(&line, '.');
		return tell(out, &line);
	}
	double days = ((double)newest->not_after * US_PER_S - (double)out->generated_us) / US_PER_DAY;
	if (days >= FINDINGS_DAYS_LEFT) {
		buf_free(&line);
		return true;
	}
	if (days < 0)
		buf_addf(&line, " expired on %s.", date_of(newest->not_after, date));
	else
		buf_addf(&line, " expires in %.0f day%s, on %s.", floor(days), floor(days) == 1 ? "" : "s",
		         date_of(newest->not_after, date));
	return tell(out, &line);
}

static bool content(const struct audits *a, size_t target, long node, struct report *out)
{
	const struct audit_fact *f = audits_newest(a, target, node, audits_has_content);
	struct buf line = {0};
	if (f == NULL || f->content == CONTENT_SAME)
		return true;
	name_it(a, target, node, &line);
	buf_adds(&line, f->content == CONTENT_STALE ? " is stale: older than what " : " is not what ");
	if (f->by == BY_BASELINE)
		buf_addf(&line, "%s has.", f->baseline);
	else
		buf_adds(&line, f->by == BY_PLAN ? "the plan says." : "most nodes have.");
	return tell(out, &line);
}

static bool clock_of(const struct audits *a, long node, struct report *out)
{
	struct buf line = {0};
	double s;
	if (!audits_skew_s(a, node, &s))
		return false;
	if (!(fabs(s) > FINDINGS_SKEW_S))
		return true;
	char took[DURATION_TEXT];
	buf_addf(&line, "The clock of %s is %s %s.", a->plan->nodes.at[node].name,
	         duration_format((int64_t)round(fabs(s)) * US_PER_S, took), s > 0 ? "ahead" : "behind");
	return tell(out, &line);
}

bool findings_make(const struct audits *a, struct report *out)
{
	bool ok = true;
	long nodes = (long)a->plan->nodes.len;
	for (size_t t = 0; ok && t < a->plan->targets.len; t++) {
		/* A cdn's name is answered by its nodes, which are told one by one where there are any. */
		bool through_dns = a->plan->targets.at[t].role == ROLE_BASELINE || nodes == 0;
		if (through_dns)
			ok = certificate(a, t, -1, out);
		for (long n = 0; ok && n < nodes; n++)
			ok = certificate(a, t, n, out);
	}
	for (size_t t = 0; ok && t < a->plan->targets.len; t++)
		for (long n = 0; ok && n < nodes; n++)
			ok = content(a, t, n, out);
	for (long n = 0; ok && n < nodes; n++)
		ok = clock_of(a, n, out);
	return ok;
}
