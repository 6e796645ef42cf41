#include "report/atlas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/geo.h"
#include "report/intake.h"
#include "report/lost.h"

/* ---- what is looked up often --------------------------------------------------- */

const struct lot *part_lot(const struct part *p, uint32_t slice)
{
	size_t low = 0, high = p->lots.len;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		if (p->lots.at[at].slice < slice)
			low = at + 1;
		else
			high = at;
	}
	return low < p->lots.len && p->lots.at[low].slice == slice ? &p->lots.at[low] : NULL;
}

bool atlas_has(const struct atlas *a, const struct slice *s, size_t subject)
{
	return (a->signatures.at[s->signature * a->signature_words + subject / 64] >> subject % 64 & 1) != 0;
}

const struct part *atlas_single(const struct vantage *v, size_t subject)
{
	return v->track[subject].part;
}

bool atlas_live(const struct atlas *a, size_t target, size_t node)
{
	const struct plan_node *n = &a->plan.nodes.at[node];

	return n->status == NODE_LIVE && !a->node_impossible[node]
	       && plan_node_serves(n, &a->plan.targets.at[target]);
}

size_t atlas_blocks(const struct atlas *a, const struct vantage *v, size_t subject)
{
	const struct track *t = &v->track[subject];
	size_t n = 0;
	uint32_t last = UINT32_MAX;

	for (uint32_t s = 0; t->part != NULL && s < v->slices.len; s++) {
		bool any = false;
		if (v->slices.at[s].block == last)
			continue;
		for (size_t p = 0; p < t->parts && !any; p++) {
			const struct lot *l = part_lot(&t->part[p], s);
			any = l != NULL && l->curve[subject < a->targets ? a->metric : SLOT_RTT].total > 0;
		}
		if (any) {
			n++;
			last = v->slices.at[s].block;
		}
	}
	return n;
}

double atlas_km(const struct vantage *v, double lat, double lon)
{
	if (isnan(v->lat) || isnan(v->lon) || isnan(lat) || isnan(lon))
		return NAN;
	return great_circle_km(v->lat, v->lon, lat, lon);
}

long atlas_node_named(const struct atlas *a, const char *name)
{
	const struct plan_node *n = plan_node(&a->plan, name);

	return n == NULL ? -1 : (long)(n - a->plan.nodes.at);
}

long atlas_candidate_named(const struct atlas *a, const char *name)
{
	const struct plan_candidate *c = plan_candidate(&a->plan, name);

	return c == NULL ? -1 : (long)(c - a->plan.candidates.at);
}

long atlas_vantage_named(const struct atlas *a, const char *name)
{
	for (size_t i = 0; i < a->vantages.len; i++)
		if (strcmp(a->vantages.at[i].name, name) == 0)
			return (long)i;
	return -1;
}

/* ---- loading --------------------------------------------------------------------- */

/* The objective of this run, where it isn't the plan's. */
static int set_objective(struct atlas *a, const struct evaluate_options *o, struct err *err)
{
	enum measure metric = o->metric_given ? o->metric : a->plan.metric;

	if (metric != a->plan.metric && !(o->limit_ms > 0))
		return err_set(err, LAT_USAGE, "--metric %s: needs --limit-ms, too: the plan's %g ms are a limit "
		               "of %s", measure_name(metric), a->plan.limit_ms, measure_name(a->plan.metric));
	a->overridden = metric != a->plan.metric || (o->limit_ms > 0 && o->limit_ms != a->plan.limit_ms);
	a->plan.metric = metric;
	if (o->limit_ms > 0)
		a->plan.limit_ms = o->limit_ms;
	a->metric = metric == M_TTFB ? SLOT_TTFB : metric == M_MIN_RTT ? SLOT_MIN_RTT : SLOT_TOTAL;
	return 0;
}

