/* From a region's answers to the rows of its tables. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "report/edges.h"
#include "report/tabulate.h"

struct row {
	const struct edge_answer *first; /* its place is the row's; NULL: the rest */
	double share;
	uint64_t samples;
	struct dist rtt;
	VEC(const char *) addresses;
	size_t merged;                   /* places, of the rest */
};

typedef VEC(struct row) row_list;

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Of our nodes each is a place; else a city of a country, or what is not known. */
static bool same_place(const struct edge_answer *a, const struct edge_answer *b)
{
	if (a->node >= 0 || b->node >= 0)
		return a->node == b->node;
	if (a->place == NULL || b->place == NULL)
		return a->place == b->place;
	return a->impossible == b->impossible && same(a->place->country, b->place->country)
	       && same(a->place->city, b->place->city);
}

/* The answers of a vantage for a target: [*from, return). */
static size_t range(const struct edges *e, size_t vantage, size_t target, size_t *from)
{
	size_t low = 0, high = e->answers.len;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		const struct edge_answer *a = &e->answers.at[at];
		if (a->vantage < vantage || (a->vantage == vantage && a->target < target))
			low = at + 1;
		else
			high = at;
	}
	*from = low;
	while (low < e->answers.len && e->answers.at[low].vantage == vantage
	       && e->answers.at[low].target == target)
		low++;
	return low;
}

static bool add_address(struct row *r, const char *addr)
{
	for (size_t i = 0; i < r->addresses.len; i++)
		if (strcmp(r->addresses.at[i], addr) == 0)
			return true;
	const char **to = vec_add(&r->addresses);
	if (to != NULL)
		*to = addr;
	return to != NULL;
}

static bool add(row_list *rows, const struct edge_answer *a, double share)
{
	struct row *to = NULL;

	for (size_t i = 0; i < rows->len && to == NULL; i++)
		if (same_place(rows->at[i].first, a))
			to = &rows->at[i];
	if (to == NULL) {
		if ((to = vec_add(rows)) == NULL)
			return false;
		to->first = a;
	}
	to->share += share;
	to->samples += a->samples;
	return add_address(to, a->addr)
	       && (a->min_rtt.n == 0 || dist_add_sketch(&to->rtt, &a->min_rtt, share / (double)a->min_rtt.n));
}

static bool gather(const struct edges *e, struct study *s, const struct mixture *who, size_t target,
                   row_list *rows)
{
	size_t from;

	for (size_t i = 0; i < who->member.len; i++) {
		s->weight[i] = 0;
		for (size_t to = range(e, who->member.at[i].vantage, target, &from); from < to; from++)
			s->weight[i] += (double)e->answers.at[from].samples;
	}
	tabulate_share_out(who, s->weight);
	for (size_t i = 0; i < who->member.len; i++) {
		double all = 0;
		size_t first, to = range(e, who->member.at[i].vantage, target, &first);
		for (size_t k = first; k < to; k++)
			all += (double)e->answers.at[k].samples;
		for (size_t k = first; k < to; k++)
			if (!add(rows, &e->answers.at[k],
			         s->weight[i] * (double)e->answers.at[k].samples / all))
				return false;
	}
	return true;
}

static int by_share(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->share != b->share)
		return a->share > b->share ? -1 : 1;
	return strcmp(a->first->addr, b->first->addr);
}

static void forget(struct row *r)
{
	dist_free(&r->rtt);
	vec_free(&r->addresses);
}

/* The smallest ones become one. */
static bool shorten(row_list *rows)
{
	if (rows->len <= EDGES_MAX_ROWS)
		return true;
	struct row *rest = &rows->at[EDGES_MAX_ROWS - 1];
	rest->first = NULL;
	rest->merged = rows->len - EDGES_MAX_ROWS + 1;
	for (size_t i = EDGES_MAX_ROWS; i < rows->len; i++) {
		struct row *from = &rows->at[i];
		rest->share += from->share;
		rest->samples += from->samples;
		if (!dist_add(&rest->rtt, &from->rtt, 1))
			return false;
		for (size_t k = 0; k < from->addresses.len; k++)
			if (!add_address(rest, from->addresses.at[k]))
				return false;
		forget(from);
		*from = (struct row){0};
	}
	rows->len = EDGES_MAX_ROWS;
	return true;
}

