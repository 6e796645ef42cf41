#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/plan_value.h"

/* A name of an HTTP field: RFC 9110, section 5.6.2, token. */
static size_t token(const char *s)
{
	return strspn(s, "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

static int check_header(const struct plan_at *a, const char *s)
{
	/* These the probe must set itself, or the measurement is of something else. */
	static const char *const ours[] = {"Host", "Connection", "Content-Length", "Transfer-Encoding"};
	size_t len = token(s);

	if (len == 0 || s[len] != ':')
		return plan_wrong(a, "headers", "\"%.60s\" is not \"Name: value\"", s);
	for (size_t i = 0; i < LAT_COUNT(ours); i++)
		if (strlen(ours[i]) == len && strncasecmp(ours[i], s, len) == 0)
			return plan_wrong(a, "headers", "%s is set by the probe itself", ours[i]);
	return 0;
}

static int take_headers(const struct plan_at *a, struct plan_target *t)
{
	size_t n = plan_list(a, "headers");
	int status;

	if (n > PLAN_MAX_HEADERS)
		return plan_wrong(a, "headers", "%zu headers (limit %d)", n, PLAN_MAX_HEADERS);
	if ((status = plan_new_strings(a, n, &t->headers)) != 0)
		return status;
	for (size_t k = 0; k < n; k++) {
		if ((status = plan_keep_text(a, "headers", plan_string_at(a, "headers", k), &t->headers.at[k])) != 0
		    || (status = check_header(a, t->headers.at[k])) != 0)
			return status;
	}
	if ((status = plan_take_text(a, "edge_header", &t->edge_header)) != 0)
		return status;
	if (t->edge_header != NULL && t->edge_header[token(t->edge_header)] != '\0')
		return plan_wrong(a, "edge_header", "\"%.60s\" is not the name of a header", t->edge_header);
	return 0;
}

static int take_statuses(const struct plan_at *a, struct plan_target *t)
{
	size_t n = plan_list(a, "expect_status");

	if (n > PLAN_MAX_STATUSES)
		return plan_wrong(a, "expect_status", "%zu statuses (limit %d)", n, PLAN_MAX_STATUSES);
	for (size_t k = 0; k < n; k++) {
		int64_t *status = vec_add(&t->expect_status);
		if (status == NULL)
			return err_nomem(a->err);
		*status = a->form->integer_at(a->form->ctx, a->part, a->i, "expect_status", k);
	}
	return 0;
}

static int normal_address(const char *s, char out[PLAN_SUBNET_TEXT], struct err *err)
{
	if (plan_address_normal(s, out))
		return 0;
	return err_set(err, LAT_USAGE, "\"%.60s\" is neither an IPv4 nor an IPv6 address", s);
}

static int take_rare(const struct plan_at *a, struct plan_target *t)
{
	size_t n = plan_list(a, "rare");
	struct err why = {0};
	int status;

	if (n > PLAN_MAX_RARE)
		return plan_wrong(a, "rare", "%zu paths (limit %d)", n, PLAN_MAX_RARE);
	if ((status = plan_new_strings(a, n, &t->rare)) != 0)
		return status;
	for (size_t k = 0; k < n; k++)
		if ((t->rare.at[k] = arena_str(&a->plan->arena, plan_string_at(a, "rare", k))) == NULL)
			return err_nomem(a->err);
	status = plan_rare_check(&a->plan->arena, t, &why);
	return status == 0 ? 0 : plan_refused(a, "rare", status, &why);
}

static int take_sha256(const struct plan_at *a, struct plan_target *t)
{
	const char *s = plan_string(a, "expect_sha256");

	if (s == NULL)
		return 0;
	if (strlen(s) != 64 || s[strspn(s, "0123456789abcdefABCDEF")] != '\0')
		return plan_wrong(a, "expect_sha256", "\"%.80s\" is not 64 hexadecimal digits", s);
	char *copy = arena_str(&a->plan->arena, s);
	for (char *p = copy; p != NULL && *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	t->expect_sha256 = copy;
	return copy != NULL ? 0 : err_nomem(a->err);
}

/* What is asked about a target besides. */
static int take_extras(const struct plan_at *a, struct plan_target *t)
{
	const char *wildcard = plan_string(a, "dns_wildcard");
	char unused[PLAN_ADDRESS_TEXT];
	struct err why = {0};
	int status;

	t->every_us = plan_integer(a, "every", 0);
	if ((status = take_rare(a, t)) != 0
	    || (status = plan_take_list(a, "ecs", PLAN_MAX_ECS, plan_subnet_normal, &t->ecs)) != 0
	    || (status = plan_take_list(a, "dns_servers", PLAN_MAX_DNS_SERVERS, normal_address, &t->dns_servers)) != 0
	    || (status = take_sha256(a, t)) != 0)
		return status;
	if (wildcard != NULL
	    && (status = plan_wildcard_check(&a->plan->arena, wildcard, &t->dns_wildcard, &why)) != 0)
		return plan_refused(a, "dns_wildcard", status, &why);
	if ((t->ecs.len != 0 || t->dns_servers.len != 0) && plan_address_normal(t->url.host, unused))
		return plan_wrong(a, t->ecs.len != 0 ? "ecs" : "dns_servers", "the URL's host is an address: there is nothing "
		             "to ask for");
	return 0;
}

static int keep_where(const struct plan_at *a, const char **out)
{
	char where[PLAN_WHERE_TEXT];

	*out = arena_str(&a->plan->arena, a->form->where(a->form->ctx, a->part, a->i, NULL, where, sizeof where));
	return *out != NULL ? 0 : err_nomem(a->err);
}

/* The revision that came, or the one that `made` was made to be. */
static void take_rev(const struct plan_at *a, const char made[HASH64_TEXT], char rev[HASH64_TEXT])
{
	const char *s = a->form->rev(a->form->ctx, a->part, a->i);

	snprintf(rev, HASH64_TEXT, "%s", s != NULL ? s : made);
}

/* ---- parts --------------------------------------------------------------------- */

static int read_objective(struct plan_at *a)
{
	static const char *const metrics[] = {"total", "ttfb", "min_rtt", NULL};
	static const enum measure measures[] = {M_TOTAL, M_TTFB, M_MIN_RTT};
	int metric = 0, status;

	a->part = PART_OBJECTIVE;
	a->i = 0;
	bool given = a->form->count(a->form->ctx, PART_OBJECTIVE) != 0;
	if (given && (status = plan_take_word(a, "metric", plan_string(a, "metric"), metrics, &metric)) != 0)
		return status;
	a->plan->metric = measures[metric];
	a->plan->quantile = given ? plan_number(a, "quantile", 0.75) : 0.75;
	a->plan->limit_ms = given ? plan_number(a, "limit_ms", 1000) : 1000;
	return 0;
}

static int read_families(struct plan_at *a)
{
	size_t n = plan_list(a, "families");
	bool seen[2] = {false, false};
	int status, family = 0;

	if (n == 0)
		return plan_wrong(a, "families", "empty");
	for (size_t k = 0; k < n; k++) {
		const char *s = plan_string_at(a, "families", k);
		if ((status = plan_take_word(a, "families", s, plan_families, &family)) != 0)
			return status;
		if (seen[family])
			return plan_wrong(a, "families", "\"%s\" given twice", s);
		seen[family] = true;
	}
	a->plan->ipv4 = seen[0];
	a->plan->ipv6 = seen[1];
	return 0;
}

static int read_schedule(struct plan_at *a)
{
	struct plan *p = a->plan;

	p->samples = 1;
	p->concurrency = 4;
	p->timeout_ms = 10000;
	p->ipv4 = true;
	p->audit_every_us = 3600000000;
	a->part = PART_SCHEDULE;
	a->i = 0;
	if (a->form->count(a->form->ctx, PART_SCHEDULE) == 0)
		return 0;
	p->samples = plan_integer(a, "samples", p->samples);
	p->concurrency = plan_integer(a, "concurrency", p->concurrency);
	p->timeout_ms = plan_integer(a, "timeout_ms", p->timeout_ms);
	p->audit_every_us = plan_integer(a, "audit_every", p->audit_every_us);
	return plan_has(a, "families") ? read_families(a) : 0;
}

static int take_http(struct plan_at *a, const char **out)
{
	static const char *const versions[] = {"1.1", "2", "3", NULL};
	int version = -1;
	int status = plan_take_word(a, "http", plan_string(a, "http"), versions, &version);

	*out = version < 0 ? NULL : versions[version];
	return status;
}

/* HTTP/2 by ALPN is TLS's; QUIC has TLS 1.3 within (RFC 9001, 4.2). */
static int check_http(struct plan_at *a, const struct plan_target *t)
{
	if (t->http == NULL || strcmp(t->http, "1.1") == 0)
		return 0;
	if (!t->url.https)
		return plan_wrong(a, "http", "HTTP/%s needs https://", t->http);
	if (strcmp(t->http, "3") == 0 && t->tls != NULL && strcmp(t->tls, "1.3") != 0)
		return plan_wrong(a, "tls", "HTTP/3 has no TLS but 1.3");
	return 0;
}

static int read_target(struct plan_at *a)
{
	static const char *const roles[] = {"cdn", "baseline", NULL}; /* in the order of enum role */
	static const char *const tlses[] = {"1.2", "1.3", NULL};
	struct plan_target *t = vec_add(&a->plan->targets);
	int role = -1, tls = -1, status;
	char made[HASH64_TEXT];

	if (t == NULL)
		return err_nomem(a->err);
	if ((status = keep_where(a, &t->where)) != 0
	    || (status = plan_take_name(a, &t->name)) != 0
	    || (status = plan_take_word(a, "role", plan_string(a, "role"), roles, &role)) != 0
	    || (status = plan_take_url(a, &t->url)) != 0
	    || (status = take_http(a, &t->http)) != 0
	    || (status = plan_take_word(a, "tls", plan_string(a, "tls"), tlses, &tls)) != 0
	    || (status = take_statuses(a, t)) != 0
	    || (status = take_headers(a, t)) != 0
	    || (status = take_extras(a, t)) != 0)
		return status;
	if (role < 0)
		return plan_wrong(a, "role", "missing (cdn or baseline)");
	t->role = (enum role)role;
	t->tls = tls < 0 ? NULL : tlses[tls];
	t->body_limit_kib = plan_integer(a, "body_limit_kib", 0);
	if (!t->url.https && t->tls != NULL)
		return plan_wrong(a, "tls", "the URL is http://, without TLS");
	if ((status = check_http(a, t)) != 0 || (status = plan_target_rev(t, made, a->err)) != 0)
		return status;
	take_rev(a, made, t->rev);
	return 0;
}

static int read_node_targets(struct plan_at *a, struct plan_node *n)
{
	size_t count = plan_list(a, "targets");
	int status;

	if (count > PLAN_MAX_TARGETS)
		return plan_wrong(a, "targets", "%zu targets (limit %d)", count, PLAN_MAX_TARGETS);
	if ((status = plan_new_strings(a, count, &n->targets)) != 0)
		return status;
	for (size_t k = 0; k < count; k++) {
		const char *s = plan_string_at(a, "targets", k);
		if (!a->targets_are_known) /* it may be the one that was wrong */
			continue;
		const struct plan_target *t = plan_target(a->plan, s);
		if (t == NULL)
			return plan_wrong(a, "targets", "there is no target \"%.80s\"", s);
		if (t->role != ROLE_CDN)
			return plan_wrong(a, "targets", "\"%s\" is a %s, not a cdn target", s, role_name(t->role));
		if ((n->targets.at[k] = arena_str(&a->plan->arena, s)) == NULL)
			return err_nomem(a->err);
	}
	return 0;
}

static int read_node(struct plan_at *a)
{
	static const char *const statuses[] = {"live", "draining", "off", NULL}; /* in the order of the enum */
	struct plan_node *n = vec_add(&a->plan->nodes);
	int word = NODE_LIVE, status;

	if (n == NULL)
		return err_nomem(a->err);
	if ((status = keep_where(a, &n->where)) != 0
	    || (status = plan_take_name(a, &n->name)) != 0
	    || (status = plan_take_addresses(a, &n->address)) != 0
	    || (status = plan_take_place(a, &n->city, &n->country, &n->lat, &n->lon)) != 0
	    || (status = plan_take_word(a, "status", plan_string(a, "status"), statuses, &word)) != 0
	    || (status = read_node_targets(a, n)) != 0)
		return status;
	if (n->address.len == 0)
		return plan_wrong(a, "address", "missing (one or more addresses)");
	n->status = (enum node_status)word;
	n->cost_month = plan_number(a, "cost_month", NAN);
	return 0;
}

static int read_candidate(struct plan_at *a)
{
	struct plan_candidate *c = vec_add(&a->plan->candidates);
	char made[HASH64_TEXT];
	int status;

	if (c == NULL)
		return err_nomem(a->err);
	if ((status = keep_where(a, &c->where)) != 0
	    || (status = plan_take_name(a, &c->name)) != 0
	    || (status = plan_take_url(a, &c->url)) != 0
	    || (status = plan_take_addresses(a, &c->address)) != 0
	    || (status = plan_take_place(a, &c->city, &c->country, &c->lat, &c->lon)) != 0
	    || (status = plan_candidate_rev(c, made, a->err)) != 0)
		return status;
	take_rev(a, made, c->rev);
	c->cost_month = plan_number(a, "cost_month", NAN);
	return 0;
}

/* A fault of the plan's may be passed over, once it is told. */
static int tell(struct plan_at *a, int status)
{
	if (status != a->form->code || a->form->tell == NULL)
		return status;
	a->form->tell(a->form->tell_ctx, a->err);
	a->told++;
	return 0;
}

/* All parts of one kind. */
static int read_parts(struct plan_at *a, enum plan_part part, size_t max, size_t min, int (*read)(struct plan_at *))
{
	size_t n = a->form->count(a->form->ctx, part);
	int status;

	a->part = part;
	a->i = n; /* none of them */
	if (n > max || n < min)
		return tell(a, plan_wrong(a, plan_keys[part].name, "%zu of them (%zu to %zu)", n, min, max));
	for (a->i = 0; a->i < n; a->i++)
		if ((status = tell(a, read(a))) != 0)
			return status;
	return 0;
}

/* ---- what must be unique ------------------------------------------------------- */

struct named { const char *name, *where; enum plan_part part; size_t i; };

static int compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	if (c == 0)
		c = (x->part > y->part) - (x->part < y->part);
	return c != 0 ? c : (x->i > y->i) - (x->i < y->i);
}

/* Sorts `all`. An error if two are of one name. */
static int check_unique(struct plan_at *a, struct named *all, size_t n, const char *key, const char *what)
{
	qsort(all, n, sizeof *all, compare_named);
	for (size_t k = 1; k < n; k++) {
		if (strcmp(all[k - 1].name, all[k].name) != 0)
			continue;
		a->part = all[k].part;
		a->i = all[k].i;
		return plan_wrong(a, key, "%s \"%s\" is given twice (first at %s)", what, all[k].name, all[k - 1].where);
	}
	return 0;
}

static int check_names(struct plan_at *a)
{
	const struct plan *p = a->plan;
	size_t n = 0, max = p->targets.len + p->nodes.len + p->candidates.len;
	struct named *all = calloc(max + 1, sizeof *all);

	if (all == NULL)
		return err_nomem(a->err);
	for (size_t i = 0; i < p->targets.len; i++)
		all[n++] = (struct named){p->targets.at[i].name, p->targets.at[i].where, PART_TARGET, i};
	for (size_t i = 0; i < p->nodes.len; i++)
		all[n++] = (struct named){p->nodes.at[i].name, p->nodes.at[i].where, PART_NODE, i};
	for (size_t i = 0; i < p->candidates.len; i++)
		all[n++] = (struct named){p->candidates.at[i].name, p->candidates.at[i].where, PART_CANDIDATE, i};
	int status = check_unique(a, all, n, "name", "name");
	free(all);
	return status;
}

/* Which node answered is told by its address, so no two may have the same. */
static int check_addresses(struct plan_at *a)
{
	const struct plan *p = a->plan;
	size_t n = 0, max = 0;

	for (size_t i = 0; i < p->nodes.len; i++)
		max += p->nodes.at[i].address.len;
	struct named *all = calloc(max + 1, sizeof *all);
	if (all == NULL)
		return err_nomem(a->err);
	for (size_t i = 0; i < p->nodes.len; i++)
		for (size_t k = 0; k < p->nodes.at[i].address.len; k++)
			all[n++] = (struct named){p->nodes.at[i].address.at[k], p->nodes.at[i].where, PART_NODE, i};
	int status = check_unique(a, all, n, "address", "address");
	free(all);
	return status;
}

/* What it means as a whole is asked only where each part is right. */
static int read_all(struct plan_at *a)
{
	int status;

	if ((status = tell(a, read_objective(a))) != 0
	    || (status = tell(a, read_schedule(a))) != 0)
		return status;
	size_t told = a->told;
	if ((status = read_parts(a, PART_TARGET, PLAN_MAX_TARGETS, 1, read_target)) != 0)
		return status;
	a->targets_are_known = a->told == told;
	if ((status = read_parts(a, PART_NODE, PLAN_MAX_NODES, 0, read_node)) != 0
	    || (status = read_parts(a, PART_CANDIDATE, PLAN_MAX_CANDIDATES, 0, read_candidate)) != 0
	    || a->told > 0
	    || (status = tell(a, check_names(a))) != 0)
		return status;
	return tell(a, check_addresses(a));
}

int plan_read(struct plan *plan, const struct plan_form_reader *form, struct err *err)
{
	struct plan_at a = {.plan = plan, .form = form, .err = err};
	char made[HASH64_TEXT];
	int status = read_all(&a);

	if (status == 0 && a.told > 0)
		return form->code;
	if (status != 0 || (status = plan_make_rev(plan, made, err)) != 0) {
		if (form->tell != NULL)
			form->tell(form->tell_ctx, err);
		return status;
	}
	a.part = PART_SCHEDULE;
	a.i = 0;
	take_rev(&a, made, plan->rev);
	return 0;
}
