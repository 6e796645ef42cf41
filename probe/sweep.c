#include "probe/sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/rng.h"
#include "probe/authority.h"
#include "probe/resolve.h"
#include "probe/round.h"

#define FOLLOW_MAX 8 /* CNAMEs that one server makes us ask for one by one */

/* The authoritative servers of one target, and what they are to be asked for. */
struct source {
	const struct plan_target *target;
	const struct job *job;      /* the first of the target: its resolvers find the servers */
	const char *name;
	struct address servers[PLAN_MAX_DNS_SERVERS];
	size_t count;
	enum nel_type error;        /* why there are none */
	char found[DNSMSG_NAME];
};

struct ask {
	const struct job *job;      /* target, revision, role, family */
	const char *name;
	const struct address *servers;
	size_t server_count;
	bool authority, wildcard;
	enum nel_type refused;      /* NEL_OK: it is asked */
	const char *ecs_text;       /* NULL: none */
	struct dnsmsg_ecs ecs;
};

struct runner;

struct slot {
	struct runner *r;
	struct resolve *resolve;
	struct authority *authority;
	const struct ask *ask;      /* NULL: idle */
	struct source *source;      /* NULL: none is searched for */
	struct lag_span span;
	struct loop_timer timer;    /* delivers what is not asked at all */
	struct sample sample;
	struct address server;      /* who answered */
	char next[DNSMSG_NAME];     /* a CNAME's target that is asked for */
	char chain[DNSMSG_CHAIN];
	int follows;
	struct mono deadline;
};

struct runner {
	struct sweep *sweep;
	struct slot *slots;
	size_t slot_count, running, next;
	struct mono started, last_start;
	struct loop_timer pace;
	bool closed, no_memory;
	VEC(struct source) sources;
	VEC(struct ask) asks;
	struct rng rng;             /* for names that nobody knows: see fresh_name() */
};

/* ---- one question ----------------------------------------------------------------------- */

static void set_pace(struct runner *r);

static const char *keep(struct slot *t, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return NULL;
	const char *copy = arena_str(t->r->sweep->shared->arena, text);
	t->r->no_memory |= copy == NULL;
	return copy;
}

static void finish(struct slot *t)
{
	struct runner *r = t->r;
	struct loop *loop = r->sweep->shared->loop;
	lag_end(loop_lag(loop), &t->span);
	t->sample.lag_us = t->span.worst_us;
	t->sample.lagged = lag_spoils(t->sample.lag_us, t->sample.error != NEL_OK,
	                              r->sweep->shared->timeout_ms * US_PER_MS);
	t->sample.cname = keep(t, t->chain);
	struct sample *kept = vec_add(&r->sweep->batch->samples);
	if (kept == NULL)
		r->no_memory = true;
	else
		*kept = t->sample;
	r->sweep->answered += t->sample.error == NEL_OK;
	t->ask = NULL;
	r->running--;
	set_pace(r);
}

static void fail(struct slot *t, enum nel_type type)
{
	t->sample.error = type;
	t->sample.error_phase = NEL_PHASE_DNS;
	finish(t);
}

static void refuse(void *ctx)
{
	struct slot *t = ctx;
	fail(t, t->ask->refused);
}

/* The wildcard's answer was made for us, unless its TTL has been counting down: a resolver may
 * make it up from what it knows of a signed zone (RFC 8198, 5.3). */
static enum dns_cache judge_wildcard(struct slot *t)
{
	const struct plan_target *target = plan_target(t->r->sweep->shared->plan, t->ask->job->target);
	struct ttlmem *m = t->r->sweep->shared->ttl;
	if (m == NULL || target == NULL)
		return DNS_CACHE_MISS;
	enum dns_cache seen = ttlmem_judge(m, t->sample.resolver, target->dns_wildcard, t->ask->job->family,
	                                   t->sample.ttl, wall_now());
	return seen == DNS_CACHE_HIT ? DNS_CACHE_UNKNOWN : DNS_CACHE_MISS;
}

static void add_chain(struct slot *t, const char *names)
{
	size_t have = strlen(t->chain), more = strlen(names);
	if (more == 0 || have + 1 + more >= sizeof t->chain)
		return;
	if (have > 0)
		t->chain[have++] = ' ';
	memcpy(t->chain + have, names, more + 1);
}

static void take_address(struct slot *t, const struct address *addr)
{
	const struct trial_shared *shared = t->r->sweep->shared;
	char text[ADDRESS_TEXT];
	t->sample.addr = keep(t, address_text(addr, text));
	if (t->ask->job->role != ROLE_CDN || t->ask->wildcard)
		return;
	const struct plan_node *node = plan_node_by_address(shared->plan, text);
	t->sample.edge = node != NULL ? node->name : NULL;
}

static void on_answer(void *ctx, const struct resolve_answer *a);

