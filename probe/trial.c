#include "probe/trial.h"

#include <stdlib.h>
#include <string.h>

#include "probe/resolve.h"

#define DNS_PORT 53

enum state { IDLE, RESOLVING, FETCHING, REFUSED };

struct trial {
	struct trial_shared *shared;
	enum state state;
	const struct job *job;
	struct resolve *resolve;
	struct fetch *fetch;
	struct inspect *inspect; /* NULL: the shared trials don't */
	struct lag_span span;
	struct loop_timer timer; /* delivers what is known at once, from the loop */
	struct mono deadline;
	struct address addr;
	struct sample sample;
	trial_fn *done;
	void *ctx;
};

struct trial *trial_new(struct trial_shared *shared)
{
	struct trial *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->shared = shared;
	t->resolve = resolve_new(shared->loop);
	t->fetch = fetch_new(shared->fetcher);
	if (shared->inspects)
		t->inspect = inspect_new();
	if (t->resolve == NULL || t->fetch == NULL || (shared->inspects && t->inspect == NULL)) {
		trial_free(t);
		return NULL;
	}
	return t;
}

void trial_free(struct trial *t)
{
	if (t == NULL)
		return;
	if (t->state != IDLE)
		lag_end(loop_lag(t->shared->loop), &t->span);
	loop_timer_off(t->shared->loop, &t->timer);
	resolve_free(t->resolve);
	fetch_free(t->fetch);
	inspect_free(t->inspect);
	free(t);
}

bool trial_is_idle(const struct trial *t)
{
	return t->state == IDLE;
}

static const char *keep(struct trial *t, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return NULL;
	const char *copy = arena_str(t->shared->arena, text);
	t->shared->out_of_memory |= copy == NULL;
	return copy;
}

static void fail(struct sample *s, enum nel_type type)
{
	s->error = type;
	s->error_phase = nel_phase_of_type(type);
}

static void finish(struct trial *t, bool recorded, const struct fetch_result *fetched)
{
	struct sample *s = &t->sample;
	lag_end(loop_lag(t->shared->loop), &t->span);
	s->lag_us = t->span.worst_us;
	s->lagged = lag_spoils(s->lag_us, s->error != NEL_OK, t->shared->timeout_ms * US_PER_MS);
	t->state = IDLE;
	t->done(t->ctx, t->job, recorded ? s : NULL, fetched);
}

static void refuse(void *ctx)
{
	struct trial *t = ctx;
	fail(&t->sample, NEL_TCP_ADDRESS_INVALID);
	finish(t, true, NULL);
}

static void local_failure(void *ctx)
{
	struct trial *t = ctx;
	t->shared->out_of_memory = true;
	fail(&t->sample, NEL_LOCAL_FAILED);
	finish(t, true, NULL);
}

static bool status_expected(const struct job *job, int64_t status)
{
	if (job->expect_count == 0)
		return status >= 200 && status <= 299;
	for (size_t i = 0; i < job->expect_count; i++)
		if (job->expect_status[i] == status)
			return true;
	return false;
}

