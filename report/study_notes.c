/* The notes of a study: what was left out, and what to bear in mind. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "report/imported.h"
#include "report/study.h"

bool study_note(struct study *s, const char *fmt, ...)
{
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	char *copy = arena_str(&s->atlas.arena, text);
	const char **note = copy == NULL ? NULL : vec_add(&s->notes);
	if (note == NULL)
		return false;
	*note = copy;
	return true;
}

/* ---- lists of names: "a", "a and b", "a, b and 3 more" ----------------------------------- */

#define NAMED 6 /* more than that are counted */

struct names { struct buf text; size_t count, of; };

static void name_add(struct names *n, const char *name)
{
	size_t shown = n->of <= NAMED ? n->of : NAMED - 1;

	if (n->count < shown) {
		if (n->count != 0)
			buf_adds(&n->text, n->count + 1 == n->of ? " and " : ", ");
		buf_adds(&n->text, name);
	} else if (n->count == shown) {
		buf_addf(&n->text, " and %zu more", n->of - shown);
	}
	n->count++;
}

typedef bool vantage_test(const struct study *s, size_t v);

/* One note about all vantages that a test holds for. `one` and `many` have a %s for the names. */
static bool note_vantages(struct study *s, vantage_test *test, const char *one, const char *many)
{
	struct names n = {0};
	char text[1024];

	for (size_t v = 0; v < s->atlas.vantages.len; v++)
		n.of += test(s, v);
	for (size_t v = 0; v < s->atlas.vantages.len; v++)
		if (test(s, v))
			name_add(&n, s->atlas.vantages.at[v].name);
	snprintf(text, sizeof text, "%s", buf_str(&n.text));
	bool failed = n.text.failed;
	buf_free(&n.text);
	if (failed)
		return false;
	return n.of == 0 || study_note(s, "%s%s", text, n.of == 1 ? one : many);
}

static bool silent(const struct study *s, size_t v)
{
	return s->atlas.vantages.at[v].last_us == US_NONE;
}

static bool impossible(const struct study *s, size_t v)
{
	return s->atlas.vantages.at[v].impossible;
}

static bool placeless(const struct study *s, size_t v)
{
	return s->atlas.vantages.at[v].registered && s->atlas.vantages.at[v].country == NULL;
}

static bool unknown(const struct study *s, size_t v)
{
	return !s->atlas.vantages.at[v].registered;
}

static size_t most_blocks(const struct study *s, size_t v)
{
	size_t most = 0;

	for (size_t t = 0; t < s->atlas.targets; t++) {
		size_t n = s->atlas.plan.targets.at[t].role == ROLE_CDN
		           ? atlas_blocks(&s->atlas, &s->atlas.vantages.at[v], t) : 0;
		most = n > most ? n : most;
	}
	return most;
}

static bool brief(const struct study *s, size_t v)
{
	size_t n = most_blocks(s, v);

	return n != 0 && n < BOOTSTRAP_MIN_BLOCKS;
}

static bool unweighed(const struct study *s, size_t v)
{
	const struct country *c = s->atlas.vantages.at[v].country;
	char id[16];

	if (!s->weights.given || c == NULL)
		return false;
	snprintf(id, sizeof id, "country/%s", c->code);
	for (size_t i = 0; i < s->regions.len; i++) {
		const struct region *g = &s->regions.at[i];
		if (g->level == LEVEL_CONTINENT && strcmp(g->code, c->continent) == 0 && g->unweighted)
			return false; /* not left out: nobody there has a share */
	}
	return !(weights_of(&s->weights, id) > 0);
}

static bool note_unweighted(struct study *s)
{
	for (size_t i = 0; i < s->regions.len; i++)
		if (s->regions.at[i].unweighted
		    && !study_note(s, "the weights file gives no country of %s a share: they weigh the same there",
		                   s->regions.at[i].name))
			return false;
	return true;
}

typedef uint64_t vantage_count(const struct vantage *v);

static uint64_t outages_of(const struct vantage *v)
{
	return v->outages;
}

static uint64_t flagged_of(const struct vantage *v)
{
	return v->flagged;
}

/* One note that counts something over all vantages: "N samples WHAT: a (3), b (2) and 4 more"; of one
 * sample "1 sample ONE". */
