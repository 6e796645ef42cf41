#include "schema/series.h"

#include <stddef.h>
#include <string.h>

struct series series_of_sample(const struct sample *s)
{
	return (struct series){
		.target = s->target,
		.target_rev = s->target_rev,
		.node = s->node,
		.edge = s->edge,
		.role = s->role,
		.kind = s->kind,
		.family = s->family,
		.resolver = s->resolver,
		.ecs = s->ecs,
		.http = s->http,
		.tls = s->tls,
	};
}

/* NULL comes before every string. */
static int compare_strings(const char *a, const char *b)
{
	if (a == b)
		return 0;
	if (a == NULL)
		return -1;
	return b == NULL ? 1 : strcmp(a, b);
}

static int compare_ints(int a, int b)
{
	return (a > b) - (a < b);
}

int series_compare(const struct series *a, const struct series *b)
{
	int c;

	if ((c = compare_strings(a->target, b->target)) != 0
	    || (c = compare_strings(a->target_rev, b->target_rev)) != 0
	    || (c = compare_strings(a->node, b->node)) != 0
	    || (c = compare_strings(a->edge, b->edge)) != 0
	    || (c = compare_ints((int)a->role, (int)b->role)) != 0
	    || (c = compare_ints((int)a->kind, (int)b->kind)) != 0
	    || (c = compare_ints(a->family, b->family)) != 0
	    || (c = compare_strings(a->resolver, b->resolver)) != 0
	    || (c = compare_strings(a->ecs, b->ecs)) != 0
	    || (c = compare_strings(a->http, b->http)) != 0)
		return c;
	return compare_strings(a->tls, b->tls);
}