/* Statuses that send the client elsewhere (RFC 9110, 15.4). */
static bool is_redirect(int64_t status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static const char *edge_of(struct trial *t, const struct fetch_result *r)
{
	char text[ADDRESS_TEXT];
	if (t->job->node != NULL)
		return t->job->node;
	const struct plan_node *node = NULL;
	if (t->shared->plan != NULL && t->job->role == ROLE_CDN)
		node = plan_node_by_address(t->shared->plan, address_text(&t->addr, text));
	return node != NULL ? node->name : keep(t, r->edge);
}

static void on_fetched(void *ctx, const struct fetch_result *r)
{
	struct trial *t = ctx;
	struct sample *s = &t->sample;
	s->tcp_us = r->tcp_us;
	s->tls_us = r->tls_us;
	s->wait_us = r->wait_us;
	s->body_us = r->body_us;
	s->min_rtt_us = r->min_rtt_us;
	s->syn_rtt_us = r->syn_rtt_us;
	s->retrans = r->retrans;
	s->status = r->status;
	s->http = r->http;
	s->tls = keep(t, r->tls);
	s->bytes = r->bytes;
	s->cache = r->cache;
	s->age_s = r->age_s;
	if (r->tcp_us != US_NONE || r->tls_us != US_NONE) /* over QUIC there is no tcp */
		s->edge = edge_of(t, r);
	if (r->error != NEL_OK) {
		fail(s, r->error);
	} else if (!status_expected(t->job, r->status)) {
		fail(s, is_redirect(r->status) ? NEL_HTTP_REDIRECT : NEL_HTTP_ERROR);
		s->location = keep(t, r->location);
	}
	finish(t, !r->over_budget, r);
}

static void begin_fetch(struct trial *t)
{
	struct trial_shared *shared = t->shared;
	const struct job *job = t->job;
	char text[ADDRESS_TEXT];
	t->sample.family = t->addr.family;
	t->sample.addr = keep(t, address_text(&t->addr, text));
	struct mono now = mono_now();
	/* Whole milliseconds, rounded up: 0 would mean no timeout to libcurl. */
	int64_t left = (mono_diff_us(now, t->deadline) + US_PER_MS - 1) / US_PER_MS;
	struct fetch_request q = {
		.url = job->url, .addr = t->addr, .http = job->http, .tls = job->tls, .headers = job->headers,
		.edge_header = job->edge_header, .body_limit_kib = job->body_limit_kib,
		.timeout_ms = left > 0 ? left : 1, .inspect = t->inspect,
	};
	if (guard_address(shared->guard, &t->addr) != NULL || !guard_port(shared->guard, job->url->port)) {
		t->state = REFUSED;
		loop_timer_set(shared->loop, &t->timer, now, refuse, t);
		return;
	}
	t->state = FETCHING;
	if (t->inspect != NULL)
		inspect_begin(t->inspect, shared->arena, job->body_limit_kib * 1024);
	if (fetch_start(t->fetch, &q, &t->span, on_fetched, t, NULL) != 0)
		loop_timer_set(shared->loop, &t->timer, now, local_failure, t);
}

static void on_resolved(void *ctx, const struct resolve_answer *a)
{
	struct trial *t = ctx;
	struct sample *s = &t->sample;
	if (t->job->way == JOB_DNS) {
		char text[ADDRESS_TEXT];
		s->resolver = keep(t, address_text_port(&a->server, DNS_PORT, text));
		s->dns_tries = a->tries > 0 ? a->tries : US_NONE;
		s->dns_tcp = a->tcp;
		s->cname = a->message != NULL ? keep(t, a->message->cname) : NULL;
		if (a->error == NEL_OK) {
			s->dns_us = a->dns_us;
			s->ttl = a->ttl < 0 ? 0 : a->ttl;
			s->dns_cache = t->shared->ttl == NULL ? DNS_CACHE_UNKNOWN
			               : ttlmem_judge(t->shared->ttl, text, t->job->url->host, t->job->family,
			                              s->ttl, wall_now());
		}
	}
	if (a->error != NEL_OK) {
		fail(s, a->error);
		s->error_phase = NEL_PHASE_DNS; /* also of what happens at a connection too: no route, no descriptor */
		finish(t, true, NULL);
		return;
	}
	t->addr = a->addr;
	if (t->job->way == JOB_UNTIMED) { /* asking for the name was no part of it */
		s->t_us = wall_now().us;
		t->deadline = mono_add_us(mono_now(), t->shared->timeout_ms * US_PER_MS);
	}
	begin_fetch(t);
}

void trial_begin(struct trial *t, const struct job *job, trial_fn *done, void *ctx)
{
	t->job = job;
	t->done = done;
	t->ctx = ctx;
	t->addr = (struct address){0};
	t->sample = sample_absent;
	t->sample.t_us = wall_now().us;
	t->sample.target = job->target;
	t->sample.target_rev = job->target_rev;
	t->sample.node = job->node;
	t->sample.role = job->role;
	t->sample.kind = job->kind;
	t->sample.nth = job->nth;
	t->deadline = mono_add_us(mono_now(), t->shared->timeout_ms * US_PER_MS);
	lag_begin(loop_lag(t->shared->loop), &t->span);
	if (job->way == JOB_ADDRESS) {
		t->addr = job->addr;
		begin_fetch(t);
		return;
	}
	t->state = RESOLVING;
	struct resolve_question q = {
		.host = job->url->host, .type = resolve_type(job->family),
		.servers = job->resolvers, .server_count = job->resolver_count,
	};
	resolve_start(t->resolve, &q, t->deadline, &t->span, on_resolved, t);
}
