#include "probe/agenda.h"

#include <string.h>

#include "lib/rng.h"

/* A run of jobs that stay together while the pass is shuffled. */
struct block { size_t start, len; };

struct maker {
	struct agenda *agenda;
	const struct plan *plan;
	const struct addresses *resolvers;
	bool each_resolver;
	uint32_t nth;
	struct rng rng;
	VEC(struct job) pass;
	VEC(struct block) blocks;
};

static bool add(struct maker *m, const struct job *job)
{
	struct job *j = vec_add(&m->pass);
	if (j != NULL)
		*j = *job;
	return j != NULL;
}

static bool close_block(struct maker *m, size_t start)
{
	if (start == m->pass.len)
		return true;
	struct block *b = vec_add(&m->blocks);
	if (b != NULL)
		*b = (struct block){ start, m->pass.len - start };
	return b != NULL;
}

static void shuffle_jobs(struct rng *rng, struct job *jobs, size_t n)
{
	for (size_t i = n; i > 1; i--) { /* Fisher and Yates, Durstenfeld's form */
		size_t k = rng_below(rng, (uint32_t)i);
		struct job t = jobs[i - 1];
		jobs[i - 1] = jobs[k];
		jobs[k] = t;
	}
}

static void shuffle_blocks(struct rng *rng, struct block *blocks, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = rng_below(rng, (uint32_t)i);
		struct block t = blocks[i - 1];
		blocks[i - 1] = blocks[k];
		blocks[k] = t;
	}
}

static struct job job_of_target(const struct maker *m, const struct plan_target *t, int family)
{
	return (struct job){
		.target = t->name, .target_rev = t->rev, .role = t->role, .url = &t->url, .family = family,
		.http = t->http, .tls = t->tls, .edge_header = t->edge_header, .headers = &t->headers,
		.expect_status = t->expect_status.at, .expect_count = t->expect_status.len,
		.body_limit_kib = t->body_limit_kib, .nth = m->nth,
	};
}

/* A host that is an address has one family, whatever the plan's families are. */
static bool literal(const struct plan_url *url, struct address *out)
{
	return address_parse(url->host, out);
}

/* All targets of one role, for one family and one list of resolvers; shuffled. */
static bool targets_of_role(struct maker *m, enum role role, int family, const struct address *resolvers,
                            size_t n)
{
	size_t start = m->pass.len;
	bool ok = true;
	for (size_t i = 0; ok && i < m->plan->targets.len; i++) {
		const struct plan_target *t = &m->plan->targets.at[i];
		struct address unused;
		if (t->role != role || literal(&t->url, &unused))
			continue;
		struct job j = job_of_target(m, t, family);
		j.way = JOB_DNS;
		j.resolvers = resolvers;
		j.resolver_count = n;
		ok = add(m, &j);
	}
	if (ok && m->pass.len > start)
		shuffle_jobs(&m->rng, m->pass.at + start, m->pass.len - start);
	return ok;
}

/* Spread the last `few` of `n` jobs evenly over the places of all. */
static bool interleave(struct job *jobs, size_t n, size_t few)
{
	VEC(struct job) all = {0};
	size_t many = n - few, taken = 0, placed = 0;
	for (size_t i = 0; i < n; i++) {
		struct job *j = vec_add(&all);
		if (j == NULL) {
			vec_free(&all);
			return false;
		}
		/* Place i takes one of the few where their share has grown by a whole one. */
		bool one = placed < few && ((i + 1) * few / n > placed || taken == many);
		*j = one ? jobs[many + placed++] : jobs[taken++];
	}
	memcpy(jobs, all.at, n * sizeof *jobs);
	vec_free(&all);
	return true;
}

static bool through_dns(struct maker *m, int family, const struct address *resolvers, size_t n)
{
	size_t start = m->pass.len;
	if (!targets_of_role(m, ROLE_CDN, family, resolvers, n))
		return false;
	size_t middle = m->pass.len;
	if (!targets_of_role(m, ROLE_BASELINE, family, resolvers, n))
		return false;
	size_t all = m->pass.len - start, few = m->pass.len - middle;
	if (all > 0 && few > 0 && !interleave(m->pass.at + start, all, few))
		return false;
	return close_block(m, start);
}

