#include <math.h>
#include <stdio.h>
#include <string.h>

#include "schema/json.h"
#include "schema/plan_impl.h"

/* The plan as JSON, for probes (GET /v1/plan) and, in full, for the registry. The keys are
 * those of the operator's file; a list of parts is named in the plural, a part's title is
 * its "name", and a duration has "_us" behind its key. */

#define PLAN_VERSION 1
#define MAX_DEPTH 8

static const char *const part_names[PLAN_PARTS] = {
	[PART_OBJECTIVE] = "objective",
	[PART_SCHEDULE] = "schedule",
	[PART_TARGET] = "targets",
	[PART_NODE] = "nodes",
	[PART_CANDIDATE] = "candidates",
};

/* What a plan may ask of its reader beyond version 1: nothing so far. */
static const char *const needs_met[] = {NULL};

/* ---- out ----------------------------------------------------------------------- */

static void put_string(struct json_out *j, const char *key, const char *s)
{
	if (s == NULL)
		return;
	json_key(j, key);
	json_string(j, s);
}

static void put_int(struct json_out *j, const char *key, int64_t n)
{
	json_key(j, key);
	json_int(j, n);
}

/* Six decimals: 0.1 m of latitude. */
static void put_double(struct json_out *j, const char *key, double x)
{
	if (isnan(x))
		return;
	json_key(j, key);
	json_double(j, x, 6);
}

static void put_strings(struct json_out *j, const char *key, const struct strings *list)
{
	if (list->len == 0)
		return;
	json_key(j, key);
	json_array(j);
	for (size_t i = 0; i < list->len; i++)
		json_string(j, list->at[i]);
	json_array_end(j);
}

/* What a target's revision is of: all that changes what is measured. A key that isn't given
 * isn't written, so that keys of later versions leave the revisions of today as they are. */
static void put_definition(struct json_out *j, const struct plan_target *t)
{
	put_string(j, "role", role_name(t->role));
	put_string(j, "url", t->url.text);
	put_string(j, "http", t->http);
	put_string(j, "tls", t->tls);
	if (t->body_limit_kib != 0)
		put_int(j, "body_limit_kib", t->body_limit_kib);
	if (t->expect_status.len != 0) {
		json_key(j, "expect_status");
		json_array(j);
		for (size_t i = 0; i < t->expect_status.len; i++)
			json_int(j, t->expect_status.at[i]);
		json_array_end(j);
	}
	put_string(j, "edge_header", t->edge_header);
	put_strings(j, "headers", &t->headers);
}

/* What is asked about it besides. A probe that doesn't know one of these measures less, never
 * something else, so none of them is among the plan's needs. */
static void put_extras(struct json_out *j, const struct plan_target *t)
{
	if (t->every_us != 0)
		put_int(j, "every_us", t->every_us);
	put_strings(j, "rare", &t->rare);
	put_string(j, "dns_wildcard", t->dns_wildcard);
	put_strings(j, "ecs", &t->ecs);
	put_strings(j, "dns_servers", &t->dns_servers);
	put_string(j, "expect_sha256", t->expect_sha256);
}