static void put(struct slot *t, const char *name, const struct address *servers, size_t n)
{
	struct resolve_question q = {
		.host = name, .type = resolve_type(t->ask->job->family), .authority = t->ask->authority,
		.ecs = t->ask->ecs_text != NULL ? &t->ask->ecs : NULL, .servers = servers, .server_count = n,
	};
	resolve_start(t->resolve, &q, t->deadline, &t->span, on_answer, t);
}

/* A server that doesn't follow its own CNAME is asked for its target; not so if the name is the
 * one just asked for. */
static bool leads_on(struct slot *t, const struct resolve_answer *a)
{
	return a->addr.family == 0 && t->follows < FOLLOW_MAX && strcmp(a->message->end, t->next) != 0 &&
	       a->message->end[0] != '\0' && strchr(a->message->end, '?') == NULL;
}

static void on_answer(void *ctx, const struct resolve_answer *a)
{
	struct slot *t = ctx;
	struct sample *s = &t->sample;
	bool first = t->follows == 0;
	char text[ADDRESS_TEXT];
	if (first) {
		s->resolver = keep(t, address_text_port(&a->server, AUTHORITY_PORT, text));
		s->dns_tries = a->tries;
		s->dns_tcp = a->tcp;
		if (a->message != NULL && a->message->ecs_scope >= 0)
			s->ecs_scope = a->message->ecs_scope;
	}
	if (a->error != NEL_OK) {
		if (first)
			fail(t, a->error);
		else
			finish(t); /* it only knows where it leads */
		return;
	}
	if (first) {
		s->dns_us = a->dns_us;
		s->ttl = a->ttl;
	} else if (a->ttl < s->ttl) {
		s->ttl = a->ttl;
	}
	if (!first && a->message->ecs_scope >= 0)
		s->ecs_scope = a->message->ecs_scope;
	add_chain(t, a->message->cname);
	if (t->ask->wildcard)
		s->dns_cache = judge_wildcard(t);
	if (a->addr.family != 0)
		take_address(t, &a->addr);
	if (!leads_on(t, a)) {
		finish(t);
		return;
	}
	memcpy(t->next, a->message->end, sizeof t->next);
	t->server = a->server;
	t->follows++;
	put(t, t->next, &t->server, 1);
}

static void begin(struct slot *t, const struct ask *ask)
{
	struct trial_shared *shared = t->r->sweep->shared;
	const struct job *job = ask->job;
	char text[ADDRESS_TEXT];
	t->ask = ask;
	t->follows = 0;
	t->next[0] = t->chain[0] = '\0';
	t->sample = sample_absent;
	t->sample.kind = KIND_DNS_ONLY;
	t->sample.t_us = wall_now().us;
	t->sample.target = job->target;
	t->sample.target_rev = job->target_rev;
	t->sample.role = job->role;
	t->sample.family = job->family;
	t->sample.ecs = ask->ecs_text;
	t->deadline = mono_add_us(mono_now(), shared->timeout_ms * US_PER_MS);
	lag_begin(loop_lag(shared->loop), &t->span);
	if (ask->refused == NEL_OK) {
		put(t, ask->name, ask->servers, ask->server_count);
		return;
	}
	if (ask->server_count > 0)
		t->sample.resolver = keep(t, address_text(&ask->servers[0], text));
	loop_timer_set(shared->loop, &t->timer, mono_now(), refuse, t);
}

/* ---- many: few in flight, their starts paced --------------------------------------------- */

static bool stopped(const struct runner *r)
{
	return r->sweep->stop != NULL && *r->sweep->stop;
}

static bool may_begin(struct runner *r)
{
	if (stopped(r) || mono_diff_us(r->started, mono_now()) >= r->sweep->deadline_us)
		r->closed = true;
	return !r->closed;
}

static void on_source(void *ctx, const struct authority_found *found);
static struct source *next_source(struct runner *r);

static void on_pace(void *ctx)
{
	struct runner *r = ctx;
	struct source *source = NULL;
	if (!may_begin(r))
		return;
	for (size_t i = 0; i < r->slot_count; i++) {
		struct slot *t = &r->slots[i];
		if (t->ask != NULL || t->source != NULL)
			continue;
		r->last_start = mono_now();
		if (r->next < r->asks.len) {
			r->running++;
			r->sweep->asked++;
			begin(t, &r->asks.at[r->next++]);
		} else if ((source = next_source(r)) != NULL) {
			const struct job *j = source->job;
			r->running++;
			t->source = source;
			authority_start(t->authority, j->url->host, r->sweep->shared->plan->ipv4 ? 4 : 6, j->resolvers,
			                j->resolver_count, mono_add_us(mono_now(), r->sweep->shared->timeout_ms * US_PER_MS),
			                on_source, t);
		}
		break;
	}
	set_pace(r);
}

