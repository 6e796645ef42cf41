/* What became of the window since it was measured, and under which plans it was: told in notes. */
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "report/study.h"

/* What says nothing new about the newest moment before the window, or lies behind it, goes. */
static void keep_window(struct study *s, plan_rows *all)
{
	size_t first = 0, len = 0;

	for (size_t i = 0; i < all->len; i++)
		if (all->at[i].published_us <= s->o->since_us)
			first = i;
	for (size_t i = first; i < all->len; i++)
		if (all->at[i].published_us < s->o->until_us)
			all->at[len++] = all->at[i];
	all->len = len;
}

int study_history(struct study *s, struct store *store, struct registry *registry, struct err *err)
{
	int status = store_pruned_until(store, &s->pruned_until_us, err);

	if (status == 0)
		status = registry_plans(registry, &s->atlas.arena, &s->plans, err);
	if (status == 0)
		keep_window(s, &s->plans);
	return status;
}

int study_explain_nothing(const struct study *s, int status, struct err *err)
{
	char until[WALL_TEXT];

	if (status != LAT_NOINPUT || s->pruned_until_us == US_NONE || s->pruned_until_us <= s->o->since_us
	    || s->o->block_us <= 0 || s->o->block_us >= US_PER_HOUR)
		return status;
	wall_format((struct wall){s->pruned_until_us}, until);
	struct err was = *err;
	return err_set(err, status, "%s; raw samples up to %s have been pruned, and blocks below an hour need them",
	               was.text, until);
}

bool study_note_pruned(struct study *s)
{
	int64_t pruned = s->pruned_until_us, since = s->atlas.since_us, until = s->atlas.until_us;
	char moment[WALL_TEXT], block[DURATION_TEXT];

	if (pruned == US_NONE || pruned <= since)
		return true;
	wall_format((struct wall){pruned}, moment);
	if (s->atlas.unit_us < US_PER_HOUR)
		return study_note(s, "raw samples up to %s have been pruned, and blocks of %s are made of them: what "
		                  "is missing here is there in blocks of an hour or more", moment,
		                  duration_format(s->atlas.block_us, block));
	bool first = since % US_PER_HOUR != 0, last = until % US_PER_HOUR != 0 && until - until % US_PER_HOUR < pruned;
	if (!first && !last)
		return true;
	return study_note(s, "raw samples up to %s have been pruned: of the hours that the window cuts, its %s "
	                  "left out", moment,
	                  first && last ? "first and its last are" : first ? "first is" : "last is");
}

bool study_note_plans(struct study *s)
{
	char text[1024], moment[WALL_TEXT];
	size_t len = 0, several = 0;

	for (size_t i = 1; i < s->plans.len; i++)
		several += strcmp(s->plans.at[i].rev, s->plans.at[i - 1].rev) != 0;
	if (several == 0)
		return true;
	/* The newest eight, and what was in force before. */
	size_t from = s->plans.len > 8 ? s->plans.len - 8 : 1;
	len += (size_t)snprintf(text, sizeof text, "%s", s->plans.at[from - 1].rev);
	for (size_t i = from; i < s->plans.len && len < sizeof text; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, ", from %s %s",
		                        wall_format((struct wall){s->plans.at[i].published_us}, moment),
		                        s->plans.at[i].rev);
	return study_note(s, "the plan was changed in this window: revision %s", text);
}
