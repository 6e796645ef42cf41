#include "report/edges.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "report/sanity.h"
#include "report/tabulate.h"

/* ---- loading -------------------------------------------------------------------------- */

struct loading { struct edges *e; const struct atlas *a; long vantage; const char *probe; };

static bool copy(struct arena *arena, const char *from, const char **to)
{
	*to = from == NULL ? NULL : arena_str(arena, from);
	return from == NULL || *to != NULL;
}

static int keep_place(void *ctx, const struct store_place *from, struct err *err)
{
	struct edges *e = ctx;
	struct edge_place *to = vec_add(&e->places);

	if (to == NULL)
		return err_nomem(err);
	*to = (struct edge_place){.lat = from->lat, .lon = from->lon, .built_s = from->built_s};
	return copy(&e->arena, from->addr, &to->addr) && copy(&e->arena, from->country, &to->country)
	                       && copy(&e->arena, from->city, &to->city) && copy(&e->arena, from->asn, &to->asn)
	               ? 0 : err_nomem(err);
}

static int compare_places(const void *key, const void *place)
{
	return strcmp(key, ((const struct edge_place *)place)->addr);
}

/* The target of this series, as the newest plan defines it; SIZE_MAX. */
static size_t target_of(const struct atlas *a, const struct series *s)
{
	const struct plan_target *t = plan_target(&a->plan, s->target);

	if (t == NULL || s->target_rev == NULL || strcmp(t->rev, s->target_rev) != 0)
		return SIZE_MAX;
	return (size_t)(t - a->plan.targets.at);
}

static long node_of(const struct atlas *a, size_t target, const struct store_edge *edge)
{
	const struct plan_node *by_address = plan_node_by_address(&a->plan, edge->addr);
	long named = edge->series->edge == NULL || a->plan.targets.at[target].role != ROLE_CDN
	             ? -1 : atlas_node_named(a, edge->series->edge);

	return named >= 0 || by_address == NULL ? named : (long)(by_address - a->plan.nodes.at);
}

static int keep_answer(void *ctx, const struct store_edge *edge, struct err *err)
{
	struct loading *l = ctx;

	/* Told by probe. */
	if (l->probe == NULL || strcmp(l->probe, edge->probe) != 0) {
		l->vantage = atlas_vantage_named(l->a, edge->probe);
		if (!copy(&l->e->arena, edge->probe, &l->probe))
			return err_nomem(err);
	}
	size_t target = target_of(l->a, edge->series);
	if (l->vantage < 0 || target == SIZE_MAX)
		return 0;
	struct edge_answer *to = vec_add(&l->e->answers);
	if (to == NULL)
		return err_nomem(err);
	*to = (struct edge_answer){.vantage = (size_t)l->vantage, .target = target,
	                           .node = node_of(l->a, target, edge), .samples = edge->samples};
	if (!copy(&l->e->arena, edge->addr, &to->addr) || !sketch_merge(&to->min_rtt, edge->min_rtt))
		return err_nomem(err);
	return 0;
}

static int compare_answers(const void *left, const void *right)
{
	const struct edge_answer *a = left, *b = right;

	if (a->vantage != b->vantage)
		return a->vantage < b->vantage ? -1 : 1;
	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	int c = strcmp(a->addr, b->addr);
	return c != 0 ? c : (a->node > b->node) - (a->node < b->node);
}

/* Several series (resolvers, HTTP versions) of one address become one. */
static bool merge(struct edges *e)
{
	size_t n = 0;

	if (e->answers.len > 1)
		qsort(e->answers.at, e->answers.len, sizeof *e->answers.at, compare_answers);
	for (size_t i = 0; i < e->answers.len; i++) {
		struct edge_answer *from = &e->answers.at[i], *to = n > 0 ? &e->answers.at[n - 1] : NULL;
		if (to == NULL || compare_answers(to, from) != 0) {
			struct edge_answer moved = *from;
			memset(from, 0, sizeof *from);
			e->answers.at[n++] = moved;
			continue;
		}
		to->samples += from->samples;
		if (!sketch_merge(&to->min_rtt, &from->min_rtt))
			return false;
		sketch_free(&from->min_rtt);
	}
	e->answers.len = n;
	return true;
}

