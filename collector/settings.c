#include "collector/settings.h"

#include <stdio.h>
#include <string.h>

#include "collector/commands.h"
#include "lib/clock.h"
#include "schema/plan.h"

/* How long one request may take in all, from the connection's birth or the answer
 * before: 1 MiB in two minutes is 70 kbit/s. */
#define REQUEST_DEADLINE_US (120 * US_PER_S)

/* A probe that was offline for a week has 2016 rounds of five minutes in its spool (three days
 * are 864), and sends them one after the other: it shall not notice a limit. From then on ten a
 * second, six hundred times what a probe of every minute needs: what is held back is a
 * probe gone mad. An address may be a NAT with 200 probes behind it that come back on the same
 * day, so it has 200 times as much. Failures stand for LIMITS_FAILURE requests: 400 at
 * once and 2 a second, since 200 revoked probes ask twice in a round, all in one second. */
#define PROBE_PER_S 10
#define PROBE_BURST 2000
#define PROBES_BEHIND_NAT 200
#define CONNECTIONS_PER_ADDRESS 256 /* those probes at once, and some that are ending */

static const struct conf_key settings_keys[] = {
	{.name = "listen", .type = CONF_STRING},
	{.name = "public_url", .type = CONF_STRING},
	{.name = "admin_listen", .type = CONF_STRING},
	{.name = "db", .type = CONF_STRING},
	{.name = "plan", .type = CONF_STRING},
	{.name = "tls_cert", .type = CONF_STRING},
	{.name = "tls_key", .type = CONF_STRING},
	{.name = "tls_ca", .type = CONF_STRING},
	{.name = "geo_city", .type = CONF_STRING},
	{.name = "geo_asn", .type = CONF_STRING},
	{.name = "keep_samples", .type = CONF_DURATION, .min = SETTINGS_KEEP_MIN_S, .max = SETTINGS_KEEP_MAX_S},
	{.name = "request_deadline", .type = CONF_DURATION, .min = 1, .max = 3600},
	{.name = "rate_per_probe", .type = CONF_STRING},
	{.name = "burst_per_probe", .type = CONF_INT, .min = 1, .max = 1e9},
	{.name = "rate_per_address", .type = CONF_STRING},
	{.name = "burst_per_address", .type = CONF_INT, .min = 1, .max = 1e9},
	{.name = "max_connections_per_address", .type = CONF_INT, .min = 1, .max = 1e6},
	{.name = "insecure", .type = CONF_BOOL},
	{.name = NULL},
};

const char *settings_where(const struct settings *s, const char *key, char out[SETTINGS_WHERE])
{
	char at[SETTINGS_WHERE];
	if (s->conf != NULL && conf_has(s->conf, key))
		snprintf(out, SETTINGS_WHERE, "%.400s: %.100s", conf_where(s->conf, key, at, sizeof at), key);
	else
		snprintf(out, SETTINGS_WHERE, "%.400s: %.100s", s->path, key);
	return out;
}

/* A string key; "" is the same as not given. */
static const char *given(const struct settings *s, const char *key)
{
	const char *v = conf_string(s->conf, key, "");
	return v[0] == '\0' ? NULL : v;
}

/* A file of `init`, beside the configuration itself. */
static const char *beside(struct settings *s, const char *key, const char *name, struct problems *problems)
{
	const char *v = given(s, key);
	if (v != NULL)
		return v;
	const char *slash = strrchr(s->path, '/');
	size_t dir = slash != NULL ? (size_t)(slash - s->path) + 1 : 0;
	char *path = arena_alloc(&s->arena, dir + strlen(name) + 1);
	if (path == NULL) {
		problems->lost = true;
		return NULL;
	}
	memcpy(path, s->path, dir);
	memcpy(path + dir, name, strlen(name) + 1);
	return path;
}

static void read_listen(struct settings *s, const char *key, const char *text, struct listen_addr *out,
                        struct problems *problems)
{
	struct err err = {0};
	char where[SETTINGS_WHERE];
	if (listen_parse(text, out, &err) != 0)
		problems_add(problems, LAT_CONFIG, "%s: %s", settings_where(s, key, where), err.text);
}

