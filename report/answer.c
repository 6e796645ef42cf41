#include "report/answer.h"

#include <math.h>
#include <string.h>

#include "report/present.h"

#define NAMES_SHOWN 6 /* in a row, before "and n more" */

/* Countries are what the answer speaks about, or vantages where no country is known. */
static enum region_level level_of(const struct report *r)
{
	for (size_t i = 0; i < r->regions.len; i++)
		if (r->regions.at[i].level == LEVEL_COUNTRY)
			return LEVEL_COUNTRY;
	return LEVEL_PROBE;
}

/* "A, B and C", cut after NAMES_SHOWN. Names come one by one, `n` says how many. */
static void list_name(struct buf *out, const char *name, size_t i, size_t n)
{
	size_t shown = n > NAMES_SHOWN + 1 ? NAMES_SHOWN : n;
	if (i < shown)
		buf_addf(out, "%s%s", i == 0 ? "" : i == n - 1 ? " and " : ", ", name);
	else if (i == shown)
		buf_addf(out, " and %zu more", n - shown);
}

typedef bool pick_fn(const struct report_region *g, const void *arg);

/* The names of the regions of that level that `pick` takes; returns how many. */
static size_t list_regions(struct buf *out, const struct report *r, enum region_level level,
                           pick_fn *pick, const void *arg)
{
	size_t n = 0, i = 0;
	for (size_t k = 0; k < r->regions.len; k++)
		n += r->regions.at[k].level == level && pick(&r->regions.at[k], arg);
	for (size_t k = 0; k < r->regions.len && out != NULL; k++) {
		const struct report_region *g = &r->regions.at[k];
		if (g->level == level && pick(g, arg))
			list_name(out, g->name, i++, n);
	}
	return n;
}

static bool pick_short(const struct report_region *g, const void *arg)
{
	(void)arg;
	return present_falls_short(g);
}

static bool pick_verdict(const struct report_region *g, const void *arg)
{
	return g->verdict == *(const enum verdict *)arg;
}

static bool pick_any(const struct report_region *g, const void *arg)
{
	(void)g;
	(void)arg;
	return true;
}

static void headline(const struct report *r, enum region_level level, struct buf *out)
{
	size_t all = list_regions(NULL, r, level, pick_any, NULL);
	enum verdict none = VERDICT_NO_DATA;
	size_t judged = all - list_regions(NULL, r, level, pick_verdict, &none);
	size_t missed = list_regions(NULL, r, level, pick_short, NULL);
	const char *one = level == LEVEL_COUNTRY ? "country" : "vantage";
	const char *many = level == LEVEL_COUNTRY ? "countries" : "vantages";
	if (judged == 0) {
		buf_addf(out, "Too little data to judge any %s.", one);
	} else if (missed == 0) {
		if (judged == 1)
			buf_addf(out, "The one %s with data meets the objective.", one);
		else
			buf_addf(out, "All %zu %s%s meet the objective.", judged, many,
			         judged < all ? " with data" : "");
	} else {
		if (missed < judged)
			buf_addf(out, "%zu of %zu %s meet the objective; ", judged - missed, judged, many);
		else if (judged == 1)
			buf_addf(out, "The one %s with data falls short: ", one);
		else
			buf_addf(out, "All %zu %s fall short: ", judged, many);
		list_regions(out, r, level, pick_short, NULL);
		buf_adds(out, missed == judged ? "." : missed == 1 ? " falls short." : " fall short.");
	}
}

/* A continent is fine if every country of it that can be judged is. */
static bool continent_fine(const struct report *r, const char *code)
{
	size_t judged = 0;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (g->level != LEVEL_COUNTRY || g->continent == NULL || strcmp(g->continent, code) != 0)
			continue;
		if (present_falls_short(g))
			return false;
		judged += g->verdict != VERDICT_NO_DATA;
	}
	return judged > 0;
}

static bool pick_fine_continent(const struct report_region *g, const void *arg)
{
	return g->level == LEVEL_CONTINENT && continent_fine(arg, g->code);
}

static void fine(const struct report *r, enum region_level level, struct buf *out)
{
	size_t continents = list_regions(NULL, r, LEVEL_CONTINENT, pick_any, NULL);
	size_t good = list_regions(NULL, r, LEVEL_CONTINENT, pick_fine_continent, r);
	if (good > 0 && good < continents) {
		list_regions(out, r, LEVEL_CONTINENT, pick_fine_continent, r);
		buf_adds(out, good == 1 ? " is fine throughout." : " are fine throughout.");
	}
	enum verdict close = VERDICT_BORDERLINE, none = VERDICT_NO_DATA;
	if (list_regions(NULL, r, level, pick_verdict, &close) > 0) {
		buf_adds(out, out->len > 0 ? " " : "");
		buf_adds(out, "Only just: ");
		list_regions(out, r, level, pick_verdict, &close);
		buf_adds(out, ".");
	}
	if (list_regions(NULL, r, level, pick_verdict, &none) > 0) {
		buf_adds(out, out->len > 0 ? " " : "");
		buf_adds(out, "Too little data: ");
		list_regions(out, r, level, pick_verdict, &none);
		buf_adds(out, ".");
	}
}

