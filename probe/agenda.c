#include "probe/agenda.h"

#include <string.h>

#include "lib/rng.h"

/* A run of jobs that stay together while the pass is shuffled. */
struct block { size_t start, len; };

struct maker {
	struct agenda *agenda;
	const struct agenda_request *request;
	const struct plan *plan;
	const struct addresses *resolvers;
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

static bool due(const struct maker *m, size_t target)
{
	return m->request->due == NULL || m->request->due[target];
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
		if (t->role != role || literal(&t->url, &unused) || !due(m, i))
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

/* Spread the last `few` of `n` jobs evenly over the places of all, from a place on that chance says:
 * whoever always came second would find what the first one's questions left in the resolver. */
static bool interleave(struct rng *rng, struct job *jobs, size_t n, size_t few)
{
	VEC(struct job) all = {0};
	size_t many = n - few, taken = 0, placed = 0, start = rng_below(rng, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		struct job *j = vec_add(&all);
		if (j == NULL) {
			vec_free(&all);
			return false;
		}
		/* Place i takes one of the few where their share has grown by a whole one. */
		bool one = placed < few && (((i + 1) * few + start) / n > placed || taken == many);
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
	if (all > 0 && few > 0 && !interleave(&m->rng, m->pass.at + start, all, few))
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
		if (!literal(&t->url, &j.addr) || !due(m, i))
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
			if (t->role != ROLE_CDN || !plan_node_serves(node, t) || !due(m, k))
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
	if (m->request->each_resolver)
		for (size_t i = 0; ok && i < m->resolvers->len; i++)
			ok = through_dns(m, family, &m->resolvers->at[i], 1);
	else
		ok = through_dns(m, family, m->resolvers->at, m->resolvers->len);
	return ok && nodes(m, family) && candidates(m, family, first_family);
}

static bool rare_of_target(struct maker *m, size_t i, int family)
{
	const struct plan_url *url = &m->request->rare[i];
	struct job j = job_of_target(m, &m->plan->targets.at[i], family);
	j.kind = KIND_RARE;
	j.url = url;
	if (literal(url, &j.addr)) {
		j.way = JOB_ADDRESS;
		j.family = j.addr.family;
	} else {
		j.way = JOB_DNS;
		j.resolvers = m->resolvers->at;
		j.resolver_count = m->request->each_resolver && m->resolvers->len > 1 ? 1 : m->resolvers->len;
	}
	return add(m, &j);
}

static bool rare_objects(struct maker *m)
{
	bool ok = true;
	for (size_t i = 0; ok && m->request->rare != NULL && i < m->plan->targets.len; i++) {
		struct address unused;
		if (m->request->rare[i].text == NULL || !due(m, i))
			continue;
		if (literal(&m->request->rare[i], &unused))
			ok = rare_of_target(m, i, unused.family);
		else
			ok = (!m->plan->ipv4 || rare_of_target(m, i, 4)) && (!m->plan->ipv6 || rare_of_target(m, i, 6));
	}
	if (ok && m->pass.len > 0)
		shuffle_jobs(&m->rng, m->pass.at, m->pass.len);
	return ok;
}

static bool keep(struct maker *m, const struct job *job)
{
	struct agenda *a = m->agenda;
	if (a->jobs.len == (size_t)m->request->max_samples) {
		a->left_out++;
		return true;
	}
	struct job *j = vec_add(&a->jobs);
	if (j != NULL)
		*j = *job;
	return j != NULL;
}

static bool one_pass(struct maker *m)
{
	vec_clear(&m->pass);
	vec_clear(&m->blocks);
	bool ok = literal_targets(m) && (!m->plan->ipv4 || one_family(m, 4, true)) &&
	          (!m->plan->ipv6 || one_family(m, 6, !m->plan->ipv4));
	if (ok && m->blocks.len > 0)
		shuffle_blocks(&m->rng, m->blocks.at, m->blocks.len);
	for (size_t i = 0; ok && i < m->blocks.len; i++)
		for (size_t k = 0; ok && k < m->blocks.at[i].len; k++)
			ok = keep(m, &m->pass.at[m->blocks.at[i].start + k]);
	return ok;
}

/* Once a round, however many samples the plan wants. */
static bool last_pass(struct maker *m)
{
	m->nth = 0;
	vec_clear(&m->pass);
	bool ok = rare_objects(m);
	for (size_t i = 0; ok && i < m->pass.len; i++)
		ok = keep(m, &m->pass.at[i]);
	return ok;
}

int agenda_make(struct agenda *a, const struct agenda_request *request, struct err *err)
{
	struct maker m = {
		.agenda = a, .request = request, .plan = request->plan, .resolvers = request->resolvers,
	};
	*a = (struct agenda){0};
	rng_seed(&m.rng, request->seed);
	bool ok = true;
	for (int64_t nth = 0; ok && nth < request->plan->samples; nth++) {
		m.nth = (uint32_t)nth;
		ok = one_pass(&m);
	}
	ok = ok && last_pass(&m);
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
