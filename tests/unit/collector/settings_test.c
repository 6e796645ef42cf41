#include "collector/settings.h"

#include "collector/commands.h"
#include "lib/clock.h"
#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

static struct scratch scratch;
static struct settings s;
static struct problems problems;
static char path[128];

static const char *load(const char *text)
{
	static char out[4096];
	settings_free(&s);
	problems_free(&problems);
	problems = (struct problems){0};
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	settings_load(&s, path, &problems);
	out[0] = '\0';
	for (size_t i = 0; i < problems.list.len; i++) {
		const char *said = problems.list.at[i].text;
		size_t dir = strlen(scratch.dir) + 1;
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s|",
		         strncmp(said, scratch.dir, dir - 1) == 0 ? said + dir : said);
	}
	return out;
}

int main(void)
{
	scratch_make(&scratch);
	snprintf(path, sizeof path, "%s/a.conf", scratch.dir);

	CHECK_CASE("an empty file is the defaults");
	CHECK_STR(load(""), "");
	char text[LISTEN_TEXT], beside[160];
	CHECK_STR(listen_text((struct sockaddr *)&s.listen.sa, text), "0.0.0.0:8443");
	CHECK(!s.has_admin && s.public_url == NULL && s.plan == NULL && s.geo_city == NULL && !s.insecure);
	CHECK_STR(s.db, COLLECTOR_DB);
	snprintf(beside, sizeof beside, "%s/server.key", scratch.dir);
	CHECK_STR(s.tls_key, beside);
	CHECK_INT(s.request_deadline_us, 120 * US_PER_S);

	CHECK_CASE("the example of the interface");
	CHECK_STR(load("listen = \"0.0.0.0:8443\"  public_url = \"https://collector.example.net:8443\"  "
	               "admin_listen = \"127.0.0.1:9101\"  db = \"/var/lib/latlas/latlas.db\"  "
	               "plan = \"/etc/latlas/plan.conf\"\n"
	               "tls_cert = \"\"  tls_key = \"\"  geo_city = \"\"  geo_asn = \"\"  keep_samples = \"90d\"  "
	               "insecure = false\n"), "");
	CHECK_STR(s.public_host, "collector.example.net");
	CHECK(s.has_admin && s.admin.loopback);
	CHECK_INT(s.keep_samples_us, 90 * INT64_C(86400000000));

	CHECK_CASE("a slash at the end of the URL is no path");
	CHECK_STR(load("public_url = \"https://c.example:8443/\""), "");
	CHECK_STR(s.public_url, "https://c.example:8443");

	CHECK_CASE("all that is wrong, with its line");
	CHECK_STR(load("listen = \"x:1\"\nadmin_listen = \"[::1\"\n\npublic_url = \"http://c.example/x\"\n"),
	          "a.conf:1: listen: 'x:1': 'x' is not an IPv4 address (names are not resolved)|"
	          "a.conf:2: admin_listen: '[::1' is not ADDRESS:PORT (an IPv6 address in brackets)|"
	          "a.conf:4: public_url: 'http://c.example/x' is not https|"
	          "a.conf:4: public_url: 'http://c.example/x' has a path; only https://HOST:PORT can be served|");
	CHECK_STR(s.db, COLLECTOR_DB);
	CHECK(!s.misread);

	CHECK_CASE("also where lines cannot be read");
	CHECK_STR(load("lisen = \"x\"\nkeep_samples = \"5 weeks\"\ndb = \"/a\"\ndb = \"/b\"\nburst_per_probe = 0\n"
	               "plan = \"p\nrate_per_probe = \"10\"\ngeo_asn \"x\"\ntls_ca = \"${HOME}/ca\"\ninsecure = perhaps\n"),
	          "a.conf:1: unknown key 'lisen' (did you mean 'listen'?)|"
	          "a.conf:4: db: given twice (first in line 3)|"
	          "a.conf:6: string is not closed on its line: \" is missing|"
	          "a.conf:8: geo_asn: a string, not '='|"
	          "a.conf:9: \"${\": nothing is put in from the environment, write the value itself|"
	          "a.conf:2: keep_samples: \"5 weeks\" is not a duration (as 10s, 5m, 36h, 7d)|"
	          "a.conf:5: burst_per_probe: 0 is not in 1..1000000000|"
	          "a.conf:10: insecure: \"perhaps\" is not true or false|"
	          "a.conf:7: rate_per_probe: '10' is not a rate, as \"10/s\" or \"90/min\"|");
	CHECK(s.misread);

	CHECK_CASE("the admin's address is no part of the other (which by default is port 8443 of all)");
	CHECK_STR(load("admin_listen = \"127.0.0.1:8443\""),
	          "a.conf:1: admin_listen: 127.0.0.1:8443: listen has that port already|");
	CHECK_STR(load("listen = \"192.0.2.1:8443\"\nadmin_listen = \"127.0.0.1:8443\""), "");

	CHECK_CASE("nothing is made of a default where the line that was meant cannot be read");
	CHECK_STR(load("lisen = \"127.0.0.1:9000\"\nadmin_listen = \"127.0.0.1:8443\"\ninsecure = true"),
	          "a.conf:1: unknown key 'lisen' (did you mean 'listen'?)|");
	CHECK_STR(load("listen = \"127.0.0.1:9000\"\nadmin_listen = \"127.0.0.1:9000\"\ninsecur = true"),
	          "a.conf:3: unknown key 'insecur' (did you mean 'insecure'?)|"
	          "a.conf:2: admin_listen: 127.0.0.1:9000: listen has that port already|");

	CHECK_CASE("plain HTTP on loopback only");
	CHECK_CONTAINS(load("insecure = true"), "a.conf:1: insecure: plain HTTP is for tests on loopback only");
	CHECK_STR(load("insecure = true\nlisten = \"127.0.0.1:80\"\npublic_url = \"http://127.0.0.1:80\""), "");
	CHECK_STR(load("insecure = true\nlisten = \"[::1]:80\""), "");

	CHECK_CASE("what isn't known, or out of range");
	CHECK_CONTAINS(load("lisen = \"x\""), "lisen");
	CHECK_CONTAINS(load("request_deadline = \"0s\""), "request_deadline");
	CHECK_CONTAINS(load("db = \"${HOME}/x\""), "a.conf:1");
	CHECK_CONTAINS(load("db = \"a\"\ndb = \"b\""), "db");

	CHECK_CASE("limits: what is given, and what three days of spool and 200 probes behind a NAT need");
	CHECK_STR(load("rate_per_probe = \"30/min\"\nburst_per_probe = 5\nrate_per_address = \"7/s\"\n"
	               "burst_per_address = 9\nmax_connections_per_address = 3\n"), "");
	CHECK_NEAR(s.limits.probe.per_s, 0.5, 0);
	CHECK_NEAR(s.limits.probe.burst, 5, 0);
	CHECK_NEAR(s.limits.address.per_s, 7, 0);
	CHECK_NEAR(s.limits.address.burst, 9, 0);
	CHECK_INT(s.limits.connections, 3);
	CHECK_STR(load(""), "");
	CHECK(s.limits.probe.burst >= 3 * 288 && s.limits.address.burst >= 200 * 3 * 288);
	CHECK(s.limits.connections >= 200);
	CHECK_STR(load("\nrate_per_probe = \"10\"\nrate_per_address = \"0/s\"\n"),
	          "a.conf:2: rate_per_probe: '10' is not a rate, as \"10/s\" or \"90/min\"|"
	          "a.conf:3: rate_per_address: '0/s' is not in one in an hour .. 1000000/s|");
	CHECK_CONTAINS(load("\nburst_per_probe = 0"), "a.conf:2: burst_per_probe");
	CHECK_CONTAINS(load("max_connections_per_address = 0"), "a.conf:1: max_connections_per_address");

	settings_free(&s);
	problems_free(&problems);
	scratch_remove(&scratch);
	return check_done();
}
