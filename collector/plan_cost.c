#include "collector/plan_cost.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#include "lib/clock.h"

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

/* Rounds of a day in which the target is measured: every k-th, k rounded up. */
static int64_t rounds_a_day(const struct plan_target *t)
{
	const int64_t apart = 86400000000 / PLAN_COST_ROUNDS_A_DAY;
	int64_t k = (t->every_us + apart - 1) / apart;
	return k > 1 ? PLAN_COST_ROUNDS_A_DAY / k : PLAN_COST_ROUNDS_A_DAY;
}

/* Questions that a round asks of DNS alone for the target: a name below its wildcard, each
 * authoritative server, each subnet. */
static int64_t questions_of(const struct plan *plan, const struct plan_target *t)
{
	int64_t servers = (int64_t)t->dns_servers.len;
	if (servers == 0 && t->ecs.len > 0)
		servers = PLAN_COST_SERVERS;
	return (plan->ipv4 + plan->ipv6) * ((t->dns_wildcard != NULL) + servers + (int64_t)t->ecs.len);
}

/* How often a day something is due each `every_us`, where only rounds can do it. */
static double times_a_day(int64_t every_us)
{
	double n = (double)(24 * US_PER_HOUR) / (double)every_us;
	return n < PLAN_COST_ROUNDS_A_DAY ? n : PLAN_COST_ROUNDS_A_DAY;
}

/* Audits a day of one target by one probe. */
static double audits_of(const struct plan *plan, const struct plan_target *t)
{
	double often = times_a_day(plan->audit_every_us), n = often;
	for (size_t i = 0; i < plan->nodes.len && t->role == ROLE_CDN; i++) {
		const struct plan_node *node = &plan->nodes.at[i];
		if (families_among(plan, &node->address) > 0 && plan_node_serves(node, t))
			n += node->status == NODE_OFF && often > 1 ? 1 : often;
	}
	return n;
}

void plan_cost(const struct plan *plan, int64_t probes, plan_cost_bytes_fn *bytes, void *ctx,
               struct plan_cost *out)
{
	double month = (double)probes * PLAN_COST_DAYS_A_MONTH;
	double audits = 0;
	*out = (struct plan_cost){0};
	for (size_t i = 0; i < plan->targets.len; i++) {
		const struct plan_target *t = &plan->targets.at[i];
		int64_t n = families_of_host(plan, &t->url), day = rounds_a_day(t);
		int64_t rare = plan_rare_count(t) > 0 ? n : 0;
		for (size_t k = 0; k < plan->nodes.len && t->role == ROLE_CDN; k++) {
			const struct plan_node *node = &plan->nodes.at[k];
			if (node->status != NODE_OFF && plan_node_serves(node, t))
				n += families_among(plan, &node->address);
		}
		n = n * plan->samples + rare;
		out->round += n;
		out->day += n * day * probes;
		out->questions_day += questions_of(plan, t) * day * probes;
		out->own_gb_month += (double)(n * day) * bytes(ctx, t->name) * month / 1e9;
		audits += audits_of(plan, t);
		out->own_gb_month += audits_of(plan, t) * bytes(ctx, t->name) * month / 1e9;
	}
	for (size_t i = 0; i < plan->candidates.len; i++) {
		const struct plan_candidate *c = &plan->candidates.at[i];
		int64_t n = c->address.len > 0 ? families_among(plan, &c->address)
		                               : families_of_host(plan, &c->url);
		n *= plan->samples;
		out->round += n;
		out->day += n * PLAN_COST_ROUNDS_A_DAY * probes;
		out->other_gb_month += (double)(n * PLAN_COST_ROUNDS_A_DAY) * bytes(ctx, c->name) * month / 1e9;
	}
	out->audits_day = llround(audits * (double)probes);
}
