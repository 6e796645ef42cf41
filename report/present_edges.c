/* Where targets answered from, in words. */
#include <string.h>

#include "report/present.h"

static bool elsewhere(const struct report_target *t)
{
	for (size_t i = 0; i < t->edges.len; i++)
		if (t->edges.at[i].node == NULL
		    && (t->edges.at[i].country != NULL || t->edges.at[i].city != NULL))
			return true;
	return false;
}

bool present_has_edges(const struct view *v, const char *target)
{
	const struct report *r = v->report;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		for (size_t t = 0; present_listed(v, g) && t < g->targets.len; t++)
			if (strcmp(g->targets.at[t].name, target) == 0 && elsewhere(&g->targets.at[t]))
				return true;
	}
	return false;
}

void present_edge_place(struct buf *out, const struct report_edge *e)
{
	bool place = e->city != NULL || e->country != NULL;
	if (e->others > 0) {
		buf_addf(out, "%zu other places", e->others);
		return;
	}
	if (e->node != NULL)
		buf_addf(out, "%s%s", e->node, place ? " (" : "");
	else if (!place)
		buf_adds(out, "not known");
	if (place)
		buf_addf(out, "%s%s%s%s", e->city != NULL ? e->city : "",
		         e->city != NULL && e->country != NULL ? ", " : "",
		         e->country != NULL ? e->country : "", e->node != NULL ? ")" : "");
}
