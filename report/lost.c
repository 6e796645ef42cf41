#include "report/lost.h"

#include <string.h>

#include "report/intake.h"

struct source { const char *name; struct measured measured; }; /* name NULL: ours */

typedef VEC(struct source) source_list;

static struct source *source_of(source_list *list, const char *name)
{
	for (size_t i = 0; i < list->len; i++) {
		const char *at = list->at[i].name;
		if (at == NULL || name == NULL ? at == name : strcmp(at, name) == 0)
			return &list->at[i];
	}
	struct source *s = vec_add(list);
	if (s != NULL)
		s->name = name;
	return s;
}

static void add(struct measured *to, const struct measured *from)
{
	for (int trips = 0; trips < 2; trips++)
		to->answered[trips] += from->answered[trips];
	for (int m = 0; m < MEASURES; m++)
		to->units[m] += from->units[m];
}

/* What lost units weigh in the measure, in parts of a unit. */
static double weight(const struct track *t, const struct measured *alike, enum measure m)
{
	bool trips = m == M_MIN_RTT;
	const struct measured *own = &t->measured;

	if (own->answered[trips] != 0)
		return (double)own->units[m] / ((double)own->answered[trips] + own->late[trips]);
	if (own->late[trips] > 0 && !(t->lost.units[trips] > own->late[trips]))
		return 0;
	return alike->answered[trips] == 0 ? 1 : (double)alike->units[m] / alike->answered[trips];
}

static void settle(const struct atlas *a, struct track *t, size_t subject, const struct measured *alike)
{
	uint32_t slots = intake_slots(a, subject), window = intake_window(a, subject);

	for (int m = 0; m < MEASURES; m++)
		if ((window >> m & 1) != 0 && intake_measure_fails(a, (enum measure)m))
			dist_add_failures(&t->window[m], t->lost.units[m == M_MIN_RTT]
			                                 * weight(t, alike, (enum measure)m), 0);
	for (size_t p = 0; p < t->parts; p++)
		for (size_t i = 0; i < t->part[p].lots.len; i++) {
			struct lot *l = &t->part[p].lots.at[i];
			for (int s = 0; s < SLOTS; s++) {
				enum measure m = intake_measure(a, (enum slot)s);
				if ((slots >> s & 1) != 0 && intake_slot_fails((enum slot)s))
					dist_add_failures(&l->dist[s], l->lost.units[m == M_MIN_RTT]
					                               * weight(t, alike, m), 0);
			}
		}
}

bool lost_settle(struct atlas *a)
{
	source_list sources = {0};
	bool ok = true;

	for (size_t subject = 0; ok && subject < a->subjects; subject++) {
		vec_clear(&sources);
		for (size_t v = 0; ok && v < a->vantages.len; v++) {
			struct source *s = source_of(&sources, a->vantages.at[v].source);
			ok = s != NULL;
			if (ok)
				add(&s->measured, &a->vantages.at[v].track[subject].measured);
		}
		for (size_t v = 0; ok && v < a->vantages.len; v++) {
			struct track *t = &a->vantages.at[v].track[subject];
			if (t->part != NULL)
				settle(a, t, subject, &source_of(&sources, a->vantages.at[v].source)->measured);
		}
	}
	vec_free(&sources);
	return ok;
}
