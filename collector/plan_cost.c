#include "collector/plan_cost.h"

#include <arpa/inet.h>
#include <string.h>

/* 4 or 6 for a literal address, 0 for a name. */
static int literal_family(const char *host)
{
	unsigned char addr[16];
	if (inet_pton(AF_INET, host, addr) == 1)
		return 4;
	return inet_pton(AF_INET6, host, addr) == 1 ? 6 : 0;
}

/* Families of the plan in which one of these addresses is. */
static int families_among(const struct plan *plan, const struct strings *addresses)
{
	bool four = false, six = false;
	for (size_t i = 0; i < addresses->len; i++) {
		int family = literal_family(addresses->at[i]);
		four = four || family == 4;
		six = six || family == 6;
	}
	return (plan->ipv4 && four) + (plan->ipv6 && six);
}

/* A host that is an address is measured once, whatever the plan's families are. */
static int families_of_host(const struct plan *plan, const struct plan_url *url)
{
	return literal_family(url->host) != 0 ? 1 : plan->ipv4 + plan->ipv6;
}

void plan_cost(const struct plan *plan, int64_t probes, plan_cost_bytes_fn *bytes, void *ctx,
               struct plan_cost *out)
{
	int64_t own = 0, other = 0;
	double own_bytes = 0, other_bytes = 0;
	for (size_t i = 0; i < plan->targets.len; i++) {
		const struct plan_target *t = &plan->targets.at[i];
		int64_t n = families_of_host(plan, &t->url);
		for (size_t k = 0; k < plan->nodes.len && t->role == ROLE_CDN; k++) {
			const struct plan_node *node = &plan->nodes.at[k];
			if (node->status != NODE_OFF && plan_node_serves(node, t))
				n += families_among(plan, &node->address);
		}
		own += n;
		own_bytes += (double)n * bytes(ctx, t->name);
	}
	for (size_t i = 0; i < plan->candidates.len; i++) {
		const struct plan_candidate *c = &plan->candidates.at[i];
		int64_t n = c->address.len > 0 ? families_among(plan, &c->address)
		                               : families_of_host(plan, &c->url);
		other += n;
		other_bytes += (double)n * bytes(ctx, c->name);
	}
	double month = (double)(plan->samples * probes) * PLAN_COST_ROUNDS_A_DAY * PLAN_COST_DAYS_A_MONTH;
	*out = (struct plan_cost){.round = (own + other) * plan->samples};
	out->day = out->round * PLAN_COST_ROUNDS_A_DAY * probes;
	out->own_gb_month = own_bytes * month / 1e9;
	out->other_gb_month = other_bytes * month / 1e9;
}
