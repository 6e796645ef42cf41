/* What a plan asks about a target besides its samples: how often, rare objects, DNS, content. */
#include "schema/plan.h"

#include <stdlib.h>

#include "lib/attr.h"
#include "tests/check.h"

static struct err err;

#define TARGET "target www { role = cdn url = \"https://www.example.com:8443/a\" "
#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* of nothing */

static int parse(struct plan *p, const char *text)
{
	err = (struct err){0};
	return plan_parse(p, text, "plan.conf", &err);
}

static void test_all(void)
{
	static const char text[] =
		TARGET "every = 15m rare = {/r/1.jpg, \"/r/2.jpg?x=1\"}\n"
		"  dns_wildcard = \"*.Probe.example.com\" ecs = {49.36.0.0/16, 2001:DB8::/32, 10.0.0.0/8}\n"
		"  dns_servers = {192.0.2.53, \"2001:db8:0::53\"}\n"
		"  expect_sha256 = E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 }\n"
		"target origin { role = baseline url = http://origin.example.com/ }\n";
	struct plan p, q;
	struct buf one, two;
	char path[PLAN_MAX_URL];

	CHECK_CASE("every key, as the file says it");
	buf_init(&one, 0);
	buf_init(&two, 0);
	CHECK_INT(parse(&p, text), 0);
	CHECK_STR(err.text, "");
	const struct plan_target *t = plan_target(&p, "www"), *o = plan_target(&p, "origin");
	CHECK_INT(t->every_us, 900000000);
	CHECK_STR(t->dns_wildcard, "*.probe.example.com");
	CHECK_INT(t->ecs.len, 3);
	CHECK_STR(t->ecs.at[0], "49.36.0.0/16");
	CHECK_STR(t->ecs.at[1], "2001:db8::/32");
	CHECK_INT(t->dns_servers.len, 2);
	CHECK_STR(t->dns_servers.at[1], "2001:db8::53");
	CHECK_STR(t->expect_sha256, SHA);
	CHECK_INT(plan_rare_count(t), 2);
	CHECK(plan_rare_path(t, 1, path, sizeof path));
	CHECK_STR(path, "/r/2.jpg?x=1");
	CHECK(!plan_rare_path(t, 2, path, sizeof path));

	CHECK_CASE("what isn't given");
	CHECK(o->every_us == 0 && plan_rare_count(o) == 0 && o->dns_wildcard == NULL && o->ecs.len == 0
	      && o->dns_servers.len == 0 && o->expect_sha256 == NULL);
	CHECK(!plan_rare_path(o, 0, path, sizeof path));

	CHECK_CASE("through JSON, also that for probes, nothing is lost");
	CHECK_INT(plan_to_json(&p, PLAN_FOR_PROBE, &one, &err), 0);
	CHECK_CONTAINS(buf_str(&one),
	               "\"every_us\":900000000,\"rare\":[\"/r/1.jpg\",\"/r/2.jpg?x=1\"],"
	               "\"dns_wildcard\":\"*.probe.example.com\","
	               "\"ecs\":[\"49.36.0.0/16\",\"2001:db8::/32\",\"10.0.0.0/8\"],"
	               "\"dns_servers\":[\"192.0.2.53\",\"2001:db8::53\"],\"expect_sha256\":\"" SHA "\"");
	CHECK_CONTAINS(buf_str(&one), "\"needs\":[]"); /* an old probe measures less, not something else */
	CHECK_INT(plan_from_json(&q, one.data, one.len, &err), 0);
	CHECK_INT(plan_to_json(&q, PLAN_FOR_PROBE, &two, &err), 0);
	CHECK_STR(buf_str(&two), buf_str(&one));
	plan_free(&q);

	CHECK_CASE("the target's revision is not of these, the plan's is");
	CHECK_INT(parse(&q, TARGET "}\ntarget origin { role = baseline url = http://origin.example.com/ }"), 0);
	CHECK_STR(q.targets.at[0].rev, t->rev);
	CHECK(strcmp(q.rev, p.rev) != 0);
	plan_free(&q);
	plan_free(&p);
	buf_free(&one);
	buf_free(&two);
}

static void test_patterns(void)
{
	static const struct { const char *rare; size_t n; const char *first, *last; } good[] = {
		{"/img/{1..500}.jpg", 500, "/img/1.jpg", "/img/500.jpg"},
		{"/img/{001..500}.jpg", 500, "/img/001.jpg", "/img/500.jpg"},
		{"/{0..999999}", 1000000, "/0", "/999999"},
		{"/a?n={98..103}&b", 6, "/a?n=98&b", "/a?n=103&b"},
		{"/{08..11}/", 4, "/08/", "/11/"},
	};
	struct plan p;
	char text[256], path[PLAN_MAX_URL];

	CHECK_CASE("patterns: how many, the first and the last");
	for (size_t i = 0; i < LAT_COUNT(good); i++) {
		snprintf(text, sizeof text, TARGET "rare = \"%s\" }", good[i].rare);
		CHECK_INT(parse(&p, text), 0);
		CHECK_STR(err.text, "");
		const struct plan_target *t = &p.targets.at[0];
		CHECK_INT(plan_rare_count(t), good[i].n);
		CHECK(plan_rare_path(t, 0, path, sizeof path));
		CHECK_STR(path, good[i].first);
		CHECK(plan_rare_path(t, good[i].n - 1, path, sizeof path));
		CHECK_STR(path, good[i].last);
		CHECK(!plan_rare_path(t, good[i].n, path, sizeof path));
		CHECK(!plan_rare_path(t, 0, path, strlen(good[i].first)));
		plan_free(&p);
	}

	CHECK_CASE("the URL of another path on the same host");
	struct plan_url url;
	CHECK_INT(parse(&p, TARGET "}"), 0);
	CHECK_INT(plan_url_at(&p.arena, &p.targets.at[0].url, "/b?c", &url, &err), 0);
	CHECK_STR(url.text, "https://www.example.com:8443/b?c");
	CHECK_INT(url.port, 8443);
	CHECK_STR(url.path, "/b?c");
	plan_free(&p);
}