static int load_plan(struct atlas *a, struct registry *r, const struct evaluate_options *o, struct err *err)
{
	struct buf json = {0};
	int status = registry_plan(r, NULL, &json, err);

	if (status == 0)
		status = plan_from_json(&a->plan, buf_str(&json), json.len, err);
	buf_free(&json);
	if (status == 0)
		status = set_objective(a, o, err);
	if (status != 0)
		return status;
	a->targets = a->plan.targets.len;
	a->nodes = a->plan.nodes.len;
	a->candidates = a->plan.candidates.len;
	a->subjects = atlas_candidate(a, a->candidates);
	a->signature_words = (a->targets + a->targets * a->nodes) / 64 + 1;
	a->node_impossible = arena_alloc(&a->arena, a->nodes * sizeof *a->node_impossible);
	a->candidate_impossible = arena_alloc(&a->arena, a->candidates * sizeof *a->candidate_impossible);
	return a->node_impossible == NULL || a->candidate_impossible == NULL ? err_nomem(err) : 0;
}

/* A copy of what may be NULL. */
static bool copy(struct arena *arena, const char *from, const char **to)
{
	*to = from == NULL ? NULL : arena_str(arena, from);
	return from == NULL || *to != NULL;
}

/* Every probe that the registry knows, in the order of names. A revoked one, and an imported one, is
 * kept only if it spoke in the window, which is seen later: *revoked has a byte for each. */
static int load_vantages(struct atlas *a, struct registry *r, bool **revoked, struct err *err)
{
	struct arena arena = {0};
	probe_rows rows = {0};
	int status = registry_probes(r, &arena, &rows, err);

	if (status == 0 && (*revoked = calloc(rows.len + 1, sizeof **revoked)) == NULL)
		status = err_nomem(err);
	for (size_t i = 0; status == 0 && i < rows.len; i++) {
		const struct probe_row *row = &rows.at[i];
		struct vantage *v = vec_add(&a->vantages);
		if (v == NULL) {
			status = err_nomem(err);
			break;
		}
		*v = (struct vantage){.country = country_find(row->country), .lat = row->lat, .lon = row->lon,
		                      .network = row->network, .registered = true, .last_us = US_NONE,
		                      .by_address = row->place_source != NULL
		                                    && strcmp(row->place_source, "geo") == 0,
		                      .geo_built_s = row->geo_built_s};
		v->track = arena_alloc(&a->arena, (a->subjects + 1) * sizeof *v->track);
		if (v->track == NULL || !copy(&a->arena, row->name, &v->name)
		    || !copy(&a->arena, row->city, &v->city) || !copy(&a->arena, row->source, &v->source))
			status = err_nomem(err);
		/* Nobody waits for an imported one to speak again, either. */
		(*revoked)[i] = row->revoked || row->source != NULL;
	}
	vec_free(&rows);
	arena_free(&arena);
	return status;
}

static int set_window(struct atlas *a, const struct evaluate_options *o, struct err *err)
{
	char window[DURATION_TEXT], block[DURATION_TEXT];

	if (o->since_us < 0 || o->since_us >= o->until_us)
		return err_set(err, LAT_USAGE, "the window ends before it begins");
	a->since_us = o->since_us;
	a->until_us = o->until_us;
	a->block_us = o->block_us;
	if (a->block_us <= 0)
		a->block_us = o->until_us - o->since_us < 7 * US_PER_DAY ? 6 * US_PER_HOUR : US_PER_DAY;
	a->unit_us = a->block_us < US_PER_HOUR ? a->block_us : US_PER_HOUR;
	a->first_unit = a->since_us / a->unit_us;
	int64_t units = (a->until_us - 1) / a->unit_us - a->first_unit + 1;
	if (units > ATLAS_MAX_UNITS)
		return err_set(err, LAT_USAGE,
		               "a window of %s has %lld units of %s, more than %d: take longer blocks or a "
		               "shorter window",
		               duration_format(a->until_us - a->since_us, window), (long long)units,
		               duration_format(a->unit_us, block), ATLAS_MAX_UNITS);
	a->units = (size_t)units;
	return 0;
}