static void read_public_url(struct settings *s, struct problems *problems)
{
	struct err err = {0};
	struct plan_url url;
	char where[SETTINGS_WHERE];
	const char *text = given(s, "public_url");
	if (text == NULL)
		return;
	settings_where(s, "public_url", where);
	if (plan_url_parse(&s->arena, text, &url, &err) != 0) {
		problems_add(problems, LAT_CONFIG, "%s: %s", where, err.text);
		return;
	}
	if (!url.https && !s->insecure)
		problems_add(problems, LAT_CONFIG, "%s: '%s' is not https", where, text);
	if (strcmp(url.path, "/") != 0)
		problems_add(problems, LAT_CONFIG,
		             "%s: '%s' has a path; only https://HOST:PORT can be served", where, text);
	size_t len = strlen(text);
	while (len > 0 && text[len - 1] == '/')
		len--;
	s->public_url = arena_strn(&s->arena, text, len);
	s->public_host = url.host;
	if (s->public_url == NULL)
		problems->lost = true;
}

static void read_limit(struct settings *s, const char *rate, const char *burst, struct limit *out,
                       struct problems *problems)
{
	struct err err = {0};
	char where[SETTINGS_WHERE];
	const char *text = given(s, rate);
	if (text != NULL && limits_parse(text, &out->per_s, &err) != 0)
		problems_add(problems, LAT_CONFIG, "%s: %s", settings_where(s, rate, where), err.text);
	out->burst = (double)conf_int(s->conf, burst, (int64_t)out->burst);
}

static void read_limits(struct settings *s, struct problems *problems)
{
	s->limits = (struct limits_options){
		.probe = {.per_s = PROBE_PER_S, .burst = PROBE_BURST},
		.address = {.per_s = PROBE_PER_S * PROBES_BEHIND_NAT, .burst = PROBE_BURST * PROBES_BEHIND_NAT},
	};
	read_limit(s, "rate_per_probe", "burst_per_probe", &s->limits.probe, problems);
	read_limit(s, "rate_per_address", "burst_per_address", &s->limits.address, problems);
	s->limits.connections =
		(size_t)conf_int(s->conf, "max_connections_per_address", CONNECTIONS_PER_ADDRESS);
}

static void add_problem(void *cls, const struct err *err)
{
	problems_add_err(cls, err);
}

void settings_load(struct settings *s, const char *path, struct problems *problems)
{
	struct err err = {0};
	char where[SETTINGS_WHERE];
	size_t before = problems->list.len;
	memset(s, 0, sizeof *s);
	s->path = arena_str(&s->arena, path);
	if (s->path == NULL) {
		problems->lost = true;
		return;
	}
	if (conf_load_telling(&s->conf, path, settings_keys, add_problem, problems, &err) != 0) {
		problems_add_err(problems, &err);
		return;
	}
	s->misread = problems->list.len > before || problems->lost;
	s->insecure = conf_bool(s->conf, "insecure", false);
	s->db = given(s, "db");
	if (s->db == NULL)
		s->db = COLLECTOR_DB;
	s->plan = given(s, "plan");
	s->geo_city = given(s, "geo_city");
	s->geo_asn = given(s, "geo_asn");
	s->keep_samples_us = conf_duration_us(s->conf, "keep_samples", 0);
	s->request_deadline_us = conf_duration_us(s->conf, "request_deadline", REQUEST_DEADLINE_US);
	s->tls_cert = beside(s, "tls_cert", "server.pem", problems);
	s->tls_key = beside(s, "tls_key", "server.key", problems);
	s->tls_ca = beside(s, "tls_ca", "ca.pem", problems);

	const char *listen = given(s, "listen");
	read_listen(s, "listen", listen != NULL ? listen : "0.0.0.0:8443", &s->listen, problems);
	const char *admin = given(s, "admin_listen");
	s->has_admin = admin != NULL;
	if (s->has_admin)
		read_listen(s, "admin_listen", admin, &s->admin, problems);
	read_public_url(s, problems);
	read_limits(s, problems);
	/* A default is no fault where a line that can't be read may have been meant. */
	bool listen_meant = listen != NULL || !s->misread;
	if (listen_meant && s->has_admin && s->listen.len > 0 && s->admin.len > 0 && listen_clash(&s->listen, &s->admin))
		problems_add(problems, LAT_CONFIG, "%s: %s: listen has that port already",
		             settings_where(s, "admin_listen", where), admin);
	if (listen_meant && s->insecure && s->listen.len > 0 && !s->listen.loopback)
		problems_add(problems, LAT_CONFIG,
		             "%s: plain HTTP is for tests on loopback only, and listen is another address",
		             settings_where(s, "insecure", where));
}

int settings_read(struct settings *s, const char *path, struct err *err)
{
	struct problems problems = {0};
	settings_load(s, path, &problems);
	int rc = problems_first(&problems, err);
	problems_free(&problems);
	return rc;
}

void settings_free(struct settings *s)
{
	conf_free(s->conf);
	arena_free(&s->arena);
	memset(s, 0, sizeof *s);
}