/* Targets whose URL names an address: nothing to resolve, measured once. */
static bool literal_targets(struct maker *m)
{
	size_t start = m->pass.len;
	bool ok = true;
	for (size_t i = 0; ok && i < m->plan->targets.len; i++) {
		const struct plan_target *t = &m->plan->targets.at[i];
		struct job j = job_of_target(m, t, 0);
		if (!literal(&t->url, &j.addr))
			continue;
		j.way = JOB_ADDRESS;
		j.family = j.addr.family;
		ok = add(m, &j);
	}
	if (ok && m->pass.len > start)
		shuffle_jobs(&m->rng, m->pass.at + start, m->pass.len - start);
	return ok && close_block(m, start);
}

/* The first address of a family in a list. */
static bool first_of(const struct strings *list, int family, struct address *out)
{
	for (size_t i = 0; i < list->len; i++)
		if (address_parse(list->at[i], out) && out->family == family)
			return true;
	return false;
}

static bool nodes(struct maker *m, int family)
{
	bool ok = true;
	for (size_t i = 0; ok && i < m->plan->nodes.len; i++) {
		const struct plan_node *node = &m->plan->nodes.at[i];
		struct address addr;
		if (node->status == NODE_OFF || !first_of(&node->address, family, &addr))
			continue;
		for (size_t k = 0; ok && k < m->plan->targets.len; k++) {
			const struct plan_target *t = &m->plan->targets.at[k];
			if (t->role != ROLE_CDN || !plan_node_serves(node, t))
				continue;
			struct job j = job_of_target(m, t, family);
			j.node = node->name;
			j.way = JOB_ADDRESS;
			j.addr = addr;
			size_t start = m->pass.len;
			ok = add(m, &j) && close_block(m, start);
		}
	}
	return ok;
}

static bool candidates(struct maker *m, int family, bool first_family)
{
	bool ok = true;
	for (size_t i = 0; ok && i < m->plan->candidates.len; i++) {
		const struct plan_candidate *c = &m->plan->candidates.at[i];
		struct job j = {
			.target = c->name, .target_rev = c->rev, .role = ROLE_CANDIDATE, .url = &c->url,
			.way = JOB_ADDRESS, .family = family, .nth = m->nth,
		};
		if (c->address.len > 0) {
			if (!first_of(&c->address, family, &j.addr))
				continue;
		} else if (literal(&c->url, &j.addr)) {
			if (!first_family)
				continue;
			j.family = j.addr.family;
		} else {
			j.way = JOB_UNTIMED;
			j.resolvers = m->resolvers->at;
			j.resolver_count = m->resolvers->len;
		}
		size_t start = m->pass.len;
		ok = add(m, &j) && close_block(m, start);
	}
	return ok;
}

static bool one_family(struct maker *m, int family, bool first_family)
{
	bool ok = true;
	if (m->each_resolver)
		for (size_t i = 0; ok && i < m->resolvers->len; i++)
			ok = through_dns(m, family, &m->resolvers->at[i], 1);
	else
		ok = through_dns(m, family, m->resolvers->at, m->resolvers->len);
	return ok && nodes(m, family) && candidates(m, family, first_family);
}

static bool one_pass(struct maker *m, size_t max)
{
	vec_clear(&m->pass);
	vec_clear(&m->blocks);
	bool ok = literal_targets(m) && (!m->plan->ipv4 || one_family(m, 4, true)) &&
	          (!m->plan->ipv6 || one_family(m, 6, !m->plan->ipv4));
	if (!ok)
		return false;
	if (m->blocks.len > 0)
		shuffle_blocks(&m->rng, m->blocks.at, m->blocks.len);
	for (size_t i = 0; i < m->blocks.len; i++)
		for (size_t k = 0; k < m->blocks.at[i].len; k++) {
			if (m->agenda->jobs.len == max) {
				m->agenda->left_out++;
				continue;
			}
			struct job *j = vec_add(&m->agenda->jobs);
			if (j == NULL)
				return false;
			*j = m->pass.at[m->blocks.at[i].start + k];
		}
	return true;
}

int agenda_make(struct agenda *a, const struct plan *plan, const struct addresses *resolvers,
                bool each_resolver, int64_t max_samples, uint64_t seed, struct err *err)
{
	struct maker m = { .agenda = a, .plan = plan, .resolvers = resolvers, .each_resolver = each_resolver };
	*a = (struct agenda){0};
	rng_seed(&m.rng, seed);
	bool ok = true;
	for (int64_t nth = 0; ok && nth < plan->samples; nth++) {
		m.nth = (uint32_t)nth;
		ok = one_pass(&m, (size_t)max_samples);
	}
	vec_free(&m.pass);
	vec_free(&m.blocks);
	if (ok)
		return 0;
	agenda_free(a);
	return err_nomem(err);
}

void agenda_free(struct agenda *a)
{
	vec_free(&a->jobs);
	a->left_out = 0;
}