/* ---- finishing: sorted, cumulated, medians taken ------------------------------------- */

static int by_slice(const void *a, const void *b)
{
	uint32_t x = ((const struct lot *)a)->slice, y = ((const struct lot *)b)->slice;

	return (x > y) - (x < y);
}

/* Medians of one slot, over even, odd and all blocks. */
static bool take_medians(const struct vantage *v, struct part *p, enum slot slot)
{
	struct dist sum[PARITIES] = {{0}};
	bool ok = true;

	for (size_t i = 0; ok && i < p->lots.len; i++) {
		const struct lot *l = &p->lots.at[i];
		ok = dist_add(&sum[v->slices.at[l->slice].block % 2], &l->dist[slot], 1)
		     && dist_add(&sum[PARITY_ALL], &l->dist[slot], 1);
	}
	for (int k = 0; k < PARITIES; k++) {
		bool failed = false;
		p->median[k][slot] = dist_quantile(&sum[k], 0.5, &failed);
		if (failed)
			p->median[k][slot] = INFINITY;
		dist_free(&sum[k]);
	}
	return ok;
}

static bool finish_part(struct atlas *a, const struct vantage *v, struct part *p, size_t subject)
{
	bool ok = true;

	if (p->lots.len > 1)
		qsort(p->lots.at, p->lots.len, sizeof *p->lots.at, by_slice);
	for (size_t i = 0; ok && i < p->lots.len; i++) {
		struct lot *l = &p->lots.at[i];
		for (int s = 0; ok && s < SLOTS; s++)
			if ((intake_slots(a, subject) >> s & 1) != 0)
				ok = curve_make(&l->curve[s], &l->dist[s], &a->arena);
		l->rtt_us = dist_quantile(&l->dist[SLOT_RTT], 0.5, NULL);
	}
	for (int s = 0; ok && s < SLOTS; s++)
		if (subject >= a->targets || s == SLOT_RTT)
			ok = take_medians(v, p, (enum slot)s);
	p->rtt_us = p->median[PARITY_ALL][SLOT_RTT];
	return ok;
}

static bool finish_vantage(struct atlas *a, struct vantage *v)
{
	for (size_t subject = 0; subject < a->subjects; subject++) {
		struct track *t = &v->track[subject];
		for (size_t i = 0; t->part != NULL && i < t->parts; i++)
			if (!finish_part(a, v, &t->part[i], subject))
				return false;
		t->rtt_us = dist_quantile(&t->window[M_MIN_RTT], 0.5, NULL);
	}
	return true;
}

/* Blocks in which nobody measured anything are no blocks: number the others from 0. */
static bool number_blocks(struct atlas *a)
{
	size_t most = a->units * (size_t)a->unit_us / (size_t)a->block_us + 2;
	uint32_t *number = calloc(most, sizeof *number);
	int64_t first = a->first_unit * a->unit_us / a->block_us;

	if (number == NULL)
		return false;
	for (size_t v = 0; v < a->vantages.len; v++)
		for (size_t s = 0; s < a->vantages.at[v].slices.len; s++)
			number[a->vantages.at[v].slices.at[s].block] = 1;
	for (size_t i = 0; i < most; i++) {
		int64_t *block = number[i] == 0 ? NULL : vec_add(&a->blocks);
		if (number[i] != 0 && block == NULL) {
			free(number);
			return false;
		}
		if (block != NULL) {
			*block = first + (int64_t)i;
			number[i] = (uint32_t)(a->blocks.len - 1);
		}
	}
	for (size_t v = 0; v < a->vantages.len; v++)
		for (size_t s = 0; s < a->vantages.at[v].slices.len; s++) {
			struct slice *slice = &a->vantages.at[v].slices.at[s];
			slice->block = number[slice->block];
		}
	free(number);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct vantage *)a)->name, ((const struct vantage *)b)->name);
}

