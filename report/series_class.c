#include "report/series_class.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool version_of(struct atlas *a, const struct series *s, size_t *version)
{
	for (*version = 0; *version < a->versions.len; ++*version)
		if (same(a->versions.at[*version].http, s->http)
		    && same(a->versions.at[*version].tls, s->tls))
			return true;
	struct http_tls *v = vec_add(&a->versions);
	if (v == NULL)
		return false;
	if (s->http != NULL && (v->http = arena_str(&a->arena, s->http)) == NULL)
		return false;
	return s->tls == NULL || (v->tls = arena_str(&a->arena, s->tls)) != NULL;
}

static bool classify(struct atlas *a, const struct series *s, struct class *c)
{
	*c = (struct class){.series = s, .what = CLASS_UNKNOWN};
	if (s->kind != KIND_COLD) {
		c->what = CLASS_OTHER_KIND;
		return true;
	}
	const struct plan_target *t = plan_target(&a->plan, s->target);
	const struct plan_candidate *k = t == NULL ? plan_candidate(&a->plan, s->target) : NULL;
	if (t == NULL && k == NULL)
		return true;
	if (!same(t != NULL ? t->rev : k->rev, s->target_rev)) {
		c->what = CLASS_OLD;
		return true;
	}
	if (k != NULL) {
		c->subject = atlas_candidate(a, (size_t)(k - a->plan.candidates.at));
	} else if (s->node == NULL) {
		long edge = s->edge == NULL ? -1 : atlas_node_named(a, s->edge);
		c->subject = atlas_target((size_t)(t - a->plan.targets.at));
		if (t->role == ROLE_CDN)
			c->part = edge < 0 ? a->nodes : (size_t)edge;
	} else {
		long node = atlas_node_named(a, s->node);
		if (node < 0)
			return true;
		c->subject = atlas_node(a, (size_t)(t - a->plan.targets.at), (size_t)node);
		c->by_address = true;
		if (!version_of(a, s, &c->version))
			return false;
	}
	c->what = CLASS_COUNTS;
	return true;
}

static struct class *place_of(struct class *table, size_t cap, const struct series *s)
{
	size_t i = (size_t)hash64(HASH64_INIT, &s, sizeof s) & (cap - 1);

	while (table[i].series != NULL && table[i].series != s)
		i = (i + 1) & (cap - 1);
	return &table[i];
}

static bool grow(struct classes *k)
{
	size_t cap = k->cap == 0 ? 256 : k->cap * 2;
	struct class *at = calloc(cap, sizeof *at);

	if (at == NULL)
		return false;
	for (size_t i = 0; i < k->cap; i++)
		if (k->at[i].series != NULL)
			*place_of(at, cap, k->at[i].series) = k->at[i];
	free(k->at);
	k->at = at;
	k->cap = cap;
	return true;
}

const struct class *classes_find(struct classes *k, struct atlas *a, const struct series *s)
{
	struct class *c, found;

	if (k->n * 2 >= k->cap && !grow(k))
		return NULL;
	c = place_of(k->at, k->cap, s);
	if (c->series != NULL)
		return c;
	if (!classify(a, s, &found))
		return NULL;
	k->n++;
	*c = found;
	return c;
}

void classes_free(struct classes *k)
{
	free(k->at);
	*k = (struct classes){0};
}

bool class_leave_out(struct atlas *a, const struct class *c, uint64_t samples)
{
	const char *name = c->what == CLASS_UNKNOWN && c->series->node != NULL
	                   && plan_target(&a->plan, c->series->target) != NULL
	                   ? c->series->node : c->series->target;
	struct left_out *l = NULL;

	for (size_t i = 0; i < a->left_out.len && l == NULL; i++)
		if (a->left_out.at[i].old == (c->what == CLASS_OLD) && same(a->left_out.at[i].name, name))
			l = &a->left_out.at[i];
	if (l == NULL) {
		char *copy = arena_str(&a->arena, name);
		if (copy == NULL || (l = vec_add(&a->left_out)) == NULL)
			return false;
		*l = (struct left_out){.name = copy, .old = c->what == CLASS_OLD};
	}
	l->samples += samples;
	return true;
}