static void test_refused(void)
{
	static const struct { const char *text, *want; } bad[] = {
		{"every = 59s }", "plan.conf:1: every: 59s is not in"},
		{"every = 5 }", "every: "},
		{"rare = {a.jpg} }", "plan.conf:1: rare: \"a.jpg\" is no path"},
		{"rare = {\"/a b\"} }", "rare: \"https://www.example.com:8443/a b\" has a character 0x20"},
		{"rare = {\"/a\"} }", "rare: \"/a\" is the target's own path"},
		{"rare = {\"//evil.example/\", \"/x#y\"} }", "rare: \"https://www.example.com:8443/x#y\" has a fragment"},
		{"rare = {\"/{1..5}\", \"/b\"} }", "rare: \"/{1..5}\" has braces: a pattern stands alone"},
		{"rare = \"/{5..1}\" }", "rare: \"/{5..1}\" is not a path with one range"},
		{"rare = \"/{1..1}\" }", "is not a path with one range"},
		{"rare = \"/{a..c}\" }", "is not a path with one range"},
		{"rare = \"/{1..}\" }", "is not a path with one range"},
		{"rare = \"/{..5}\" }", "is not a path with one range"},
		{"rare = \"/{-1..5}\" }", "is not a path with one range"},
		{"rare = \"/{1..5}{1..5}\" }", "is not a path with one range"},
		{"rare = \"/}1..5{\" }", "is not a path with one range"},
		{"rare = \"/{0..1000000}\" }", "is not a path with one range like {1..500}, of at most 1000000 numbers"},
		{"rare = \"/{1..99999999999999999999}\" }", "is not a path with one range"},
		{"dns_wildcard = probe.example.com }", "dns_wildcard: \"probe.example.com\" is not a zone"},
		{"dns_wildcard = \"*.\" }", "dns_wildcard: "},
		{"dns_wildcard = \"*.a..b\" }", "dns_wildcard: "},
		{"dns_wildcard = \"*.*.example.com\" }", "is not a zone with \"*.\""},
		{"dns_wildcard = \"*.example.com/x\" }", "is not a zone with \"*.\""},
		{"ecs = {49.36.0.0} }", "plan.conf:1: ecs: \"49.36.0.0\" is not address/length"},
		{"ecs = {49.36.0.0/33} }", "ecs: \"49.36.0.0/33\": the length is not in 1..32"},
		{"ecs = {49.36.0.0/0} }", "the length is not in 1..32"},
		{"ecs = {\"2001:db8::/129\"} }", "the length is not in 1..128"},
		{"ecs = {49.36.0.1/16} }", "ecs: \"49.36.0.1/16\" has bits beyond its length of 16"},
		{"ecs = {49.36/16} }", "ecs: \"49.36/16\" is neither"},
		{"ecs = {\"49.36.0.0/16 \"} }", "the length is not in"},
		{"ecs = {\"2001:db8::/32\", \"2001:DB8::/32\"} }", "ecs: \"2001:db8::/32\" given twice"},
		{"dns_servers = {ns1.example.com} }", "dns_servers: \"ns1.example.com\" is neither"},
		{"dns_servers = {192.0.2.1, 192.0.2.1} }", "dns_servers: \"192.0.2.1\" given twice"},
		{"expect_sha256 = abc }", "expect_sha256: \"abc\" is not 64 hexadecimal digits"},
		{"expect_sha256 = g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 }",
		 "is not 64 hexadecimal digits"},
	};
	struct plan p;
	char text[300];

	CHECK_CASE("refused, with file, line and key");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		snprintf(text, sizeof text, TARGET "%s", bad[i].text);
		CHECK_INT(parse(&p, text), LAT_CONFIG);
		CHECK_CONTAINS(err.text, bad[i].want);
		plan_free(&p);
	}
	CHECK_INT(parse(&p, "target www { role = cdn url = https://192.0.2.1/ ecs = {49.36.0.0/16} }"), LAT_CONFIG);
	CHECK_CONTAINS(err.text, "ecs: the URL's host is an address");
	plan_free(&p);

	CHECK_CASE("more than may be");
	struct buf long_list;
	buf_init(&long_list, 0);
	CHECK(buf_adds(&long_list, TARGET "dns_servers = {"));
	for (int i = 0; i <= PLAN_MAX_DNS_SERVERS; i++)
		CHECK(buf_addf(&long_list, "%s192.0.2.%d", i ? "," : "", i));
	CHECK(buf_adds(&long_list, "} }"));
	CHECK_INT(parse(&p, buf_str(&long_list)), LAT_CONFIG);
	CHECK_CONTAINS(err.text, "dns_servers: 17 of them (limit 16)");
	plan_free(&p);
	buf_free(&long_list);

	CHECK_CASE("the same checks for JSON");
	static const char json[] = "{\"latlas_plan\":1,\"targets\":[{\"name\":\"www\",\"role\":\"cdn\","
	                           "\"url\":\"https://x/\",\"ecs\":[\"1.2.3.4/8\"]}]}";
	CHECK_INT(plan_from_json(&p, json, sizeof json - 1, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "plan: targets[0]: ecs: \"1.2.3.4/8\" has bits beyond its length of 8");
}

int main(void)
{
	test_all();
	test_patterns();
	test_refused();
	return check_done();
}
