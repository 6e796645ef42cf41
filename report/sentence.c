#include "report/sentence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "report/tabulate.h"

/* ---- words ------------------------------------------------------------------------------ */

/* "1.00 s" says no more than "1 s". */
static const char *without(char *text, const char *zeros, size_t len)
{
	char *at = strstr(text, zeros);

	if (at != NULL)
		memmove(at, at + len, strlen(at + len) + 1);
	return text;
}

const char *sentence_rtt(double ms, char out[SENTENCE_NUMBER])
{
	double size = fabs(ms);

	snprintf(out, SENTENCE_NUMBER, size >= 9.95 ? "%.0f ms" : "%.1f ms", size < 0.05 ? 0 : ms);
	return without(out, ".0 ms", 2);
}

const char *sentence_duration(double ms, char out[SENTENCE_NUMBER])
{
	if (fabs(ms) < 99.5)
		return sentence_rtt(ms, out);
	snprintf(out, SENTENCE_NUMBER, "%.2f s", ms / 1000);
	return without(out, ".00 s", 3);
}

const char *sentence_value(const struct study *s, double ms, char out[SENTENCE_NUMBER])
{
	return atlas_by_rtt(&s->atlas) ? sentence_rtt(ms, out) : sentence_duration(ms, out);
}

static const char *with_sign(double ms, char out[SENTENCE_NUMBER])
{
	if (out[0] != '-' && fabs(ms) >= 0.05) {
		memmove(out + 1, out, strnlen(out, SENTENCE_NUMBER - 2) + 1);
		out[0] = '+';
	}
	return out;
}

const char *sentence_change(double ms, char out[SENTENCE_NUMBER])
{
	sentence_duration(ms, out);
	return with_sign(ms, out);
}

const char *sentence_value_change(const struct study *s, double ms, char out[SENTENCE_NUMBER])
{
	sentence_value(s, ms, out);
	return with_sign(ms, out);
}

const char *sentence_objective(const struct study *s, char out[SENTENCE_NUMBER])
{
	snprintf(out, SENTENCE_NUMBER, "p%g of %s", s->atlas.plan.quantile * 100,
	         measure_name(s->atlas.plan.metric));
	return out;
}

#define NAMED 3 /* vantages; of more, their number is told */

void sentence_speakers(const struct study *s, const struct mixture *who, struct buf *out)
{
	size_t n = who->member.len;

	if (n > NAMED) {
		buf_addf(out, "at %zu vantages", n);
		if (who->group.len > 1)
			buf_addf(out, " in %zu countries", who->group.len);
		return;
	}
	buf_adds(out, "at ");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ",
		         s->atlas.vantages.at[who->member.at[i].vantage].name);
}

/* ---- no data ---------------------------------------------------------------------------------- */

static void say_silence(const struct study *s, const struct region *g, const struct finding *f,
                        struct buf *out)
{
	char block[DURATION_TEXT], what[SENTENCE_NUMBER], ms[SENTENCE_NUMBER];

	switch (f->silence) {
	case SILENCE_FEW_BLOCKS:
		buf_addf(out, "data in %zu block%s of %s ", f->blocks, f->blocks == 1 ? "" : "s",
		         duration_format(s->atlas.block_us, block));
		sentence_speakers(s, &f->who, out);
		buf_addf(out, ", where a verdict needs %d", BOOTSTRAP_MIN_BLOCKS);
		if (!isnan(f->objective.ms) && !f->objective.fail)
			buf_addf(out, "; by the point only: %s is %s", sentence_objective(s, what),
			         sentence_value(s, f->objective.ms, ms));
		buf_addc(out, '.');
		return;
	case SILENCE_FEW_PROBES:
		buf_addf(out, "too few probes to speak for the region: %zu in %s, where %d are needed.",
		         f->who.member.len, g->name, STUDY_PROBES_TO_GENERALISE);
		return;
	case SILENCE_NOBODY:
		if (g->vantages.len == 1)
			buf_addf(out, "%s measured nothing in this window.",
			         s->atlas.vantages.at[g->vantages.at[0]].name);
		else
			buf_addf(out, "none of the %zu vantages measured anything in this window.",
			         g->vantages.len);
		return;
	case SILENCE_NO_METRIC:
		buf_addf(out, "visits of a cdn target came without their %s, by which it would be judged.",
		         atlas_by_rtt(&s->atlas) ? "round trips" : measure_name(s->atlas.plan.metric));
		return;
	case SILENCE_NO_TARGET: case SILENCE_NONE:
		break;
	}
	if (atlas_by_rtt(&s->atlas))
		buf_adds(out, "no round trip of a cdn target was measured in this window, neither through DNS nor "
		              "on a live node by address.");
	else
		buf_adds(out, "no cdn target was measured through DNS in this window.");
}

/* ---- failures --------------------------------------------------------------------------------------- */

