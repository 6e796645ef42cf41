/* The sentences of a gate. */
#include <math.h>
#include <string.h>

#include "lib/clock.h"
#include "report/outcome.h"
#include "report/sentence.h"

/* Where everybody who moves goes, if it is one place; NULL. */
static const char *destination(const struct gate_study *g, const struct outcome *o)
{
	const struct plan *plan = &g->s.atlas.plan;
	const char *only = NULL;

	for (size_t i = 0; i < o->who.member.len; i++) {
		const struct route *r = outcome_route(g, o->who.member.at[i].vantage, o->target);
		for (size_t k = 0; k < r->hops; k++) {
			const struct hop *h = &r->hop[k];
			const char *to = h->candidate >= 0 ? plan->candidates.at[h->candidate].name
			                 : h->to >= 0 && h->to != h->from ? plan->nodes.at[h->to].name : NULL;
			if (to != NULL && only != NULL && strcmp(to, only) != 0)
				return NULL;
			only = to != NULL ? to : only;
		}
	}
	return only;
}

static void say_latency(struct gate_study *g, const struct outcome *o, struct buf *out)
{
	char what[SENTENCE_NUMBER], before[SENTENCE_NUMBER], after[SENTENCE_NUMBER], low[SENTENCE_NUMBER],
	     high[SENTENCE_NUMBER], margin[SENTENCE_NUMBER];
	const char *to = destination(g, o);

	sentence_objective(&g->s, what);
	if (!o->touched) {
		buf_addf(out, "nothing changes ");
		sentence_speakers(&g->s, &o->who, out);
		if (!o->before_fail)
			buf_addf(out, ": %s stays at %s", what, sentence_value(&g->s, o->before, before));
		return;
	}
	if (o->before_fail || o->after_fail) {
		buf_addf(out, "%s is a failure %s ", what,
		         o->before_fail && o->after_fail ? "before and after"
		         : o->before_fail                ? "before"
		                                         : "after");
		sentence_speakers(&g->s, &o->who, out);
		buf_adds(out, o->after_fail && !o->before_fail ? ", which is never a PASS"
		                                               : ", so failures alone decide");
		return;
	}
	buf_addf(out, "%s goes from %s to %s ", what, sentence_value(&g->s, o->before, before),
	         sentence_value(&g->s, o->after, after));
	sentence_speakers(&g->s, &o->who, out);
	if (to != NULL)
		buf_addf(out, ", sent to %s", to);
	buf_addf(out, "; a change of %s to %s where %s is borne", sentence_value_change(&g->s, o->low, low),
	         sentence_value_change(&g->s, o->high, high), sentence_value_change(&g->s, o->margin, margin));
}

/* What can be told without an interval. */
static void say_point(struct gate_study *g, const struct outcome *o, struct buf *out)
{
	char what[SENTENCE_NUMBER], before[SENTENCE_NUMBER], after[SENTENCE_NUMBER], change[SENTENCE_NUMBER];
	const char *to = destination(g, o);

	if (isnan(o->before) || isnan(o->after) || o->before_fail || o->after_fail)
		return;
	sentence_objective(&g->s, what);
	if (!o->touched) {
		buf_addf(out, "; by the point only: nothing changes, %s stays at %s", what,
		         sentence_value(&g->s, o->before, before));
		return;
	}
	buf_addf(out, "; by the point only: %s goes from %s to %s (%s)", what,
	         sentence_value(&g->s, o->before, before), sentence_value(&g->s, o->after, after),
	         sentence_value_change(&g->s, o->after - o->before, change));
	if (to != NULL)
		buf_addf(out, ", sent to %s", to);
}

const char *outcome_sentence(struct gate_study *g, const struct outcome *o, int crosses, const char *hidden,
                             struct arena *arena)
{
	struct buf b = {0};
	char block[DURATION_TEXT];

	if (o->blocks < BOOTSTRAP_MIN_BLOCKS) {
		buf_addf(&b, "data of both in %zu block%s of %s ", o->blocks, o->blocks == 1 ? "" : "s",
		         duration_format(g->s.atlas.block_us, block));
		sentence_speakers(&g->s, &o->who, &b);
		buf_addf(&b, ", where a verdict needs %d", BOOTSTRAP_MIN_BLOCKS);
		say_point(g, o, &b);
	} else if (g->o->common.generalise && o->who.member.len < STUDY_PROBES_TO_GENERALISE) {
		buf_addf(&b, "too few probes to speak for the region: %zu in %s, where %d are needed",
		         o->who.member.len, o->region->name, STUDY_PROBES_TO_GENERALISE);
	} else {
		say_latency(g, o, &b);
		if (o->failures != GATE_PASS)
			buf_addf(&b, "; probe-%s with a failure go from %llu to %llu of %llu",
			         g->s.atlas.unit_us == US_PER_HOUR ? "hours" : "blocks",
			         (unsigned long long)o->failing_before, (unsigned long long)o->failing_after,
			         (unsigned long long)o->units);
		if (crosses > 0)
			buf_adds(&b, "; it would no longer meet the objective");
		if (crosses < 0)
			buf_adds(&b, "; it would meet the objective, which it does not now");
		if (o->extrapolated)
			buf_adds(&b, "; the prediction is extrapolated");
		if (o->not_after_holm)
			buf_adds(&b, "; FAIL by itself, but not among as many regions (Holm)");
		if (hidden[0] != '\0')
			buf_addf(&b, "; hidden by the region: %s", hidden);
	}
	buf_addc(&b, '.');
	const char *text = b.failed ? NULL : arena_str(arena, buf_str(&b));
	buf_free(&b);
	return text;
}

