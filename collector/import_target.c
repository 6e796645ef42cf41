/* Which target, node or candidate of the plan a record is of. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "collector/import.h"

static bool set_target(struct sample *s, const struct plan_target *t, struct import_item *item)
{
	bool ok = true;

	s->target = import_text(item, t->name, &ok);
	s->target_rev = import_text(item, t->rev, &ok);
	s->role = t->role;
	return ok;
}

static bool set_candidate(struct sample *s, const struct plan_candidate *c, struct import_item *item)
{
	bool ok = true;

	s->target = import_text(item, c->name, &ok);
	s->target_rev = import_text(item, c->rev, &ok);
	s->role = ROLE_CANDIDATE;
	return ok;
}

/* A node is measured for a cdn target: the one asked for, or the first that it serves. */
static const struct plan_target *target_on(const struct plan *plan, const struct plan_node *n, const char *name)
{
	for (size_t i = 0; i < plan->targets.len; i++) {
		const struct plan_target *t = &plan->targets.at[i];
		if (t->role == ROLE_CDN && plan_node_serves(n, t) && (name == NULL || strcmp(name, t->name) == 0))
			return t;
	}
	return NULL;
}

static bool same_address(const char *a, const char *b)
{
	unsigned char x[16], y[16];
	int family = strchr(a, ':') != NULL ? AF_INET6 : AF_INET;

	return inet_pton(family, a, x) == 1 && inet_pton(family, b, y) == 1
	       && memcmp(x, y, family == AF_INET ? 4 : 16) == 0;
}

static const struct plan_candidate *candidate_at(const struct plan *plan, const struct import_what *w,
                                                 const struct plan_url *url)
{
	for (size_t i = 0; i < plan->candidates.len; i++) {
		const struct plan_candidate *c = &plan->candidates.at[i];
		if (url != NULL && strcmp(url->host, c->url.host) == 0 && strcmp(url->path, c->url.path) == 0)
			return c;
		if (url != NULL)
			continue;
		if (w->host != NULL && strcasecmp(w->host, c->url.host) == 0)
			return c;
		for (size_t k = 0; w->addr != NULL && k < c->address.len; k++)
			if (same_address(w->addr, c->address.at[k]))
				return c;
	}
	return NULL;
}

/* A visit is of a target if it was of its very URL: another object on the same host takes another
 * time. What is not a visit (a round trip, a certificate) is of the host. */
static const struct plan_target *target_at(const struct plan *plan, const struct import_what *w,
                                           const struct plan_url *url)
{
	for (size_t i = 0; i < plan->targets.len; i++) {
		const struct plan_url *u = &plan->targets.at[i].url;
		if (url == NULL && w->host != NULL && strcasecmp(w->host, u->host) == 0)
			return &plan->targets.at[i];
		if (url != NULL && url->https == u->https && url->port == u->port
		    && strcmp(url->host, u->host) == 0 && strcmp(url->path, u->path) == 0)
			return &plan->targets.at[i];
	}
	return NULL;
}

static bool set_node(struct sample *s, const struct plan_node *n, const struct plan_target *t,
                     struct import_item *item)
{
	bool ok = true;

	s->node = import_text(item, n->name, &ok);
	return ok && set_target(s, t, item);
}

/* By a name of the plan. *found: there is such a one. */
static bool by_name(const struct plan *plan, const char *name, struct sample *s, struct import_item *item,
                    bool *found)
{
	const struct plan_target *t = plan_target(plan, name), *on;
	const struct plan_node *n = t == NULL ? plan_node(plan, name) : NULL;
	const struct plan_candidate *c = n == NULL ? plan_candidate(plan, name) : NULL;

	*found = true;
	if (t != NULL)
		return set_target(s, t, item);
	if (n != NULL && (on = target_on(plan, n, NULL)) != NULL)
		return set_node(s, n, on, item);
	if (c != NULL)
		return set_candidate(s, c, item);
	*found = false;
	return true;
}

static bool by_plan(const struct import *im, const struct plan *plan, const struct import_what *w,
                    struct sample *s, struct import_item *item, bool *found)
{
	struct plan_url parsed, *url = NULL;
	const struct plan_node *node = w->addr != NULL ? plan_node_by_address(plan, w->addr) : NULL;
	const struct plan_target *on;