static const char *usual_failure(const struct study *s, const struct finding *f)
{
	uint64_t count[NEL_TYPES] = {0};
	int most = NEL_OK;

	for (size_t i = 0; i < f->who.member.len; i++)
		for (int type = 0; type < NEL_TYPES; type++)
			count[type] += s->atlas.vantages.at[f->who.member.at[i].vantage]
			                       .track[f->target]
			                       .by_type[type];
	for (int type = 0; type < NEL_TYPES; type++)
		if (count[type] > count[most])
			most = type;
	return nel_type_name((enum nel_type)most);
}

static void say_unreachable(const struct study *s, const struct finding *f, struct buf *out)
{
	const char *type = usual_failure(s, f);

	buf_addf(out, "%llu of %llu attempts fail (%.1f %%) ", (unsigned long long)f->failures,
	         (unsigned long long)f->attempts, 100 * (double)f->failures / (double)f->attempts);
	sentence_speakers(s, &f->who, out);
	if (type != NULL)
		buf_addf(out, ", mostly %s", type);
	buf_addf(out, "; at least %.1f %% with 95 %% confidence, where %g %% is borne.", 100 * f->failure_low,
	         100 * VERDICT_MAX_FAILURES);
}

/* ---- the objective missed ------------------------------------------------------------------------------ */

/* The node that all members would be sent to; -1 if they differ. */
static long common_best(const struct study *s, const struct finding *f)
{
	long best = -1;

	for (size_t i = 0; i < f->who.member.len; i++) {
		long b = worlds_best(&s->worlds, f->who.member.at[i].vantage, f->target);
		if (i != 0 && b != best)
			return -1;
		best = b;
	}
	return best;
}

/* Who is sent where they should not be. */
static void say_steering(const struct study *s, const struct finding *f, struct buf *out)
{
	size_t nodes = s->atlas.nodes, wrong = nodes;
	long best = common_best(s, f);
	double most = 0;

	if (best < 0) {
		buf_adds(out, "visitors are not sent to the best node of each vantage");
		return;
	}
	tabulate_served(s, &f->who, f->target, s->share);
	for (size_t n = 0; n <= nodes; n++)
		if (n != (size_t)best && s->share[n] > most) {
			most = s->share[n];
			wrong = n;
		}
	if (most < 0.995)
		buf_addf(out, "%.0f %% of ", 100 * most);
	buf_addf(out, "visitors are sent to %s",
	         wrong < nodes ? s->atlas.plan.nodes.at[wrong].name
	                       : "an address of no node that the plan names");
}

static bool say_reason(struct study *s, const struct finding *f, enum fix fix, long best, double best_rtt_ms,
                       struct buf *out)
{
	char now[SENTENCE_NUMBER], then[SENTENCE_NUMBER];
	struct dist d = {0};
	bool ok = true;
	double q = s->atlas.plan.quantile;

	switch (fix) {
	case FIX_STEERING:
		say_steering(s, f, out);
		break;
	case FIX_DNS:
		ok = tabulate_mix(s, &f->who, f->target, M_DNS, &d);
		buf_addf(out, "dns takes %s at p%g, where its best tenth takes %s",
		         sentence_duration(dist_quantile(&d, q, NULL) / US_PER_MS, now), q * 100,
		         sentence_duration(dist_quantile(&d, 0.1, NULL) / US_PER_MS, then));
		break;
	case FIX_EDGE:
		ok = tabulate_mix(s, &f->who, f->target, M_SERVER, &d);
		buf_addf(out, "the server takes %s at p%g, where the fleet's median is %s",
		         sentence_duration(dist_quantile(&d, q, NULL) / US_PER_MS, now), q * 100,
		         sentence_duration(s->worlds.server_us[f->target] / US_PER_MS, then));
		break;
	case FIX_NODE:
		if (best >= 0 && !isnan(best_rtt_ms))
			buf_addf(out, "the nearest node, %s, is %s away", s->atlas.plan.nodes.at[best].name,
			         sentence_rtt(best_rtt_ms, now));
		else
			buf_adds(out, "no node is near");
		break;
	case FIXES:
		break;
	}
	dist_free(&d);
	return ok;
}

/* What would be done, as the subject of "would bring it to". */
static void say_fix(const struct study *s, const struct finding *f, enum fix fix, long candidate,
                    struct buf *out)
{
	char rtt[SENTENCE_NUMBER];
	long node;

	switch (fix) {
	case FIX_STEERING:
		node = common_best(s, f);
		buf_addf(out, "steering to %s",
		         node < 0 ? "each vantage's best node" : s->atlas.plan.nodes.at[node].name);
		break;
	case FIX_DNS:
		buf_adds(out, "dns as fast as that");
		break;
	case FIX_EDGE:
		buf_adds(out, "a server as fast as that");
		break;
	case FIX_NODE:
		if (candidate < 0)
			break;
		const struct plan_candidate *c = &s->atlas.plan.candidates.at[candidate];
		if (c->city != NULL)
			buf_addf(out, "a node in %s (%s", c->city, c->name);
		else
			buf_addf(out, "a node at %s (", c->name);
		/* The RTT is known of the one that is recommended. */
		if (candidate == f->recommended && !isnan(f->recommend.rtt_ms))
			buf_addf(out, "%s%s", c->city != NULL ? ", " : "",
			         sentence_rtt(f->recommend.rtt_ms, rtt));
		if (candidate == f->recommended && f->recommend.extrapolated)
			buf_adds(out, ", extrapolated");
		buf_addc(out, ')');
		break;
	case FIXES:
		break;
	}
}