static bool note_counts(struct study *s, vantage_count *count, const char *one, const char *what)
{
	struct names n = {0};
	uint64_t sum = 0;

	for (size_t v = 0; v < s->atlas.vantages.len; v++) {
		sum += count(&s->atlas.vantages.at[v]);
		n.of += count(&s->atlas.vantages.at[v]) != 0;
	}
	for (size_t v = 0; v < s->atlas.vantages.len; v++) {
		const struct vantage *x = &s->atlas.vantages.at[v];
		char item[128];
		snprintf(item, sizeof item, "%s (%llu)", x->name, (unsigned long long)count(x));
		if (count(x) != 0)
			name_add(&n, item);
	}
	bool ok = !n.text.failed;
	if (ok && sum != 0)
		ok = study_note(s, "%llu sample%s %s: %s", (unsigned long long)sum, text_s(sum), sum == 1 ? one : what,
		                buf_str(&n.text));
	buf_free(&n.text);
	return ok;
}

/* ---- samples -------------------------------------------------------------------------------- */

static bool note_left_out(struct study *s)
{
	for (size_t i = 0; i < s->atlas.left_out.len; i++) {
		const struct left_out *l = &s->atlas.left_out.at[i];
		const char *of = l->old ? "an earlier definition of " : "";
		const char *why = l->old ? "" : ", which the newest plan does not name,";
		if (!study_note(s, "%llu sample%s of %s%s%s %s left out", (unsigned long long)l->samples,
		                text_s(l->samples), of, l->name, why, l->samples == 1 ? "was" : "were"))
			return false;
	}
	return note_counts(s, outages_of,
	                   "is of a round in which all targets of a vantage failed; that is its own outage, "
	                   "and left out",
	                   "are of rounds in which all targets of a vantage failed; that is its own outage, "
	                   "and left out")
	       && note_counts(s, flagged_of,
	                      "was flagged, as the probe's loop lagged or its clock was off: its times are left out",
	                      "were flagged, as the probe's loop lagged or its clock was off: their times are left out");
}

static bool note_blocks(struct study *s)
{
	char block[DURATION_TEXT];

	duration_format(s->atlas.block_us, block);
	if (s->atlas.blocks.len < BOOTSTRAP_MIN_BLOCKS)
		return study_note(s, "the window has data in %zu block%s of %s; intervals and verdicts need "
		                  "%d, so let it run longer or take shorter blocks", s->atlas.blocks.len,
		                  s->atlas.blocks.len == 1 ? "" : "s", block, BOOTSTRAP_MIN_BLOCKS);
	if (s->atlas.block_us < US_PER_HOUR
	    && !study_note(s, "blocks of %s: the intervals take what happens in one block as independent "
	                   "of the next, which on a real network it is not", block))
		return false;
	return note_vantages(s, brief, " has data in fewer than 4 blocks: left out where others have more",
	                     " have data in fewer than 4 blocks: left out where others have more");
}

/* ---- places and networks ----------------------------------------------------------------------- */

static bool by_address(const struct study *s, size_t v)
{
	return s->atlas.vantages.at[v].by_address;
}

/* Of which geography database the places by address are: "", or " (database of 2026-11-24)". */
static bool note_by_address(struct study *s)
{
	char date[WALL_TEXT], one[160], many[160], of[64] = "";
	int64_t newest = 0;

	for (size_t v = 0; v < s->atlas.vantages.len; v++)
		if (by_address(s, v) && s->atlas.vantages.at[v].geo_built_s > newest)
			newest = s->atlas.vantages.at[v].geo_built_s;
	if (newest > 0) {
		wall_format((struct wall){newest * US_PER_S}, date);
		snprintf(of, sizeof of, ", by the geography database of %.10s", date);
	}
	snprintf(one, sizeof one, " is placed by its address%s", of);
	snprintf(many, sizeof many, " are placed by their addresses%s", of);
	return note_vantages(s, by_address, one, many);
}