	if (w->url != NULL) {
		if (plan_url_parse(&item->batch.arena, w->url, &parsed, NULL) != 0)
			return true; /* not found */
		url = &parsed;
	}
	*found = true;
	if (w->round_trip && node != NULL && (on = target_on(plan, node, im->s->target)) != NULL)
		return set_node(s, node, on, item);
	const struct plan_target *t = im->s->target == NULL ? target_at(plan, w, url) : NULL;
	if (t != NULL && w->by_address && node != NULL && t->role == ROLE_CDN && plan_node_serves(node, t))
		return set_node(s, node, t, item);
	if (t != NULL)
		return set_target(s, t, item);
	const struct plan_candidate *c = im->s->target == NULL ? candidate_at(plan, w, url) : NULL;
	if (c != NULL)
		return set_candidate(s, c, item);
	*found = false;
	return true;
}

/* A name as names are, of a host or of what somebody calls it. */
static bool set_other(const struct import *im, struct sample *s, const char *host, struct import_item *item)
{
	char name[NAME_MAX_LEN + 1];
	size_t len = 0;

	for (const char *p = host; *p != '\0' && len < NAME_MAX_LEN; p++)
		name[len++] = isalnum((unsigned char)*p) || *p == '.' || *p == '_' ? (char)tolower((unsigned char)*p) : '-';
	s->target = arena_strn(&item->batch.arena, name, len);
	s->role = im->s->role;
	return s->target != NULL;
}

static const char *host_of(const struct import_what *w)
{
	if (w->host != NULL && w->host[0] != '\0')
		return w->host;
	return w->addr != NULL && w->addr[0] != '\0' ? w->addr : "unknown";
}

static bool set_address(struct sample *s, const char *addr, struct import_item *item)
{
	unsigned char bytes[16];
	bool ok = true;

	if (addr == NULL)
		return true;
	s->family = inet_pton(AF_INET, addr, bytes) == 1 ? 4 : inet_pton(AF_INET6, addr, bytes) == 1 ? 6 : 0;
	if (s->family != 0)
		s->addr = import_text(item, addr, &ok);
	return ok;
}

bool import_target(const struct import *im, struct import_item *item, struct sample *sample,
                   const struct import_what *what)
{
	const struct plan *plan = im->s->plan;
	bool found = false, ok = set_address(sample, what->addr, item);

	if (ok && plan != NULL && what->named)
		ok = by_name(plan, what->host, sample, item, &found);
	if (ok && plan != NULL && !found)
		ok = by_plan(im, plan, what, sample, item, &found);
	if (ok && plan != NULL && !found && im->s->target != NULL)
		ok = by_name(plan, im->s->target, sample, item, &found);
	if (ok && !found)
		ok = set_other(im, sample, im->s->target != NULL ? im->s->target : host_of(what), item);
	if (ok && plan != NULL && sample->role == ROLE_CDN && sample->node == NULL && sample->addr != NULL) {
		const struct plan_node *n = plan_node_by_address(plan, sample->addr);
		if (n != NULL)
			sample->edge = import_text(item, n->name, &ok);
	}
	return ok;
}

/* RFC 9110, 15.4: of the 3xx, 304 redirects nowhere. */
static bool redirects(int64_t status)
{
	return status >= 300 && status < 400 && status != 304;
}

bool import_status(const struct import *im, struct import_item *item, struct sample *sample,
                   const char *location)
{
	const struct plan_target *t =
		im->s->plan != NULL && sample->target_rev != NULL ? plan_target(im->s->plan, sample->target) : NULL;
	bool expected = sample->status >= 200 && sample->status < 300, ok = true;

	if (t != NULL && t->expect_status.len != 0) {
		expected = false;
		for (size_t i = 0; i < t->expect_status.len; i++)
			expected = expected || t->expect_status.at[i] == sample->status;
	}
	/* A candidate's answer is a round trip, whatever it says. */
	if (expected || sample->role == ROLE_CANDIDATE)
		return true;
	sample->error = redirects(sample->status) ? NEL_HTTP_REDIRECT : NEL_HTTP_ERROR;
	sample->error_phase = NEL_PHASE_APPLICATION;
	if (redirects(sample->status))
		sample->location = import_text(item, location, &ok);
	return ok;
}

void import_audit_of(struct audit *audit, const struct sample *sample)
{
	audit->target = sample->target;
	audit->target_rev = sample->target_rev;
	audit->node = sample->node;
	audit->addr = sample->addr;
	audit->edge = sample->edge;
	audit->status = sample->status;
}