static void judge(const struct edges *e, const struct atlas *a, struct edge_answer *to)
{
	double rtt_us = sketch_quantile(&to->min_rtt, 0.5);

	if (to->node >= 0) {
		to->impossible = a->node_impossible[to->node];
		return;
	}
	if (e->places.len > 0)
		to->place = bsearch(to->addr, e->places.at, e->places.len, sizeof *e->places.at, compare_places);
	if (to->place != NULL && to->place->country == NULL && to->place->city == NULL && isnan(to->place->lat))
		to->place = NULL;
	if (to->place == NULL || isnan(rtt_us))
		return;
	double km = atlas_km(&a->vantages.at[to->vantage], to->place->lat, to->place->lon);
	to->impossible = !isnan(km) && sanity_impossible(rtt_us, km);
}

/* ---- what to bear in mind ------------------------------------------------------------- */

static const char *date(int64_t built_s, char out[WALL_TEXT])
{
	wall_format((struct wall){built_s * US_PER_S}, out);
	out[10] = '\0'; /* the day */
	return out;
}

static bool note_dates(const struct edges *e, struct study *s)
{
	char one[WALL_TEXT], two[WALL_TEXT];
	int64_t oldest = INT64_MAX, newest = 0;

	for (size_t i = 0; i < e->answers.len; i++) {
		const struct edge_place *p = e->answers.at[i].place;
		if (p != NULL && p->built_s > 0) {
			oldest = p->built_s < oldest ? p->built_s : oldest;
			newest = p->built_s > newest ? p->built_s : newest;
		}
	}
	if (newest == 0)
		return true;
	date(oldest, one);
	date(newest, two);
	if (strcmp(one, two) == 0)
		return study_note(s, "where targets answered from is by address, of the geography database of %s",
		                  two);
	return study_note(s, "where targets answered from is by address, of geography databases of %s to %s",
	                  one, two);
}

static bool note_impossible(const struct edges *e, struct study *s)
{
	for (size_t t = 0; t < s->atlas.targets; t++) {
		uint64_t all = 0, bad = 0;
		for (size_t i = 0; i < e->answers.len; i++) {
			const struct edge_answer *a = &e->answers.at[i];
			if (a->target != t || s->atlas.vantages.at[a->vantage].impossible)
				continue;
			all += a->samples;
			bad += a->node < 0 && a->impossible ? a->samples : 0;
		}
		if (bad != 0 && !study_note(s, "%s: %llu of %llu samples were answered faster than light in fibre "
		                            "allows for the place that the geography database gives: anycast, "
		                            "or wrong in the database", s->atlas.plan.targets.at[t].name,
		                            (unsigned long long)bad, (unsigned long long)all))
			return false;
	}
	return true;
}

static bool note(const struct edges *e, struct study *s, int64_t pruned_until_us)
{
	char text[WALL_TEXT];

	if (e->places.len != 0 && pruned_until_us > s->atlas.since_us
	    && !study_note(s, "where targets answered from is of raw samples, which were pruned up to %s",
	                   wall_format((struct wall){pruned_until_us}, text)))
		return false;
	if (e->every > 1 && e->answers.len != 0
	    && !study_note(s, "where targets answered from is of one batch in %llu, chosen at random",
	                   (unsigned long long)e->every))
		return false;
	return note_dates(e, s) && note_impossible(e, s);
}

int edges_load(struct edges *e, struct study *s, struct store *store, struct err *err)
{
	const struct store_edge_window w = {s->atlas.since_us, s->atlas.until_us, EDGES_MAX_SAMPLES};

	*e = (struct edges){0};
	struct loading l = {.e = e, .a = &s->atlas};
	int64_t pruned_until_us = 0;
	int status = store_scan_places(store, keep_place, e, err);
	if (status == 0)
		status = store_scan_edges(store, &w, &e->every, keep_answer, &l, err);
	if (status == 0)
		status = store_pruned_until(store, &pruned_until_us, err);
	if (status != 0)
		return status;
	if (!merge(e))
		return err_nomem(err);
	for (size_t i = 0; i < e->answers.len; i++)
		judge(e, &s->atlas, &e->answers.at[i]);
	return note(e, s, pruned_until_us) ? 0 : err_nomem(err);
}

void edges_free(struct edges *e)
{
	for (size_t i = 0; i < e->answers.len; i++)
		sketch_free(&e->answers.at[i].min_rtt);
	vec_free(&e->answers);
	vec_free(&e->places);
	arena_free(&e->arena);
}