static bool note_places(struct study *s)
{
	const struct atlas *a = &s->atlas;

	if (!note_by_address(s) || !note_vantages(s, impossible,
	                   " is not where it says: its round trips are faster than light in fibre; left out",
	                   " are not where they say: round trips are faster than light in fibre; left out"))
		return false;
	for (size_t n = 0; n < a->nodes; n++)
		if (a->node_impossible[n]
		    && !study_note(s, "node %s is not where the plan says: round trips to it are faster than "
		                   "light in fibre; left out of predictions and of steering",
		                   a->plan.nodes.at[n].name))
			return false;
	for (size_t c = 0; c < a->candidates; c++)
		if (a->candidate_impossible[c]
		    && !study_note(s, "candidate %s is not where the plan says: round trips to it are faster "
		                   "than light in fibre; left out", a->plan.candidates.at[c].name))
			return false;
	return note_vantages(s, placeless, " has no country: in no region", " have no country: in no region")
	       && note_vantages(s, unknown, " is not in the registry: in no region",
	                        " are not in the registry: in no region")
	       && note_vantages(s, silent, " was silent in this window", " were silent in this window")
	       && note_vantages(s, unweighed,
	                        " stands in a country that the weights file gives no share: left out of its "
	                        "continent",
	                        " stand in countries that the weights file gives no share: left out of their "
	                        "continents")
	       && note_unweighted(s);
}

/* A registry of a later version may know a kind that we don't. */
static bool known_network(const struct study *s, size_t v)
{
	return (unsigned)s->atlas.vantages.at[v].network < NETWORKS;
}

static bool note_networks(struct study *s)
{
	size_t kinds[NETWORKS] = {0};

	for (size_t v = 0; v < s->atlas.vantages.len; v++)
		if (s->atlas.vantages.at[v].attempts != 0 && known_network(s, v))
			kinds[s->atlas.vantages.at[v].network]++;
	if (kinds[NETWORK_DATACENTER] != 0 && kinds[NETWORK_EYEBALL] == 0)
		return study_note(s, "all vantages stand in datacenters: visitors at home or on the road may "
		                  "wait longer");
	for (size_t i = 0; i < s->regions.len; i++) {
		const struct region *g = &s->regions.at[i];
		size_t here[NETWORKS] = {0};
		for (size_t k = 0; k < g->vantages.len; k++)
			if (known_network(s, g->vantages.at[k]))
				here[s->atlas.vantages.at[g->vantages.at[k]].network]++;
		if (g->level == LEVEL_COUNTRY && here[NETWORK_DATACENTER] != 0 && here[NETWORK_EYEBALL] != 0
		    && !study_note(s, "%s mixes %zu vantage%s in datacenters with %zu on visitors' networks",
		                   g->name, here[NETWORK_DATACENTER],
		                   here[NETWORK_DATACENTER] == 1 ? "" : "s", here[NETWORK_EYEBALL]))
			return false;
	}
	return true;
}

/* ---- the model --------------------------------------------------------------------------------------- */

static bool several_versions(const struct study *s, size_t target)
{
	for (size_t v = 0; v < s->atlas.vantages.len; v++)
		for (size_t n = 0; n < s->atlas.nodes; n++) {
			size_t subject = atlas_node(&s->atlas, target, n);
			const struct track *t = &s->atlas.vantages.at[v].track[subject];
			for (size_t i = 0; i < t->fit.len; i++)
				if (t->fit.at[i].version != s->version[target])
					return true;
		}
	return false;
}

static bool note_models(struct study *s)
{
	const struct atlas *a = &s->atlas;

	for (size_t t = 0; t < a->targets; t++) {
		const struct plan_target *target = &a->plan.targets.at[t];
		if (target->role != ROLE_CDN)
			continue;
		if (a->candidates != 0 && !s->model[t].ok
		    && !study_note(s, "no prediction for %s: %zu pair%s of vantage and node, measured by "
		                   "address, do%s not give a time that grows with the round trip", target->name,
		                   s->model[t].pairs, text_s(s->model[t].pairs), s->model[t].pairs == 1 ? "es" : ""))
			return false;
		if (s->model[t].ok && several_versions(s, t)) {
			const struct http_tls *v = &a->versions.at[s->version[t]];
			if (!study_note(s, "%s was measured with several HTTP or TLS versions: predictions "
			                "rest on HTTP %s%s%s, the most frequent", target->name,
			                v->http == NULL ? "(not told)" : v->http,
			                v->tls == NULL ? "" : " with TLS ", v->tls == NULL ? "" : v->tls))
				return false;
		}
	}
	return true;
}

