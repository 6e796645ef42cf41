#include "probe/probe_conf.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/attr.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "probe/trust.h"
#include "schema/conf.h"
#include "schema/plan.h"
#include "schema/sample.h"

#define MIB (1024 * 1024)
#define DNS_PORT 53

static const struct conf_key keys[] = {
	{ .name = "name", .type = CONF_STRING },
	{ .name = "collector", .type = CONF_STRING },
	{ .name = "collector_ca_file", .type = CONF_STRING },
	{ .name = "token_file", .type = CONF_STRING },
	{ .name = "spool", .type = CONF_STRING },
	{ .name = "spool_limit_mib", .type = CONF_INT, .min = 1, .max = 1048576 },
	{ .name = "ca_file", .type = CONF_STRING },
	{ .name = "resolvers", .type = CONF_STRINGS },
	{ .name = "allow_private", .type = CONF_BOOL },
	{ .name = "ports", .type = CONF_INTS, .min = 1, .max = 65535 },
	{ .name = "max_samples", .type = CONF_INT, .min = 1, .max = 100000 },
	{ .name = "max_mib_per_run", .type = CONF_INT, .min = 1, .max = 1048576 },
	{ .name = "audit", .type = CONF_BOOL },
	{ .name = "deadline", .type = CONF_DURATION, .min = 1, .max = 86400 },
	{ .name = NULL },
};

/* "file:line: key: why" */
static int wrong(const struct probe_conf *c, const char *key, const char *why, const char *value,
                 struct err *err)
{
	char where[512];
	conf_where(c->file, key, where, sizeof where);
	if (value == NULL)
		return err_set(err, LAT_CONFIG, "%s: %s: %s", where, key, why);
	return err_set(err, LAT_CONFIG, "%s: %s: \"%.100s\": %s", where, key, value, why);
}

int probe_conf_blame(const struct probe_conf *c, const char *key, struct err *err)
{
	char where[512];
	conf_where(c->file, key, where, sizeof where);
	return err_prefix(err, "%s: %s", where, key);
}

static int take_resolvers(struct probe_conf *c, struct err *err)
{
	for (size_t i = 0; i < conf_count(c->file, "resolvers"); i++) {
		struct address a, *at;
		const char *text = conf_string_at(c->file, "resolvers", i);
		if (!address_parse_port(text, DNS_PORT, &a))
			return wrong(c, "resolvers", "not an IP address (with or without a port)", text, err);
		if ((at = vec_add(&c->resolvers)) == NULL)
			return err_nomem(err);
		*at = a;
	}
	return 0;
}

static int take_ports(struct probe_conf *c, struct err *err)
{
	static const int64_t usual[] = { 80, 443 };
	bool given = conf_has(c->file, "ports");
	size_t n = given ? conf_count(c->file, "ports") : LAT_COUNT(usual);
	for (size_t i = 0; i < n; i++) {
		int64_t *at = vec_add(&c->ports);
		if (at == NULL)
			return err_nomem(err);
		*at = given ? conf_int_at(c->file, "ports", i) : usual[i];
	}
	return 0;
}

static int check_collector(struct probe_conf *c, struct err *err)
{
	if (c->collector[0] == '\0')
		return 0;
	struct arena arena = {0};
	struct plan_url url;
	struct err why = {0};
	int rc = plan_url_parse(&arena, c->collector, &url, &why);
	if (rc != 0)
		rc = wrong(c, "collector", why.text, NULL, err);
	else if (!url.https)
		rc = wrong(c, "collector", "must be https", c->collector, err);
	else if (strcmp(url.path, "/") != 0)
		rc = wrong(c, "collector", "must be https://HOST:PORT, without a path", c->collector, err);
	arena_free(&arena);
	return rc;
}

int probe_conf_load(struct probe_conf *c, const char *path, struct err *err)
{
	*c = (struct probe_conf){ .path = path };
	int rc = conf_load(&c->file, path, keys, err);
	if (rc != 0)
		return rc;
	c->name = conf_string(c->file, "name", "");
	c->collector = conf_string(c->file, "collector", "");
	c->collector_ca_file = conf_string(c->file, "collector_ca_file", "");
	c->token_file = conf_string(c->file, "token_file", "/etc/latlas/token");
	c->spool = conf_string(c->file, "spool", "/var/spool/latlas");
	c->ca_file = conf_string(c->file, "ca_file", "");
	c->allow_private = conf_bool(c->file, "allow_private", false);
	c->audit = conf_bool(c->file, "audit", true);
	c->spool_limit_bytes = conf_int(c->file, "spool_limit_mib", 64) * MIB;
	c->max_samples = conf_int(c->file, "max_samples", 1000);
	c->max_bytes_per_run = conf_int(c->file, "max_mib_per_run", 200) * MIB;
	c->deadline_us = conf_duration_us(c->file, "deadline", 240 * US_PER_S);
	if (!sample_name_ok(c->name))
		rc = wrong(c, "name", c->name[0] == '\0' ? "is missing" : "1 to 64 of A-Z a-z 0-9 . _ - are allowed",
		           c->name[0] == '\0' ? NULL : c->name, err);
	if (rc == 0 && c->spool[0] == '\0')
		rc = wrong(c, "spool", "is empty", NULL, err);
	if (rc == 0)
		rc = check_collector(c, err);
	if (rc == 0)
		rc = take_resolvers(c, err);
	if (rc == 0)
		rc = take_ports(c, err);
	if (rc != 0)
		probe_conf_free(c);
	return rc;
}

void probe_conf_free(struct probe_conf *c)
{
	vec_free(&c->resolvers);
	vec_free(&c->ports);
	conf_free(c->file);
	c->file = NULL;
}

bool probe_conf_token_ok(const char *text)
{
	return strlen(text) == PROBE_CONF_TOKEN - 1 &&
	       strspn(text, "0123456789abcdefABCDEF") == PROBE_CONF_TOKEN - 1;
}

int probe_conf_token(const struct probe_conf *c, char token[PROBE_CONF_TOKEN], struct err *err)
{
	struct stat st;
	struct buf text;
	struct err why = {0};
	buf_init(&text, 0);
	if (file_read(c->token_file, 4096, &text, &why) != 0) {
		buf_free(&text);
		return wrong(c, "token_file", why.text, NULL, err);
	}
	snprintf(token, PROBE_CONF_TOKEN, "%s", buf_str(&text));
	size_t len = strcspn(buf_str(&text), "\r\n");
	bool ok = len == PROBE_CONF_TOKEN - 1 && probe_conf_token_ok(token) &&
	          strspn(buf_str(&text) + len, "\r\n") == text.len - len;
	buf_free(&text);
	if (!ok)
		return wrong(c, "token_file", "does not hold one line of 64 hexadecimal digits", c->token_file, err);
	if (stat(c->token_file, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		return wrong(c, "token_file", "anybody can read it; chmod 600", c->token_file, err);
	return 0;
}

int probe_conf_collector_ca(const struct probe_conf *c, struct err *err)
{
	X509_STORE *store = NULL;
	if (c->collector_ca_file[0] == '\0')
		return 0;
	int rc = trust_new(&store, c->collector_ca_file, err);
	X509_STORE_free(store);
	return rc == 0 ? 0 : probe_conf_blame(c, "collector_ca_file", err);
}

struct guard probe_conf_guard(const struct probe_conf *c)
{
	return (struct guard){ .allow_private = c->allow_private, .ports = c->ports.at,
	                       .port_count = c->ports.len };
}