static bool finish(struct atlas *a, const bool *revoked, size_t registered)
{
	size_t kept = 0;

	for (size_t v = 0; v < a->vantages.len; v++)
		if (v >= registered || !revoked[v] || a->vantages.at[v].last_us != US_NONE)
			a->vantages.at[kept++] = a->vantages.at[v];
	a->vantages.len = kept;
	if (kept > 1)
		qsort(a->vantages.at, kept, sizeof *a->vantages.at, by_name);
	if (!number_blocks(a) || !lost_settle(a))
		return false;
	for (size_t v = 0; v < a->vantages.len; v++)
		if (!finish_vantage(a, &a->vantages.at[v]))
			return false;
	return true;
}

static int nothing(const struct atlas *a, struct err *err)
{
	char since[WALL_TEXT], until[WALL_TEXT];
	uint64_t others = 0;

	wall_format((struct wall){a->since_us}, since);
	wall_format((struct wall){a->until_us}, until);
	for (size_t i = 0; i < a->left_out.len; i++)
		others += a->left_out.at[i].samples;
	if (others == 0)
		return err_set(err, LAT_NOINPUT, "no samples from %s to %s", since, until);
	return err_set(err, LAT_NOINPUT,
	               "none of the %llu samples from %s to %s is of the newest plan's targets",
	               (unsigned long long)others, since, until);
}

int atlas_load(struct atlas *a, struct store *s, struct registry *r, const struct evaluate_options *o,
               struct err *err)
{
	bool *revoked = NULL;

	*a = (struct atlas){0};
	int status = load_plan(a, r, o, err);
	if (status == 0)
		status = load_vantages(a, r, &revoked, err);
	if (status == 0)
		status = set_window(a, o, err);
	size_t registered = a->vantages.len;
	struct intake *in = status == 0 ? intake_new(a) : NULL;
	if (status == 0 && in == NULL)
		status = err_nomem(err);
	if (status == 0) {
		struct store_window w = {.since_us = a->since_us,
		                         .until_us = a->until_us,
		                         .unit_us = a->unit_us,
		                         .measures = intake_measures(a)};
		status = store_scan_cells(s, &w, intake_cell, in, err);
	}
	if (status == 0)
		status = intake_end(in, err);
	intake_free(in);
	if (status == 0 && !finish(a, revoked, registered))
		status = err_nomem(err);
	free(revoked);
	bool any = false;
	for (size_t v = 0; v < a->vantages.len && !any; v++)
		any = a->vantages.at[v].last_us != US_NONE;
	return status == 0 && !any ? nothing(a, err) : status;
}

void atlas_free(struct atlas *a)
{
	for (size_t v = 0; v < a->vantages.len; v++) {
		struct vantage *vantage = &a->vantages.at[v];
		for (size_t subject = 0; vantage->track != NULL && subject < a->subjects; subject++) {
			struct track *t = &vantage->track[subject];
			if (t->assumed)
				continue; /* what it has is its node's */
			for (size_t i = 0; t->part != NULL && i < t->parts; i++) {
				for (size_t l = 0; l < t->part[i].lots.len; l++)
					for (int slot = 0; slot < SLOTS; slot++)
						dist_free(&t->part[i].lots.at[l].dist[slot]);
				vec_free(&t->part[i].lots);
			}
			for (int m = 0; m < MEASURES; m++)
				dist_free(&t->window[m]);
			for (size_t i = 0; i < t->fit.len; i++) {
				sketch_free(&t->fit.at[i].rtt);
				sketch_free(&t->fit.at[i].metric);
			}
			vec_free(&t->fit);
		}
		vec_free(&vantage->slices);
	}
	vec_free(&a->vantages);
	vec_free(&a->blocks);
	vec_free(&a->signatures);
	vec_free(&a->versions);
	vec_free(&a->left_out);
	plan_free(&a->plan);
	arena_free(&a->arena);
}