/* ---- round trips alone ------------------------------------------------------------------------ */

static bool assumed(const struct study *s, size_t v)
{
	for (size_t t = 0; t < s->atlas.targets; t++)
		if (s->atlas.vantages.at[v].track[atlas_target(t)].assumed)
			return true;
	return false;
}

/* Are there round trips by address, but nothing that a visitor had, of any cdn target? */
static bool round_trips_alone(const struct study *s)
{
	bool by_address = false;

	for (size_t v = 0; v < s->atlas.vantages.len; v++)
		for (size_t t = 0; t < s->atlas.targets; t++) {
			const struct track *track = s->atlas.vantages.at[v].track;
			if (s->atlas.plan.targets.at[t].role != ROLE_CDN)
				continue;
			if (track[atlas_target(t)].part != NULL)
				return false;
			for (size_t n = 0; n < s->atlas.nodes; n++)
				by_address |= !isnan(track[atlas_node(&s->atlas, t, n)].rtt_us)
				              && track[atlas_node(&s->atlas, t, n)].part != NULL;
		}
	return by_address;
}

static bool note_round_trips(struct study *s)
{
	const struct plan *p = &s->atlas.plan;

	if (s->atlas.overridden
	    && !study_note(s, "judged by p%g(%s) <= %.10g ms, which is not the plan's objective", p->quantile * 100,
	                   measure_name(p->metric), p->limit_ms))
		return false;
	if (!atlas_by_rtt(&s->atlas))
		return !round_trips_alone(s)
		       || study_note(s, "there are round trips by address and nothing else: --metric min_rtt "
		                     "with --limit-ms judges by these");
	return note_vantages(s, assumed,
	                     " has measured nodes by address alone: judged as if its visitors were sent to the "
	                     "best of them; how they are steered is not known",
	                     " have measured nodes by address alone: judged as if visitors were sent to the best "
	                     "of them; how they are steered is not known");
}

/* ---- visits without their bodies --------------------------------------------------------------- */

/* Did a target answer, and never as a whole? */
static bool bodiless(const struct study *s, size_t v)
{
	for (size_t t = 0; t < s->atlas.targets; t++) {
		const struct measured *m = &s->atlas.vantages.at[v].track[atlas_target(t)].measured;
		if (m->answered[0] != 0 && m->units[M_TOTAL] == 0)
			return true;
	}
	return false;
}

/* Did anybody measure it of a target through DNS? */
static bool anywhere(const struct study *s, enum measure m)
{
	for (size_t v = 0; v < s->atlas.vantages.len; v++)
		for (size_t t = 0; t < s->atlas.targets; t++)
			if (s->atlas.vantages.at[v].track[atlas_target(t)].measured.units[m] != 0)
				return true;
	return false;
}

static bool note_whole_visits(struct study *s)
{
	bool any = false;

	if (atlas_by_rtt(&s->atlas))
		return true;
	for (size_t v = 0; v < s->atlas.vantages.len && !any; v++)
		any = bodiless(s, v);
	if (any && !anywhere(s, M_TOTAL))
		return study_note(s, "no whole visit was measured: bodies were not asked for, or cut short, so "
		                  "that there is no total%s", s->atlas.metric == SLOT_TOTAL && anywhere(s, M_TTFB)
		                  ? "; --metric ttfb with --limit-ms judges by the first byte" : "");
	return note_vantages(s, bodiless, " has measured no whole visit of a target: left out of its total",
	                     " have measured no whole visit of a target: left out of its total");
}

bool study_notes(struct study *s)
{
	if (s->o->generalise
	    && !study_note(s, "the probes of each country are resampled, too, those that are alone in theirs "
	                   "among each other: fewer than %d cannot speak for a region",
	                   STUDY_PROBES_TO_GENERALISE))
		return false;
	return note_round_trips(s) && note_whole_visits(s) && note_blocks(s) && study_note_pruned(s) &&
	       study_note_plans(s) && note_places(s) && note_networks(s) && imported_notes(s) && note_left_out(s) && note_models(s);
}