static void why(const struct report *r, enum region_level level, struct buf *out)
{
	static const struct { enum verdict verdict; const char *says; } causes[] = {
		{ VERDICT_UNREACHABLE, "too many attempts fail" },
		{ VERDICT_NEEDS_NODE, "no node is near enough" },
		{ VERDICT_MIS_STEERED, "sent to a node that is not the best one" },
		{ VERDICT_SLOW_DNS, "DNS is slow" },
		{ VERDICT_SLOW_EDGE, "the servers that answer are slow" },
		{ VERDICT_UNMET, "nothing that we know how to change would meet the objective" },
	};
	for (size_t i = 0; i < LAT_COUNT(causes); i++) {
		if (list_regions(NULL, r, level, pick_verdict, &causes[i].verdict) == 0)
			continue;
		buf_adds(out, out->len > 0 ? " " : "");
		list_regions(out, r, level, pick_verdict, &causes[i].verdict);
		buf_addf(out, ": %s.", causes[i].says);
	}
}

/* ---- the one change ---------------------------------------------------------------- */

/* A change that could be made: a verdict's fix, and the place that it is about. Two regions
 * with the same verdict and the same place are helped by one change. */
struct remedy { enum verdict verdict; const char *place; };

static const struct candidate_effect *effect_of(const struct report_region *g, const char *candidate)
{
	for (size_t i = 0; i < g->candidates.len; i++)
		if (strcmp(g->candidates.at[i].candidate, candidate) == 0)
			return &g->candidates.at[i];
	return NULL;
}

static bool pick_helped(const struct report_region *g, const void *arg)
{
	const struct remedy *x = arg;
	if (g->verdict != x->verdict || g->also.len > 0) /* one change isn't enough there */
		return false;
	switch (g->verdict) {
	case VERDICT_NEEDS_NODE: {
		const struct candidate_effect *e = effect_of(g, x->place);
		return e != NULL && e->meets;
	}
	case VERDICT_MIS_STEERED: return g->best_node != NULL && strcmp(g->best_node, x->place) == 0;
	case VERDICT_SLOW_DNS: case VERDICT_SLOW_EDGE: return true;
	default: return false;
	}
}

/* What a place costs a month; unknown is dearest. */
static double cost_of(const struct report *r, const struct remedy *x)
{
	for (size_t i = 0; i < r->nodes.len && x->verdict == VERDICT_NEEDS_NODE; i++)
		if (r->nodes.at[i].candidate && strcmp(r->nodes.at[i].name, x->place) == 0)
			return isnan(r->nodes.at[i].cost_month) ? INFINITY : r->nodes.at[i].cost_month;
	return INFINITY;
}

/* What the regions that it helps would take in all. */
static double sum_after(const struct report *r, enum region_level level, const struct remedy *x)
{
	double sum = 0;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (g->level == level && x->verdict == VERDICT_NEEDS_NODE && pick_helped(g, x))
			sum += effect_of(g, x->place)->predicted_ms;
	}
	return sum;
}

struct choice { struct remedy remedy; size_t helped; double cost, after; };

/* More regions helped comes first; then the cheaper kind of fix, whose verdict comes first in
 * the enumeration; then the cheaper place, since each of them is enough; then the larger gain. */
static bool better(const struct choice *a, const struct choice *b)
{
	if (a->helped != b->helped)
		return a->helped > b->helped;
	if (a->remedy.verdict != b->remedy.verdict)
		return a->remedy.verdict < b->remedy.verdict;
	if (a->cost != b->cost)
		return a->cost < b->cost;
	return a->after < b->after;
}

static void consider(const struct report *r, enum region_level level, struct remedy x, struct choice *best)
{
	struct choice c = { .remedy = x };
	c.helped = x.place == NULL ? 0 : list_regions(NULL, r, level, pick_helped, &x);
	c.cost = cost_of(r, &x);
	c.after = sum_after(r, level, &x);
	if (c.helped != 0 && (best->helped == 0 || better(&c, best)))
		*best = c;
}

