#include "report/regions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Vantages in the order of continent, country and name. */
static int by_place(const void *x, const void *y, void *ctx)
{
	const struct atlas *a = ctx;
	const struct vantage *v = &a->vantages.at[*(const size_t *)x],
			     *w = &a->vantages.at[*(const size_t *)y];
	int c = strcmp(continent_name(v->country->continent), continent_name(w->country->continent));

	if (c == 0)
		c = strcmp(v->country->name, w->country->name);
	return c != 0 ? c : strcmp(v->name, w->name);
}

static const char *text(struct atlas *a, const char *kind, const char *code)
{
	char id[96];

	snprintf(id, sizeof id, "%s/%s", kind, code);
	return arena_str(&a->arena, id);
}

static struct region *add_region(struct atlas *a, region_list *list, enum region_level level,
                                 const char *kind, const char *code, const char *name, const char *continent)
{
	struct region *g = vec_add(list);

	if (g == NULL)
		return NULL;
	*g = (struct region){.level = level, .id = text(a, kind, code), .code = code, .name = name,
	                     .continent = continent};
	return g->id == NULL ? NULL : g;
}

static bool add_vantage(struct region *g, size_t v)
{
	size_t *to = vec_add(&g->vantages);

	if (to != NULL)
		*to = v;
	return to != NULL;
}

/* One region for each run of vantages with the same continent or country. */
static bool add_level(struct atlas *a, region_list *out, enum region_level level, const size_t *order,
                      size_t n)
{
	const char *last = NULL;
	struct region *g = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct country *c = a->vantages.at[order[i]].country;
		const char *code = level == LEVEL_CONTINENT ? c->continent : c->code;
		if (last == NULL || strcmp(last, code) != 0)
			g = level == LEVEL_CONTINENT
			    ? add_region(a, out, level, "continent", code, continent_name(code), code)
			    : add_region(a, out, level, "country", code, c->name, c->continent);
		if (g == NULL || !add_vantage(g, order[i]))
			return false;
		last = code;
	}
	return true;
}

static void check_weights(const struct atlas *a, const struct weights *w, struct region *g)
{
	char id[16];

	g->unweighted = g->level == LEVEL_CONTINENT && w->given;
	for (size_t i = 0; g->unweighted && i < g->vantages.len; i++) {
		snprintf(id, sizeof id, "country/%s", a->vantages.at[g->vantages.at[i]].country->code);
		g->unweighted = !(weights_of(w, id) > 0);
	}
}

bool regions_make(struct atlas *a, const struct weights *w, region_list *out)
{
	size_t *order = malloc((a->vantages.len + 1) * sizeof *order), n = 0;
	bool ok = order != NULL;

	*out = (region_list){0};
	for (size_t v = 0; ok && v < a->vantages.len; v++)
		if (a->vantages.at[v].country != NULL && !a->vantages.at[v].impossible)
			order[n++] = v;
	if (ok && n > 1)
		qsort_r(order, n, sizeof *order, by_place, a);
	ok = ok && add_level(a, out, LEVEL_CONTINENT, order, n) && add_level(a, out, LEVEL_COUNTRY, order, n);
	for (size_t i = 0; ok && i < out->len; i++)
		check_weights(a, w, &out->at[i]);
	for (size_t v = 0; ok && v < a->vantages.len; v++) {
		const struct vantage *vantage = &a->vantages.at[v];
		if (vantage->impossible)
			continue;
		struct region *g = add_region(a, out, LEVEL_PROBE, "probe", vantage->name, vantage->name,
		                              vantage->country == NULL ? NULL : vantage->country->continent);
		ok = g != NULL && add_vantage(g, v);
	}
	free(order);
	return ok;
}

void regions_free(region_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		vec_free(&list->at[i].vantages);
	vec_free(list);
}

static double weight_of(const struct atlas *a, const struct weights *w, const struct region *g, size_t v)
{
	char id[16];

	if (g->level != LEVEL_CONTINENT || g->unweighted)
		return 1;
	snprintf(id, sizeof id, "country/%s", a->vantages.at[v].country->code);
	return weights_of(w, id);
}

bool region_weighs(const struct atlas *a, const struct weights *w, const struct region *g, size_t v)
{
	return weight_of(a, w, g, v) > 0;
}

bool region_mixture(const struct atlas *a, const struct weights *w, const struct region *g,
                    const bool *counts, struct mixture *out)
{
	const struct country *last = NULL;

	*out = (struct mixture){0};
	for (size_t i = 0; i < g->vantages.len; i++) {
		size_t v = g->vantages.at[i];
		const struct country *c = a->vantages.at[v].country;
		double weight = weight_of(a, w, g, v);
		if (!counts[v] || !(weight > 0))
			continue;
		if (out->group.len == 0 || c != last) {
			double *group = vec_add(&out->group);
			if (group == NULL)
				return false;
			*group = weight;
			last = c;
		}
		struct mixture_member *m = vec_add(&out->member);
		if (m == NULL)
			return false;
		*m = (struct mixture_member){.vantage = v, .group = out->group.len - 1};
	}
	return true;
}

static bool placed(const struct vantage *v)
{
	return v->country != NULL && !v->impossible;
}

static bool alone(const struct atlas *a, size_t v)
{
	size_t n = 0;

	for (size_t u = 0; u < a->vantages.len; u++)
		n += placed(&a->vantages.at[u]) && a->vantages.at[u].country == a->vantages.at[v].country;
	return n == 1;
}

void regions_groups(const struct atlas *a, size_t *group)
{
	for (size_t v = 0; v < a->vantages.len; v++) {
		const struct country *c = a->vantages.at[v].country;
		group[v] = SIZE_MAX;
		if (!placed(&a->vantages.at[v]))
			continue;
		group[v] = v;
		bool single = alone(a, v);
		/* The first vantage of a country names it, and the first that is alone in its own those. */
		for (size_t u = 0; u < v; u++) {
			if (group[u] != u)
				continue;
			const struct country *d = a->vantages.at[u].country;
			if (d == c || (single && strcmp(d->continent, c->continent) == 0 && alone(a, u))) {
				group[v] = u;
				break;
			}
		}
	}
}