static bool say_set(struct study *s, const struct finding *f, long best, double best_rtt_ms, struct buf *out)
{
	char ms[SENTENCE_NUMBER];
	int left = 0;
	bool first = true;

	for (int fix = 0; fix < FIXES; fix++)
		if ((f->set & FIX_BIT(fix)) != 0) {
			buf_adds(out, "; ");
			if (!say_reason(s, f, (enum fix)fix, best, best_rtt_ms, out))
				return false;
			left++;
		}
	buf_adds(out, "; ");
	for (int fix = 0; fix < FIXES; fix++)
		if ((f->set & FIX_BIT(fix)) != 0) {
			buf_adds(out, first ? "" : left == 1 ? " and " : ", ");
			say_fix(s, f, (enum fix)fix, f->set_candidate, out);
			first = false;
			left--;
		}
	buf_addf(out, " would bring it to %s.", sentence_value(s, f->set_ms, ms));
	return true;
}

static enum fix fix_of(enum verdict v)
{
	for (int fix = 0; fix < FIXES; fix++)
		if (verdict_of_fix((enum fix)fix) == v)
			return (enum fix)fix;
	return FIXES;
}

/* No set of fixes is enough. */
static bool say_gain(struct study *s, const struct finding *f, long best, double best_rtt_ms, struct buf *out)
{
	char ms[SENTENCE_NUMBER];
	enum fix fix = fix_of(f->verdict);

	if (fix == FIXES) {
		if (isnan(f->fix_all_ms))
			buf_adds(out,
			         "; too little is known of nodes and candidates to say what would help.");
		else if (isinf(f->fix_all_ms))
			buf_adds(out, "; nothing that could be changed helps: with all together it is a failure, too.");
		else
			buf_addf(out,
			         "; nothing that could be changed helps: all together would reach only %s.",
			         sentence_value(s, f->fix_all_ms, ms));
		return true;
	}
	buf_adds(out, "; ");
	if (!say_reason(s, f, fix, best, best_rtt_ms, out))
		return false;
	buf_adds(out, "; ");
	say_fix(s, f, fix, f->node_candidate, out);
	buf_addf(out, " would bring it only to %s", sentence_value(s, f->fix_ms[fix], ms));
	if (f->fix_all_ms < f->fix_ms[fix] - VERDICT_TIE_MS)
		buf_addf(out, ", and all fixes together only to %s", sentence_value(s, f->fix_all_ms, ms));
	if (isnan(f->fix_ms[FIX_NODE]))
		buf_adds(out, "; no candidate was measured here");
	buf_addc(out, '.');
	return true;
}

static bool say_objective(struct study *s, const struct finding *f, long best, double best_rtt_ms,
                          struct buf *out)
{
	char what[SENTENCE_NUMBER], ms[SENTENCE_NUMBER], limit[SENTENCE_NUMBER];
	double over = f->objective.ms - s->atlas.plan.limit_ms;

	sentence_value(s, s->atlas.plan.limit_ms, limit);
	if (f->objective.fail)
		buf_addf(out, "%s is a failure ", sentence_objective(s, what));
	else
		buf_addf(out, "%s is %s ", sentence_objective(s, what),
		         sentence_value(s, f->objective.ms, ms));
	sentence_speakers(s, &f->who, out);
	switch (f->verdict) {
	case VERDICT_OK:
		buf_addf(out, ", within the limit of %s.", limit);
		return true;
	case VERDICT_BORDERLINE:
		buf_addf(out, ", within the limit of %s, but it may be as much as %s.", limit,
		         sentence_value(s, f->objective.high, ms));
		return true;
	default:
		break;
	}
	if (!f->objective.fail)
		buf_addf(out, ", %s over the limit", sentence_value(s, over, ms));
	return f->set != FIX_NONE ? say_set(s, f, best, best_rtt_ms, out)
	                          : say_gain(s, f, best, best_rtt_ms, out);
}

const char *sentence_verdict(struct study *s, const struct region *g, const struct finding *f, long best,
                             double best_rtt_ms)
{
	struct buf out = {0};
	bool ok = true;
	const char *text = NULL;

	if (f->verdict == VERDICT_NO_DATA)
		say_silence(s, g, f, &out);
	else if (f->verdict == VERDICT_UNREACHABLE)
		say_unreachable(s, f, &out);
	else
		ok = say_objective(s, f, best, best_rtt_ms, &out);
	if (ok && !out.failed)
		text = arena_str(&s->atlas.arena, buf_str(&out));
	buf_free(&out);
	return text;
}
