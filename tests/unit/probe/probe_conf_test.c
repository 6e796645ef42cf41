#include "probe/probe_conf.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/attr.h"
#include "lib/file.h"
#include "tests/check.h"

static char folder[] = "/tmp/latlas-conf-XXXXXX", path[64], token_path[64];
static struct probe_conf c;
static struct err err;

static int load(const char *text)
{
	err = (struct err){0};
	CHECK_INT(file_write_atomic(path, text, strlen(text), 0600, NULL, &err), 0);
	return probe_conf_load(&c, path, &err);
}

static const struct { const char *text, *want; } bad[] = {
	{ "", "probe.conf: name: is missing" },
	{ "name = \"a b\"\n", "probe.conf:1: name: \"a b\": 1 to 64" },
	{ "name = \"a\"\ncolour = 1\n", "probe.conf:2: " },
	{ "name = \"a\"\nname = \"b\"\n", "probe.conf:2: name: " },
	{ "name = \"${HOME}\"\n", "probe.conf:1: " },
	{ "name = \"a\"\ncollector = \"http://c:8443\"\n",
	  "probe.conf:2: collector: \"http://c:8443\": must be https" },
	{ "name = \"a\"\ncollector = \"https://c/x\"\n", "probe.conf:2: collector: " },
	{ "name = \"a\"\ncollector = \"c:8443\"\n", "probe.conf:2: collector: " },
	{ "name = \"a\"\n\nresolvers = {\"9.9.9.9\", \"dns.example\"}\n",
	  "probe.conf:3: resolvers: \"dns.example\": not an IP address" },
	{ "name = \"a\"\nports = {0}\n", "probe.conf:2: ports: " },
	{ "name = \"a\"\nports = {65536}\n", "probe.conf:2: ports: " },
	{ "name = \"a\"\nmax_samples = 0\n", "probe.conf:2: max_samples: " },
	{ "name = \"a\"\nspool_limit_mib = 0\n", "probe.conf:2: spool_limit_mib: " },
	{ "name = \"a\"\ndeadline = \"0s\"\n", "probe.conf:2: deadline: " },
	{ "name = \"a\"\nspool = \"\"\n", "probe.conf:2: spool: " },
};

static int token(const char *text, mode_t mode)
{
	char out[PROBE_CONF_TOKEN];
	struct err ignored;
	CHECK_INT(file_write_atomic(token_path, text, strlen(text), 0600, NULL, &ignored), 0);
	CHECK_INT(chmod(token_path, mode), 0);
	err = (struct err){0};
	return probe_conf_token(&c, out, &err);
}

int main(void)
{
	char text[256];
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof path, "%s/probe.conf", folder);
	snprintf(token_path, sizeof token_path, "%s/token", folder);

	CHECK_CASE("defaults");
	CHECK_INT(load("name = \"mumbai-1\"\n"), 0);
	CHECK_STR(c.name, "mumbai-1");
	CHECK_STR(c.collector, "");
	CHECK_STR(c.spool, "/var/spool/latlas");
	CHECK_STR(c.token_file, "/etc/latlas/token");
	CHECK_INT(c.spool_limit_bytes, 64 << 20);
	CHECK_INT(c.max_samples, 1000);
	CHECK_INT(c.max_bytes_per_run, 200 << 20);
	CHECK_INT(c.deadline_us, 240000000);
	CHECK_INT(c.resolvers.len, 0);
	struct guard g = probe_conf_guard(&c);
	CHECK(guard_port(&g, 80) && guard_port(&g, 443) && !guard_port(&g, 8443));
	CHECK(!g.allow_private && c.audit);
	probe_conf_free(&c);
	CHECK_CASE("what is given");
	CHECK_INT(load("name = \"a\"\ncollector = \"https://c:8443\"\n"
	               "resolvers = {\"9.9.9.9\", \"[2620:fe::fe]:5353\"}\n"
	               "ports = {8443}\nallow_private = true\naudit = false\nmax_samples = 5\ndeadline = \"2m\"\n"), 0);
	CHECK_INT(c.resolvers.len, 2);
	CHECK_INT(c.resolvers.at[0].port, 53);
	CHECK_INT(c.resolvers.at[1].port, 5353);
	g = probe_conf_guard(&c);
	CHECK(!guard_port(&g, 80) && guard_port(&g, 8443) && g.allow_private && !c.audit);
	CHECK_INT(c.max_samples, 5);
	CHECK_INT(c.deadline_us, 120000000);
	probe_conf_free(&c);
	CHECK_CASE("what is wrong is named by file, line and key");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		CHECK_INT(load(bad[i].text), LAT_CONFIG);
		CHECK_CONTAINS(err.text, bad[i].want);
	}
	CHECK_CASE("no file");
	CHECK_INT(probe_conf_load(&c, "/nonexistent/probe.conf", &err), LAT_NOINPUT);
	CHECK_CASE("the token: one line of 64 digits, for us alone");
	snprintf(text, sizeof text, "name = \"a\"\ntoken_file = \"%s\"\n", token_path);
	CHECK_INT(load(text), 0);
#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	CHECK_INT(token(HEX "\n", 0600), 0);
	CHECK_INT(token(HEX, 0640), 0);
	CHECK_INT(token(HEX "\n", 0644), LAT_CONFIG);
	CHECK_CONTAINS(err.text, "token_file: ");
	CHECK_CONTAINS(err.text, "chmod 600");
	CHECK_INT(token(HEX "0\n", 0600), LAT_CONFIG);
	CHECK_INT(token("x" HEX "\n", 0600), LAT_CONFIG);
	CHECK_INT(token(HEX "\nmore\n", 0600), LAT_CONFIG);
	CHECK_INT(token("", 0600), LAT_CONFIG);
	CHECK(strstr(err.text, HEX) == NULL);
	unlink(token_path);
	char out[PROBE_CONF_TOKEN];
	CHECK_INT(probe_conf_token(&c, out, &err), LAT_CONFIG);
	CHECK_CONTAINS(err.text, token_path);
	probe_conf_free(&c);
	unlink(path);
	rmdir(folder);
	return check_done();
}
