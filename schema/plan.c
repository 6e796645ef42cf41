#include "schema/plan.h"

#include <string.h>

#include "schema/plan_impl.h"

const char *const plan_families[] = {"ipv4", "ipv6", NULL};

const char *node_status_name(enum node_status s)
{
	static const char *const names[] = {"live", "draining", "off"};

	return (unsigned)s < LAT_COUNT(names) ? names[s] : "unknown";
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->targets.len; i++)
		vec_free(&plan->targets.at[i].expect_status);
	vec_free(&plan->targets);
	vec_free(&plan->nodes);
	vec_free(&plan->candidates);
	arena_free(&plan->arena);
	memset(plan, 0, sizeof *plan);
}

const struct plan_target *plan_target(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->targets.len; i++)
		if (strcmp(plan->targets.at[i].name, name) == 0)
			return &plan->targets.at[i];
	return NULL;
}

const struct plan_node *plan_node(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->nodes.len; i++)
		if (strcmp(plan->nodes.at[i].name, name) == 0)
			return &plan->nodes.at[i];
	return NULL;
}

const struct plan_candidate *plan_candidate(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->candidates.len; i++)
		if (strcmp(plan->candidates.at[i].name, name) == 0)
			return &plan->candidates.at[i];
	return NULL;
}

static bool contains(const struct strings *list, const char *s)
{
	for (size_t i = 0; i < list->len; i++)
		if (strcmp(list->at[i], s) == 0)
			return true;
	return false;
}

const struct plan_node *plan_node_by_address(const struct plan *plan, const char *addr)
{
	char normal[PLAN_ADDRESS_TEXT];

	if (addr == NULL || !plan_address_normal(addr, normal))
		return NULL;
	for (size_t i = 0; i < plan->nodes.len; i++)
		if (contains(&plan->nodes.at[i].address, normal))
			return &plan->nodes.at[i];
	return NULL;
}

bool plan_node_serves(const struct plan_node *node, const struct plan_target *target)
{
	return target->role == ROLE_CDN && (node->targets.len == 0 || contains(&node->targets, target->name));
}