/* A target whose servers must be found: nobody searches yet. */
static struct source *next_source(struct runner *r)
{
	for (size_t i = 0; i < r->sources.len; i++)
		if (r->sources.at[i].name == NULL) {
			r->sources.at[i].name = r->sources.at[i].target->url.host;
			return &r->sources.at[i];
		}
	return NULL;
}

static bool work_left(const struct runner *r)
{
	if (r->next < r->asks.len)
		return true;
	for (size_t i = 0; i < r->sources.len; i++)
		if (r->sources.at[i].name == NULL)
			return true;
	return false;
}

static void set_pace(struct runner *r)
{
	if (r->pace.on || r->closed || r->running == r->slot_count || !work_left(r))
		return;
	struct mono now = mono_now(), next = mono_add_us(r->last_start, ROUND_GAP_US);
	loop_timer_set(r->sweep->shared->loop, &r->pace, next.ns > now.ns ? next : now, on_pace, r);
}

static int run(struct runner *r, struct err *err)
{
	set_pace(r);
	while ((r->running > 0 || r->pace.on) && !stopped(r)) {
		int rc = loop_turn(r->sweep->shared->loop, err);
		if (rc != 0)
			return rc;
	}
	return r->no_memory ? err_nomem(err) : 0;
}

static void on_source(void *ctx, const struct authority_found *found)
{
	struct slot *t = ctx;
	struct source *source = t->source;
	source->error = found->error;
	source->count = found->count;
	memcpy(source->servers, found->servers, sizeof found->servers);
	memcpy(source->found, found->name, sizeof source->found);
	source->name = source->found;
	t->source = NULL;
	t->r->running--;
	set_pace(t->r);
}

/* ---- what is asked ------------------------------------------------------------------------ */

static void add_ask(struct runner *r, const struct ask *ask)
{
	struct sweep *s = r->sweep;
	if (r->asks.len >= s->max_questions) {
		s->left_out++;
		return;
	}
	struct ask *kept = vec_add(&r->asks);
	if (kept == NULL)
		r->no_memory = true;
	else
		*kept = *ask;
}

/* A label that was never asked for, before the wildcard's zone: 64 random bits. */
static const char *fresh_name(struct runner *r, const char *wildcard)
{
	char name[DNSMSG_NAME];
	int n = snprintf(name, sizeof name, "l%016" PRIx64 "%s", rng_next(&r->rng), wildcard + 1);
	const char *kept = n < (int)sizeof name ? arena_str(r->sweep->shared->arena, name) : NULL;
	r->no_memory |= kept == NULL;
	return kept;
}

static bool same_question(const struct job *a, const struct job *b)
{
	return a->way == b->way && a->family == b->family && a->resolvers == b->resolvers &&
	       strcmp(a->target, b->target) == 0;
}

/* Once for each target, family and list of resolvers: further passes and other objects of the
 * target are jobs of their own. */
static void wildcards(struct runner *r)
{
	for (size_t i = 0; i < r->sweep->job_count && !r->no_memory; i++) {
		const struct job *j = &r->sweep->jobs[i];
		const struct plan_target *t = plan_target(r->sweep->shared->plan, j->target);
		bool again = j->way != JOB_DNS || t == NULL || t->dns_wildcard == NULL;
		for (size_t k = 0; k < i && !again; k++)
			again = same_question(&r->sweep->jobs[k], j);
		if (again)
			continue;
		struct ask ask = {
			.job = j, .servers = j->resolvers, .server_count = j->resolver_count, .wildcard = true,
			.name = fresh_name(r, t->dns_wildcard),
		};
		if (ask.name != NULL)
			add_ask(r, &ask);
	}
}

/* The targets with authorities to ask, each once. */
static void sources(struct runner *r)
{
	for (size_t i = 0; i < r->sweep->job_count && !r->no_memory; i++) {
		const struct job *j = &r->sweep->jobs[i];
		const struct plan_target *t = plan_target(r->sweep->shared->plan, j->target);
		bool seen = j->way != JOB_DNS || t == NULL || (t->ecs.len == 0 && t->dns_servers.len == 0);
		for (size_t k = 0; k < r->sources.len; k++)
			seen |= r->sources.at[k].target == t;
		if (seen)
			continue;
		struct source *source = vec_add(&r->sources);
		if (source == NULL) {
			r->no_memory = true;
			return;
		}
		*source = (struct source){ .target = t, .job = j };
		for (size_t k = 0; k < t->dns_servers.len && k < PLAN_MAX_DNS_SERVERS; k++)
			if (address_parse(t->dns_servers.at[k], &source->servers[source->count])) {
				source->servers[source->count++].port = AUTHORITY_PORT;
				source->name = t->url.host;
			}
	}
}