static void put_targets(struct json_out *j, const struct plan *plan)
{
	json_key(j, "targets");
	json_array(j);
	for (size_t i = 0; i < plan->targets.len; i++) {
		const struct plan_target *t = &plan->targets.at[i];
		json_object(j);
		put_string(j, "name", t->name);
		put_definition(j, t);
		put_extras(j, t);
		put_string(j, "rev", t->rev);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_place(struct json_out *j, const char *city, const char *country, double lat, double lon,
                      double cost_month)
{
	put_string(j, "city", city);
	put_string(j, "country", country);
	put_double(j, "lat", lat);
	put_double(j, "lon", lon);
	put_double(j, "cost_month", cost_month);
}

static void put_nodes(struct json_out *j, const struct plan *plan, enum plan_form form)
{
	json_key(j, "nodes");
	json_array(j);
	for (size_t i = 0; i < plan->nodes.len; i++) {
		const struct plan_node *n = &plan->nodes.at[i];
		json_object(j);
		put_string(j, "name", n->name);
		put_strings(j, "address", &n->address);
		put_string(j, "status", node_status_name(n->status));
		put_strings(j, "targets", &n->targets);
		if (form == PLAN_FULL)
			put_place(j, n->city, n->country, n->lat, n->lon, n->cost_month);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_candidates(struct json_out *j, const struct plan *plan, enum plan_form form)
{
	json_key(j, "candidates");
	json_array(j);
	for (size_t i = 0; i < plan->candidates.len; i++) {
		const struct plan_candidate *c = &plan->candidates.at[i];
		json_object(j);
		put_string(j, "name", c->name);
		put_string(j, "url", c->url.text);
		put_strings(j, "address", &c->address);
		if (form == PLAN_FULL)
			put_place(j, c->city, c->country, c->lat, c->lon, c->cost_month);
		put_string(j, "rev", c->rev);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_objective(struct json_out *j, const struct plan *plan)
{
	json_key(j, "objective");
	json_object(j);
	put_string(j, "metric", measure_name(plan->metric));
	put_double(j, "quantile", plan->quantile);
	put_double(j, "limit_ms", plan->limit_ms);
	json_object_end(j);
}

static void put_schedule(struct json_out *j, const struct plan *plan)
{
	const bool wanted[] = {plan->ipv4, plan->ipv6};

	json_key(j, "schedule");
	json_object(j);
	put_int(j, "samples", plan->samples);
	put_int(j, "concurrency", plan->concurrency);
	put_int(j, "timeout_ms", plan->timeout_ms);
	json_key(j, "families");
	json_array(j);
	for (size_t i = 0; i < LAT_COUNT(wanted); i++)
		if (wanted[i])
			json_string(j, plan_families[i]);
	json_array_end(j);
	put_int(j, "audit_every_us", plan->audit_every_us);
	json_object_end(j);
}

static int write_plan(const struct plan *plan, enum plan_form form, const char *rev, struct buf *out,
                      struct err *err)
{
	struct json_out *j = json_out_new(out, false);

	json_object(j);
	put_int(j, "latlas_plan", PLAN_VERSION);
	put_string(j, "rev", rev);
	json_key(j, "needs");
	json_array(j);
	json_array_end(j);
	if (form == PLAN_FULL)
		put_objective(j, plan);
	put_schedule(j, plan);
	put_targets(j, plan);
	put_nodes(j, plan, form);
	put_candidates(j, plan, form);
	json_object_end(j);
	return json_out_done(j, err);
}

int plan_to_json(const struct plan *plan, enum plan_form form, struct buf *out, struct err *err)
{
	return write_plan(plan, form, plan->rev, out, err);
}

/* ---- revisions ------------------------------------------------------------------- */

static void hash_of(const struct buf *b, char rev[HASH64_TEXT])
{
	hash64_hex(hash64(HASH64_INIT, buf_str(b), b->len), rev);
}

int plan_target_rev(const struct plan_target *t, char rev[HASH64_TEXT], struct err *err)
{
	struct buf b;
	struct json_out *j;

	buf_init(&b, 0);
	j = json_out_new(&b, false);
	json_object(j);
	put_definition(j, t);
	json_object_end(j);
	int status = json_out_done(j, err);
	if (status == 0)
		hash_of(&b, rev);
	buf_free(&b);
	return status;
}

int plan_candidate_rev(const struct plan_candidate *c, char rev[HASH64_TEXT], struct err *err)
{
	const struct plan_target as_target = {.role = ROLE_CANDIDATE, .url = c->url};

	return plan_target_rev(&as_target, rev, err);
}

int plan_make_rev(const struct plan *plan, char rev[HASH64_TEXT], struct err *err)
{
	struct buf b;

	buf_init(&b, 0);
	int status = write_plan(plan, PLAN_FULL, NULL, &b, err);
	if (status == 0)
		hash_of(&b, rev);
	buf_free(&b);
	return status;
}

/* ---- struct plan_form_reader ----------------------------------------------------- */

/* Part i, NULL if there is none. */
static const struct json *part_at(const void *ctx, enum plan_part part, size_t i)
{
	const struct json *j = json_get(ctx, part_names[part]);

	if (j == NULL || j->type == JSON_OBJECT)
		return i == 0 ? j : NULL;
	for (j = j->child; j != NULL && i > 0; j = j->next)
		i--;
	return j;
}

static size_t count(const void *ctx, enum plan_part part)
{
	const struct json *j = json_get(ctx, part_names[part]);

	return j == NULL || j->type == JSON_NULL ? 0 : j->type == JSON_OBJECT ? 1 : j->children;
}

/* The key's name in JSON. */
static const char *json_name(const struct conf_key *key, char out[64])
{
	snprintf(out, 64, "%s%s", key->name, key->type == CONF_DURATION ? "_us" : "");
	return out;
}

/* A member by the key's name in the operator's file; null is the same as absent. */
static const struct json *member(const void *ctx, enum plan_part part, size_t i, const char *name)
{
	const struct conf_key *key = plan_keys[part].keys;
	char text[64];

	while (key->name != NULL && strcmp(key->name, name) != 0)
		key++;
	const struct json *m = key->name == NULL ? NULL : json_get(part_at(ctx, part, i), json_name(key, text));
	return m != NULL && m->type != JSON_NULL ? m : NULL;
}

static const struct json *element(const void *ctx, enum plan_part part, size_t i, const char *key, size_t k)
{
	const struct json *m = member(ctx, part, i, key);

	for (m = m != NULL ? m->child : NULL; m != NULL && k > 0; m = m->next)
		k--;
	return m;
}

static const char *name(const void *ctx, enum plan_part part, size_t i)
{
	return json_get_string(part_at(ctx, part, i), "name", NULL);
}

static bool has(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return member(ctx, part, i, key) != NULL;
}

static const char *string(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return member(ctx, part, i, key)->string;
}

static int64_t integer(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return member(ctx, part, i, key)->integer;
}

static double number(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return member(ctx, part, i, key)->number;
}

static size_t list(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return member(ctx, part, i, key)->children;
}

static const char *string_at(const void *ctx, enum plan_part part, size_t i, const char *key, size_t k)
{
	return element(ctx, part, i, key, k)->string;
}

static int64_t integer_at(const void *ctx, enum plan_part part, size_t i, const char *key, size_t k)
{
	return element(ctx, part, i, key, k)->integer;
}

static const char *rev(const void *ctx, enum plan_part part, size_t i)
{
	return json_get_string(part == PART_SCHEDULE ? ctx : part_at(ctx, part, i), "rev", NULL);
}

static const char *where(const void *ctx, enum plan_part part, size_t i, const char *key,
                         char *out, size_t size)
{
	(void)key; /* the caller names it */
	if (i >= count(ctx, part))
		snprintf(out, size, "plan");
	else if (part == PART_OBJECTIVE || part == PART_SCHEDULE)
		snprintf(out, size, "plan: %s", part_names[part]);
	else
		snprintf(out, size, "plan: %s[%zu]", part_names[part], i);
	return out;
}

/* ---- types and ranges ------------------------------------------------------------ */

static int wrong(struct err *err, const char *place, const char *key, const char *what)
{
	return err_set(err, LAT_DATAERR, "%s: %s: %s", place, key, what);
}

static int check_number(const struct json *m, const struct conf_key *key, const char *place,
                        const char *shown, struct err *err)
{
	/* A range in seconds, a number in microseconds. */
	double unit = key->type == CONF_DURATION ? 1e6 : 1;
	bool integral = key->type != CONF_DOUBLE;

	if (m->type != JSON_NUMBER || (integral && !m->is_integer))
		return wrong(err, place, shown, integral ? "is not a whole number" : "is not a number");
	if ((key->min != 0 || key->max != 0) && (m->number < key->min * unit || m->number > key->max * unit))
		return err_set(err, LAT_DATAERR, "%s: %s: %.40s is not in %.12g..%.12g", place, shown, m->string,
		               key->min * unit, key->max * unit);
	return 0;
}

static int check_value(const struct json *m, const struct conf_key *key, const char *place, const char *shown,
                       struct err *err)
{
	switch (key->type) {
	case CONF_STRING: case CONF_STRINGS:
		return m->type == JSON_STRING ? 0 : wrong(err, place, shown, "is not a string");
	default:
		return check_number(m, key, place, shown, err);
	}
}

static int check_part(const struct json *part, const struct conf_key *keys, const char *place,
                      struct err *err)
{
	char text[64];
	int status = 0;

	if (part->type != JSON_OBJECT)
		return err_set(err, LAT_DATAERR, "%s: is not an object", place);
	for (const struct conf_key *key = keys; key->name != NULL && status == 0; key++) {
		const char *shown = json_name(key, text);
		const struct json *m = json_get(part, shown);
		if (m == NULL || m->type == JSON_NULL)
			continue;
		if (key->type != CONF_STRINGS && key->type != CONF_INTS) {
			status = check_value(m, key, place, shown, err);
			continue;
		}
		if (m->type != JSON_ARRAY)
			return wrong(err, place, shown, "is not an array");
		for (const struct json *e = m->child; e != NULL && status == 0; e = e->next)
			status = check_value(e, key, place, shown, err);
	}
	return status;
}

static int check_rev(const struct json *part, const char *place, struct err *err)
{
	const struct json *m = json_get(part, "rev");

	if (m == NULL || m->type == JSON_NULL)
		return 0;
	if (m->type != JSON_STRING || strlen(m->string) != HASH64_TEXT - 1
	    || m->string[strspn(m->string, "0123456789abcdef")] != '\0')
		return wrong(err, place, "rev", "is not 16 hexadecimal digits");
	return 0;
}

static int check_parts(const struct json *root, struct err *err)
{
	char place[64];
	int status = check_rev(root, "plan", err);

	for (int p = 0; p < PLAN_PARTS && status == 0; p++) {
		const struct json *j = json_get(root, part_names[p]);
		const struct conf_key *keys = plan_keys[p].keys;
		size_t i = 0;
		if (j == NULL || j->type == JSON_NULL)
			continue;
		snprintf(place, sizeof place, "plan: %s", part_names[p]);
		if (!plan_keys[p].title) {
			status = check_part(j, keys, place, err);
			continue;
		}
		if (j->type != JSON_ARRAY)
			return err_set(err, LAT_DATAERR, "%s: is not an array", place);
		for (const struct json *e = j->child; e != NULL && status == 0; e = e->next) {
			snprintf(place, sizeof place, "plan: %s[%zu]", part_names[p], i++);
			if ((status = check_part(e, keys, place, err)) == 0)
				status = check_rev(e, place, err);
		}
	}
	return status;
}

/* ---- in ------------------------------------------------------------------------ */

static int check_needs(const struct json *needs, struct err *err)
{
	if (needs == NULL || needs->type == JSON_NULL)
		return 0;
	if (needs->type != JSON_ARRAY)
		return wrong(err, "plan", "needs", "is not an array");
	for (const struct json *n = needs->child; n != NULL; n = n->next) {
		bool met = false;
		if (n->type != JSON_STRING)
			return wrong(err, "plan", "needs", "holds something else than strings");
		for (size_t i = 0; needs_met[i] != NULL; i++)
			met = met || strcmp(needs_met[i], n->string) == 0;
		if (!met)
			return err_set(err, LAT_UNAVAILABLE, "plan: needs: \"%.80s\" is not known to this program",
			               n->string);
	}
	return 0;
}

/* The version and the needs first: in a plan that we can't read the rest may be anything. */
static int check_form(const struct json *root, struct err *err)
{
	const struct json *version = json_get(root, "latlas_plan");
	int status;

	if (root->type != JSON_OBJECT || version == NULL)
		return err_set(err, LAT_DATAERR, "plan: latlas_plan: missing, so this is no plan");
	if (version->type != JSON_NUMBER || !version->is_integer || version->integer != PLAN_VERSION)
		return err_set(err, LAT_DATAERR, "plan: latlas_plan: %.40s is not a version known here (%d)",
		               version->type == JSON_NUMBER ? version->string : "what is there", PLAN_VERSION);
	if ((status = check_needs(json_get(root, "needs"), err)) != 0)
		return status;
	return check_parts(root, err);
}

int plan_from_json(struct plan *plan, const char *text, size_t len, struct err *err)
{
	struct arena arena = {0};
	struct json *root;
	int status;

	memset(plan, 0, sizeof *plan);
	if (len > PLAN_MAX_BYTES)
		return err_set(err, LAT_DATAERR, "plan: %zu bytes (limit %u)", len, PLAN_MAX_BYTES);
	status = json_parse(&arena, text, len, MAX_DEPTH, "plan", &root, err);
	if (status == 0)
		status = check_form(root, err);
	if (status == 0) {
		const struct plan_form_reader form = {
			.ctx = root, .code = LAT_DATAERR,
			.count = count, .name = name, .has = has, .string = string, .integer = integer,
			.number = number, .list = list, .string_at = string_at, .integer_at = integer_at,
			.rev = rev, .where = where,
		};
		status = plan_read(plan, &form, err);
	}
	arena_free(&arena);
	if (status != 0)
		plan_free(plan);
	return status;
}
