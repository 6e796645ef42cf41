#include "report/imported.h"

#include <string.h>

#include "lib/attr.h"
#include "lib/buf.h"

static const struct { const char *source, *words, *one, *many; } sources[] = {
	{"ripe-atlas", "RIPE Atlas", "RIPE Atlas probe", "RIPE Atlas probes"},
	{"globalping", "Globalping", "Globalping probe", "Globalping probes"},
	{"curl", "curl", "machine with curl", "machines with curl"},
	{"rtt-csv", "a table of round trips", "probe of a table of round trips", "probes of a table of round trips"},
};

static size_t source_of(const char *source)
{
	size_t i = 0;

	while (i < LAT_COUNT(sources) && strcmp(sources[i].source, source) != 0)
		i++;
	return i;
}

const char *imported_words(const char *source)
{
	size_t i = source == NULL ? LAT_COUNT(sources) : source_of(source);

	return i == LAT_COUNT(sources) ? source : sources[i].words;
}

static bool spoke(const struct vantage *v)
{
	return v->last_us != US_NONE;
}

/* "2 RIPE Atlas probes and 1 Globalping probe" */
static void list(struct buf *out, const size_t *count)
{
	size_t kinds = 0, told = 0;

	for (size_t i = 0; i <= LAT_COUNT(sources); i++)
		kinds += count[i] != 0;
	for (size_t i = 0; i <= LAT_COUNT(sources); i++) {
		if (count[i] == 0)
			continue;
		told++;
		buf_addf(out, "%s%zu %s", told == 1 ? "" : told == kinds ? " and " : ", ", count[i],
		         i == LAT_COUNT(sources) ? "of another kind" : count[i] == 1 ? sources[i].one : sources[i].many);
	}
}

static bool note_mixed(struct study *s)
{
	for (size_t i = 0; i < s->regions.len; i++) {
		const struct region *g = &s->regions.at[i];
		size_t ours = 0, theirs = 0;
		for (size_t k = 0; k < g->vantages.len; k++) {
			const struct vantage *v = &s->atlas.vantages.at[g->vantages.at[k]];
			ours += spoke(v) && v->source == NULL;
			theirs += spoke(v) && v->source != NULL;
		}
		if (g->level == LEVEL_COUNTRY && ours != 0 && theirs != 0
		    && !study_note(s, "%s mixes %zu vantage%s of ours with %zu imported", g->name, ours,
		                   ours == 1 ? "" : "s", theirs))
			return false;
	}
	return true;
}

bool imported_notes(struct study *s)
{
	size_t count[LAT_COUNT(sources) + 1] = {0}, theirs = 0, all = 0;
	struct buf whose = {0};

	for (size_t v = 0; v < s->atlas.vantages.len; v++) {
		const struct vantage *at = &s->atlas.vantages.at[v];
		all += spoke(at);
		if (!spoke(at) || at->source == NULL)
			continue;
		theirs++;
		count[source_of(at->source)]++;
	}
	if (theirs == 0)
		return true;
	list(&whose, count);
	bool ok = !whose.failed
	          && (all == 1
	              ? study_note(s, "the only vantage is not ours, it is imported: %s; it measured in its own way",
	                           buf_str(&whose))
	              : theirs == all
	              ? study_note(s, "none of the vantages is ours, all %zu are imported: %s; they measured in "
	                           "their own way", all, buf_str(&whose))
	              : study_note(s, "of %zu vantages %zu %s imported: %s; %s", all, theirs,
	                           theirs == 1 ? "is" : "are", buf_str(&whose),
	                           theirs == 1 ? "it measured in its own way" : "they measured in their own way"));
	buf_free(&whose);
	return ok && note_mixed(s);
}