/* Each server of a target without a subnet; if there is none, why. */
static void direct(struct runner *r, struct source *source, const struct job *j)
{
	struct ask ask = { .job = j, .name = source->name, .server_count = 1, .authority = true };
	for (size_t i = 0; i < source->count; i++) {
		ask.servers = &source->servers[i];
		add_ask(r, &ask);
	}
	if (source->count > 0 || source->error == NEL_OK)
		return;
	ask.server_count = 0;
	ask.refused = source->error;
	add_ask(r, &ask);
}

static void subnets(struct runner *r, const struct source *source, const struct job *j)
{
	struct ask ask = {
		.job = j, .name = source->name, .servers = source->servers, .server_count = source->count,
		.authority = true,
	};
	for (size_t i = 0; i < source->target->ecs.len && source->count > 0; i++) {
		ask.ecs_text = source->target->ecs.at[i];
		if (dnsmsg_ecs_parse(ask.ecs_text, &ask.ecs))
			add_ask(r, &ask);
	}
}

/* Servers that may not be asked: said once, for each, and no more of them. */
static void guarded(struct runner *r, struct source *source)
{
	size_t kept = 0;
	for (size_t i = 0; i < source->count; i++) {
		struct address *a = &source->servers[i];
		if (guard_address(r->sweep->shared->guard, a) == NULL) {
			source->servers[kept++] = *a;
			continue;
		}
		struct address *copy = arena_alloc(r->sweep->shared->arena, sizeof *copy);
		if (copy == NULL) {
			r->no_memory = true;
			return;
		}
		*copy = *a;
		struct ask ask = {
			.job = source->job, .name = source->name, .servers = copy, .server_count = 1,
			.authority = true, .refused = NEL_TCP_ADDRESS_INVALID,
		};
		add_ask(r, &ask);
	}
	source->count = kept;
}

/* Authorities are asked once for each family, whatever the resolvers. */
static void authorities(struct runner *r)
{
	for (size_t i = 0; i < r->sources.len && !r->no_memory; i++) {
		struct source *source = &r->sources.at[i];
		bool done[2] = {false}; /* IPv4, IPv6 */
		guarded(r, source);
		for (size_t k = 0; k < r->sweep->job_count; k++) {
			const struct job *j = &r->sweep->jobs[k];
			if (j->way != JOB_DNS || done[j->family == 6] || strcmp(j->target, source->job->target) != 0)
				continue;
			done[j->family == 6] = true;
			direct(r, source, j);
			subnets(r, source, j);
		}
	}
}

static int make_slots(struct runner *r, struct err *err)
{
	size_t want = (size_t)r->sweep->concurrency;
	r->slots = calloc(want, sizeof *r->slots);
	for (; r->slots != NULL && r->slot_count < want; r->slot_count++) {
		struct slot *t = &r->slots[r->slot_count];
		t->r = r;
		t->resolve = resolve_new(r->sweep->shared->loop);
		t->authority = authority_new(r->sweep->shared->loop);
		if (t->resolve == NULL || t->authority == NULL) {
			r->slot_count++;
			return err_nomem(err);
		}
	}
	return r->slots != NULL ? 0 : err_nomem(err);
}

static void free_runner(struct runner *r)
{
	struct loop *loop = r->sweep->shared->loop;
	loop_timer_off(loop, &r->pace);
	for (size_t i = 0; i < r->slot_count; i++) {
		struct slot *t = &r->slots[i];
		if (t->ask != NULL)
			lag_end(loop_lag(loop), &t->span);
		loop_timer_off(loop, &t->timer);
		resolve_free(t->resolve);
		authority_free(t->authority);
	}
	free(r->slots);
	vec_free(&r->sources);
	vec_free(&r->asks);
}

static int by_start(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	return (x->t_us > y->t_us) - (x->t_us < y->t_us);
}

int sweep_run(struct sweep *s, struct err *err)
{
	struct runner r = { .sweep = s };
	size_t had = s->batch->samples.len;
	uint64_t seed;
	s->asked = s->answered = s->left_out = 0;
	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)wall_now().us;
	rng_seed(&r.rng, seed);
	wildcards(&r);
	sources(&r);
	int rc = r.no_memory ? err_nomem(err) : 0;
	if (rc == 0 && (r.asks.len > 0 || r.sources.len > 0)) {
		r.started = r.last_start = mono_now();
		rc = make_slots(&r, err);
		if (rc == 0)
			rc = run(&r, err); /* the wildcards, and who the authorities are */
		if (rc == 0 && !r.closed && !stopped(&r)) {
			authorities(&r);
			rc = run(&r, err);
		}
	}
	s->left_out += r.asks.len - r.next;
	if (s->batch->samples.len > had)
		qsort(s->batch->samples.at + had, s->batch->samples.len - had, sizeof *s->batch->samples.at, by_start);
	free_runner(&r);
	return rc;
}
