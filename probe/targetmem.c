#include "probe/targetmem.h"

#include <stdlib.h>
#include <string.h>

static struct targetmem_entry *find(const struct targetmem *m, const char *target)
{
	for (size_t i = 0; i < m->entries.len; i++)
		if (strcmp(m->entries.at[i].target, target) == 0)
			return &m->entries.at[i];
	return NULL;
}

bool targetmem_due(const struct targetmem *m, const struct plan_target *t, struct wall now)
{
	const struct targetmem_entry *e = find(m, t->name);
	if (t->every_us <= 0 || e == NULL || strcmp(e->rev, t->rev) != 0 || e->measured_us > now.us)
		return true;
	return now.us - e->measured_us >= t->every_us - TARGETMEM_EARLY_US;
}

size_t targetmem_rare(const struct targetmem *m, const struct plan_target *t, size_t count, uint64_t start)
{
	const struct targetmem_entry *e = find(m, t->name);
	uint64_t next = e != NULL && e->rare_next >= 0 ? (uint64_t)e->rare_next : start;
	return (size_t)(next % count);
}

bool targetmem_restore(struct targetmem *m, const struct targetmem_entry *entry)
{
	char *name = strdup(entry->target);
	struct targetmem_entry *e = name == NULL || find(m, entry->target) != NULL ? NULL : vec_add(&m->entries);
	if (e == NULL) {
		free(name);
		return find(m, entry->target) != NULL;
	}
	*e = *entry;
	e->target = name;
	return true;
}

bool targetmem_note(struct targetmem *m, const struct plan_target *t, struct wall at, int64_t rare)
{
	struct targetmem_entry fresh = { .target = (char *)t->name, .rare_next = -1 };
	struct targetmem_entry *e = find(m, t->name);
	if (e == NULL && targetmem_restore(m, &fresh))
		e = find(m, t->name);
	if (e == NULL)
		return false;
	memcpy(e->rev, t->rev, sizeof e->rev);
	e->measured_us = at.us;
	if (rare >= 0)
		e->rare_next = rare + 1;
	return true;
}

void targetmem_keep(struct targetmem *m, const struct plan *plan)
{
	size_t kept = 0;
	for (size_t i = 0; i < m->entries.len; i++) {
		if (plan_target(plan, m->entries.at[i].target) != NULL)
			m->entries.at[kept++] = m->entries.at[i];
		else
			free(m->entries.at[i].target);
	}
	m->entries.len = kept;
}

void targetmem_free(struct targetmem *m)
{
	for (size_t i = 0; i < m->entries.len; i++)
		free(m->entries.at[i].target);
	vec_free(&m->entries);
}