/* ---- telling --------------------------------------------------------------------------- */

static bool copy(struct report *out, const char *from, const char **to)
{
	*to = from == NULL ? NULL : arena_str(&out->arena, from);
	return from == NULL || *to != NULL;
}

static bool list_addresses(const struct row *r, struct report *out, struct report_edge *to)
{
	struct buf text = {0};

	for (size_t i = 0; i < r->addresses.len && i < EDGES_MAX_ROWS; i++)
		buf_addf(&text, "%s%s", i == 0 ? "" : ", ", r->addresses.at[i]);
	if (r->addresses.len > EDGES_MAX_ROWS)
		buf_addf(&text, " and %zu more", r->addresses.len - EDGES_MAX_ROWS);
	bool ok = !text.failed && copy(out, buf_str(&text), &to->addresses);
	buf_free(&text);
	return ok;
}

static bool tell_place(const struct study *s, const struct edge_answer *a, struct report *out,
                       struct report_edge *to)
{
	const struct plan_node *n = a->node >= 0 ? &s->atlas.plan.nodes.at[a->node] : NULL;
	const struct edge_place *p = a->place;

	to->impossible = a->impossible;
	if (n != NULL) {
		to->lat = n->lat;
		to->lon = n->lon;
		return copy(out, n->name, &to->node) && copy(out, n->city, &to->city)
		       && copy(out, n->country, &to->country);
	}
	if (p == NULL)
		return true;
	to->lat = p->lat;
	to->lon = p->lon;
	to->built_s = p->built_s;
	return copy(out, p->city, &to->city) && copy(out, p->country, &to->country)
	       && copy(out, p->asn, &to->network);
}

static bool tell(const struct study *s, const row_list *rows, struct report *out, struct report_target *target)
{
	for (size_t i = 0; i < rows->len; i++) {
		const struct row *r = &rows->at[i];
		struct report_edge *to = vec_add(&target->edges);
		if (to == NULL)
			return false;
		*to = (struct report_edge){.lat = NAN, .lon = NAN, .built_s = US_NONE, .share = r->share,
		                           .samples = r->samples, .others = r->merged,
		                           .rtt_ms = dist_quantile(&r->rtt, 0.5, NULL) / US_PER_MS};
		if ((r->first != NULL && !tell_place(s, r->first, out, to)) || !list_addresses(r, out, to))
			return false;
	}
	return true;
}

static bool fill_target(const struct edges *e, struct study *s, const struct region *g, size_t target,
                        struct report *out, struct report_target *to)
{
	row_list rows = {0};
	struct mixture who;
	size_t blocks;
	bool ok = study_members(s, g, target, &who, &blocks) && gather(e, s, &who, target, &rows);

	if (ok && rows.len > 1)
		qsort(rows.at, rows.len, sizeof *rows.at, by_share);
	ok = ok && shorten(&rows) && tell(s, &rows, out, to);
	for (size_t i = 0; i < rows.len; i++)
		forget(&rows.at[i]);
	vec_free(&rows);
	mixture_free(&who);
	return ok;
}

bool edges_fill(const struct edges *e, struct study *s, struct report *out)
{
	for (size_t i = 0; i < out->regions.len && e->answers.len != 0; i++) {
		struct report_region *to = &out->regions.at[i];
		const struct region *g = NULL;
		for (size_t k = 0; k < s->regions.len && g == NULL; k++)
			if (strcmp(s->regions.at[k].id, to->id) == 0)
				g = &s->regions.at[k];
		for (size_t t = 0; g != NULL && t < to->targets.len; t++) {
			const struct plan_target *target = plan_target(&s->atlas.plan, to->targets.at[t].name);
			if (target != NULL
			    && !fill_target(e, s, g, (size_t)(target - s->atlas.plan.targets.at), out,
			                    &to->targets.at[t]))
				return false;
		}
	}
	return true;
}
