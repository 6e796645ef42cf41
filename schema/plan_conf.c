#include <string.h>

#include "schema/plan_impl.h"

/* The operator's file. libconfuse and conf.c look after form, types and ranges. */

#define HOUR 3600.0
#define DAY (24 * HOUR)

static const struct conf_key objective_keys[] = {
	{"metric", CONF_STRING, 0, 0, NULL, false},
	{"quantile", CONF_DOUBLE, 0.001, 0.999, NULL, false},
	{"limit_ms", CONF_DOUBLE, PLAN_MIN_LIMIT_MS, PLAN_MAX_LIMIT_MS, NULL, false},
	{NULL, CONF_STRING, 0, 0, NULL, false},
};

static const struct conf_key schedule_keys[] = {
	{"samples", CONF_INT, 1, 100, NULL, false},
	{"concurrency", CONF_INT, 1, 64, NULL, false},
	{"timeout_ms", CONF_INT, 100, 120000, NULL, false},
	{"families", CONF_STRINGS, 0, 0, NULL, false},
	{"audit_every", CONF_DURATION, 60, 366 * DAY, NULL, false},
	{NULL, CONF_STRING, 0, 0, NULL, false},
};

static const struct conf_key target_keys[] = {
	{"role", CONF_STRING, 0, 0, NULL, false},
	{"url", CONF_STRING, 0, 0, NULL, false},
	{"http", CONF_STRING, 0, 0, NULL, false},
	{"tls", CONF_STRING, 0, 0, NULL, false},
	{"body_limit_kib", CONF_INT, 1, 1048576, NULL, false},
	{"expect_status", CONF_INTS, 100, 599, NULL, false},
	{"edge_header", CONF_STRING, 0, 0, NULL, false},
	{"headers", CONF_STRINGS, 0, 0, NULL, false},
	{"every", CONF_DURATION, 60, 366 * DAY, NULL, false},
	{"rare", CONF_STRINGS, 0, 0, NULL, false},
	{"dns_wildcard", CONF_STRING, 0, 0, NULL, false},
	{"ecs", CONF_STRINGS, 0, 0, NULL, false},
	{"dns_servers", CONF_STRINGS, 0, 0, NULL, false},
	{"expect_sha256", CONF_STRING, 0, 0, NULL, false},
	{NULL, CONF_STRING, 0, 0, NULL, false},
};

static const struct conf_key node_keys[] = {
	{"address", CONF_STRINGS, 0, 0, NULL, false},
	{"city", CONF_STRING, 0, 0, NULL, false},
	{"country", CONF_STRING, 0, 0, NULL, false},
	{"lat", CONF_DOUBLE, -90, 90, NULL, false},
	{"lon", CONF_DOUBLE, -180, 180, NULL, false},
	{"status", CONF_STRING, 0, 0, NULL, false},
	{"targets", CONF_STRINGS, 0, 0, NULL, false},
	{"cost_month", CONF_DOUBLE, 0, 1e9, NULL, false},
	{NULL, CONF_STRING, 0, 0, NULL, false},
};

static const struct conf_key candidate_keys[] = {
	{"url", CONF_STRING, 0, 0, NULL, false},
	{"address", CONF_STRINGS, 0, 0, NULL, false},
	{"city", CONF_STRING, 0, 0, NULL, false},
	{"country", CONF_STRING, 0, 0, NULL, false},
	{"lat", CONF_DOUBLE, -90, 90, NULL, false},
	{"lon", CONF_DOUBLE, -180, 180, NULL, false},
	{"cost_month", CONF_DOUBLE, 0, 1e9, NULL, false},
	{NULL, CONF_STRING, 0, 0, NULL, false},
};

const struct conf_key plan_keys[PLAN_PARTS + 1] = {
	[PART_OBJECTIVE] = {"objective", CONF_SECTION, 0, 0, objective_keys, false},
	[PART_SCHEDULE] = {"schedule", CONF_SECTION, 0, 0, schedule_keys, false},
	[PART_TARGET] = {"target", CONF_SECTION, 0, 0, target_keys, true},
	[PART_NODE] = {"node", CONF_SECTION, 0, 0, node_keys, true},
	[PART_CANDIDATE] = {"candidate", CONF_SECTION, 0, 0, candidate_keys, true},
	[PLAN_PARTS] = {NULL, CONF_STRING, 0, 0, NULL, false},
};

/* ---- struct plan_form_reader ----------------------------------------------------- */

static size_t count(const void *ctx, enum plan_part part)
{
	return conf_count(ctx, plan_keys[part].name);
}

static const struct conf *section(const void *ctx, enum plan_part part, size_t i)
{
	return conf_section_at(ctx, plan_keys[part].name, i);
}

static const char *name(const void *ctx, enum plan_part part, size_t i)
{
	return conf_title(section(ctx, part, i));
}

static bool has(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return conf_has(section(ctx, part, i), key);
}

static const char *string(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return conf_string(section(ctx, part, i), key, NULL);
}

static int64_t integer(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return conf_int(section(ctx, part, i), key, 0);
}

static double number(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return conf_double(section(ctx, part, i), key, 0);
}

static size_t list(const void *ctx, enum plan_part part, size_t i, const char *key)
{
	return conf_count(section(ctx, part, i), key);
}

static const char *string_at(const void *ctx, enum plan_part part, size_t i, const char *key, size_t k)
{
	return conf_string_at(section(ctx, part, i), key, k);
}

static int64_t integer_at(const void *ctx, enum plan_part part, size_t i, const char *key, size_t k)
{
	return conf_int_at(section(ctx, part, i), key, k);
}

static const char *rev(const void *ctx, enum plan_part part, size_t i)
{
	(void)ctx, (void)part, (void)i;
	return NULL;
}

static const char *where(const void *ctx, enum plan_part part, size_t i, const char *key,
                         char *out, size_t size)
{
	const struct conf *c = section(ctx, part, i);

	return conf_where(c != NULL ? c : ctx, c != NULL ? key : NULL, out, size);
}

static int read_conf(struct plan *plan, struct conf *conf, plan_tell *tell, void *ctx, struct err *err)
{
	const struct plan_form_reader form = {
		.ctx = conf, .code = LAT_CONFIG,
		.count = count, .name = name, .has = has, .string = string, .integer = integer, .number = number,
		.list = list, .string_at = string_at, .integer_at = integer_at, .rev = rev, .where = where,
		.tell = tell, .tell_ctx = ctx,
	};
	int status = plan_read(plan, &form, err);

	if (status != 0)
		plan_free(plan);
	conf_free(conf);
	return status;
}

int plan_load_telling(struct plan *plan, const char *path, plan_tell *tell, void *ctx, struct err *err)
{
	struct conf *conf;

	memset(plan, 0, sizeof *plan);
	int status = conf_load(&conf, path, plan_keys, err);
	if (status == 0)
		return read_conf(plan, conf, tell, ctx, err);
	if (tell != NULL)
		tell(ctx, err);
	return status;
}

int plan_load(struct plan *plan, const char *path, struct err *err)
{
	return plan_load_telling(plan, path, NULL, NULL, err);
}

int plan_parse(struct plan *plan, const char *text, const char *file, struct err *err)
{
	struct conf *conf;
	int status;

	memset(plan, 0, sizeof *plan);
	status = conf_parse(&conf, text, file, plan_keys, err);
	return status == 0 ? read_conf(plan, conf, NULL, NULL, err) : status;
}