static void say_node(const struct report *r, enum region_level level, const struct choice *best, struct buf *out)
{
	const char *place = best->remedy.place, *city = NULL;
	struct buf list = {0};
	size_t n = 0;
	for (size_t k = 0; k < r->regions.len; k++) {
		const struct report_region *g = &r->regions.at[k];
		if (g->level != level || !pick_helped(g, &best->remedy))
			continue;
		const struct candidate_effect *e = effect_of(g, place);
		struct buf item = {0};
		char ms[PRESENT_TEXT];
		city = e->city;
		buf_addf(&item, "%s to %s ms", g->name, present_ms(e->predicted_ms, ms));
		list_name(&list, buf_str(&item), n++, best->helped);
		buf_free(&item);
	}
	if (city != NULL)
		buf_addf(out, "a node in %s (%s), predicted to bring ", city, place);
	else
		buf_addf(out, "a node at %s, predicted to bring ", place);
	buf_adds(out, buf_str(&list));
	buf_free(&list);
}

/* Other candidates that would help the same regions enough: the operator may have reasons. */
static void say_others(const struct report *r, enum region_level level, const struct choice *best, struct buf *out)
{
	const struct report_region *first = NULL;
	struct buf list = {0};
	size_t n = 0;
	for (size_t k = 0; k < r->regions.len && first == NULL; k++)
		if (r->regions.at[k].level == level && pick_helped(&r->regions.at[k], &best->remedy))
			first = &r->regions.at[k];
	for (int pass = 0; pass < 2; pass++) {
		size_t i = 0;
		for (size_t c = 0; c < first->candidates.len; c++) {
			const struct candidate_effect *e = &first->candidates.at[c];
			bool all = strcmp(e->candidate, best->remedy.place) != 0;
			for (size_t k = 0; all && k < r->regions.len; k++) {
				const struct report_region *g = &r->regions.at[k];
				const struct remedy other = { VERDICT_NEEDS_NODE, e->candidate };
				if (g->level == level && pick_helped(g, &best->remedy))
					all = pick_helped(g, &other);
			}
			if (!all)
				continue;
			struct buf item = {0};
			buf_addf(&item, e->city != NULL ? "%s (%s)" : "%s%s", e->city != NULL ? e->city : e->candidate,
			         e->city != NULL ? e->candidate : "");
			if (pass == 0)
				n++;
			else
				list_name(&list, buf_str(&item), i++, n);
			buf_free(&item);
		}
	}
	if (n > 0)
		buf_addf(out, "; %s would do as well", buf_str(&list));
	buf_free(&list);
}

static void change(const struct report *r, enum region_level level, struct buf *out)
{
	struct choice best = {0};
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (g->level != level)
			continue;
		if (g->verdict == VERDICT_NEEDS_NODE)
			for (size_t c = 0; c < g->candidates.len; c++)
				consider(r, level, (struct remedy){ g->verdict, g->candidates.at[c].candidate }, &best);
		else
			consider(r, level, (struct remedy){ g->verdict,
			         g->verdict == VERDICT_MIS_STEERED ? g->best_node : "" }, &best);
	}
	if (best.helped == 0)
		return;
	size_t missed = list_regions(NULL, r, level, pick_short, NULL);
	buf_adds(out, best.helped == missed ? "One change would fix it: " : "The one change that would fix most: ");
	switch (best.remedy.verdict) {
	case VERDICT_NEEDS_NODE:
		say_node(r, level, &best, out);
		say_others(r, level, &best, out);
		break;
	case VERDICT_MIS_STEERED:
		buf_adds(out, "steer ");
		list_regions(out, r, level, pick_helped, &best.remedy);
		buf_addf(out, " to %s", best.remedy.place);
		break;
	case VERDICT_SLOW_DNS:
		buf_adds(out, "faster DNS answers in ");
		list_regions(out, r, level, pick_helped, &best.remedy);
		break;
	default:
		buf_adds(out, "faster servers for ");
		list_regions(out, r, level, pick_helped, &best.remedy);
		break;
	}
	buf_adds(out, ".");
}

int answer_make(const struct report *r, struct answer *out, struct err *err)
{
	*out = (struct answer){0};
	enum region_level level = level_of(r);
	headline(r, level, &out->headline);
	fine(r, level, &out->fine);
	why(r, level, &out->why);
	change(r, level, &out->change);
	if (out->headline.failed || out->fine.failed || out->why.failed || out->change.failed)
		return err_nomem(err);
	return 0;
}

void answer_free(struct answer *a)
{
	buf_free(&a->headline);
	buf_free(&a->fine);
	buf_free(&a->why);
	buf_free(&a->change);
}
