#include "probe/auditmem.h"

#include <stdlib.h>
#include <string.h>

#include "probe/targetmem.h"

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct auditmem_entry *find(const struct auditmem *m, const char *target, const char *node)
{
	for (size_t i = 0; i < m->entries.len; i++)
		if (same(m->entries.at[i].target, target) && same(m->entries.at[i].node, node))
			return &m->entries.at[i];
	return NULL;
}

bool auditmem_due(const struct auditmem *m, const char *target, const char *node, int64_t now_us,
                  int64_t every_us)
{
	const struct auditmem_entry *e = find(m, target, node);
	return e == NULL || now_us < e->at_us || now_us - e->at_us >= every_us - TARGETMEM_EARLY_US;
}

bool auditmem_note(struct auditmem *m, const char *target, const char *node, int64_t at_us)
{
	struct auditmem_entry *e = find(m, target, node);
	if (e != NULL) {
		e->at_us = at_us;
		return true;
	}
	char *t = strdup(target), *n = node == NULL ? NULL : strdup(node);
	if (t == NULL || (node != NULL && n == NULL) || (e = vec_add(&m->entries)) == NULL) {
		free(t);
		free(n);
		return false;
	}
	*e = (struct auditmem_entry){ .target = t, .node = n, .at_us = at_us };
	return true;
}

void auditmem_undo(struct auditmem *m, int64_t at_us)
{
	for (size_t i = 0; i < m->entries.len; i++)
		if (m->entries.at[i].at_us == at_us)
			m->entries.at[i].at_us = 0;
}

static void free_entry(struct auditmem_entry *e)
{
	free(e->target);
	free(e->node);
}

void auditmem_keep(struct auditmem *m, const struct plan *plan)
{
	size_t left = 0;
	for (size_t i = 0; i < m->entries.len; i++) {
		struct auditmem_entry *e = &m->entries.at[i];
		if (plan_target(plan, e->target) == NULL || (e->node != NULL && plan_node(plan, e->node) == NULL))
			free_entry(e);
		else
			m->entries.at[left++] = *e;
	}
	m->entries.len = left;
}

void auditmem_free(struct auditmem *m)
{
	for (size_t i = 0; i < m->entries.len; i++)
		free_entry(&m->entries.at[i]);
	vec_free(&m->entries);
}
