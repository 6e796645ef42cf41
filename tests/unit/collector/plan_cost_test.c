#include "collector/plan_cost.h"

#include "tests/check.h"

static double bytes(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "www") == 0 ? 1e6 : strcmp(name, "api") == 0 ? 1e3 : 1e5;
}

int main(void)
{
	struct err err = {0};
	struct plan plan = {0};
	struct plan_cost cost;
	static const char text[] =
		"schedule { samples = 2 families = {\"ipv4\", \"ipv6\"} }\n"
		"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
		"target \"api\" { role = \"cdn\" url = \"https://api.example.com/\" }\n"
		"target \"origin\" { role = \"baseline\" url = \"https://origin.example.com/\" }\n"
		"target \"v6only\" { role = \"baseline\" url = \"https://[2001:db8::1]/\" }\n"
		"node \"fra\" { address = {\"192.0.2.1\", \"2001:db8::2\"} }\n"
		"node \"lon\" { address = {\"192.0.2.2\"} targets = {\"www\"} }\n"
		"node \"syd\" { address = {\"192.0.2.3\"} status = \"off\" }\n"
		"candidate \"sin\" { url = \"https://sin.example/\" }\n"
		"candidate \"bom\" { url = \"https://bom.example/\" address = {\"192.0.2.9\", \"192.0.2.8\"} }\n";

	/* Targets through DNS, two families: www, api, origin: 6 samples; v6only, a literal: 1.
	 * Nodes: fra by IPv4 and IPv6 for www and api: 4; lon by IPv4 for www only: 1; off: none.
	 * Candidates: sin by DNS, two families: 2; bom by its IPv4 addresses (the first counts): 1.
	 * 15 a pass, twice: 30 a round; x 288 rounds x 10 probes = 86400 a day.
	 * Bytes a pass: www 2 + 2 + 1 = 5 of 1e6, api 2 + 2 = 4 of 1e3, origin and v6only 3 of 1e5:
	 * 5304000; x 2 x 288 x 30 x 10 = 916.5312 GB. Candidates: 3e5 x 172800 = 51.84 GB.
	 * Audits, 24 a day: www, www on fra and lon, api, api on fra, origin, v6only: 7, of 3202000
	 * bytes; syd, once a day: www and api, 1001000 bytes. 170 a day x 10 probes; bytes 77849000 a
	 * day x 30 x 10 = 23.3547 GB more. */
	CHECK_CASE("reckoned on paper");
	CHECK_INT(plan_parse(&plan, text, "test", &err), 0);
	CHECK_STR(err.text, "");
	plan_cost(&plan, 10, bytes, NULL, &cost);
	CHECK_INT(cost.round, 30);
	CHECK_INT(cost.day, 86400);
	CHECK_INT(cost.audits_day, 1700);
	CHECK_NEAR(cost.own_gb_month, 916.5312 + 23.3547, 1e-9);
	CHECK_NEAR(cost.other_gb_month, 51.84, 1e-9);
	CHECK_CASE("audits come with rounds at the most, and all of them seldom where audit_every is long");
	plan.audit_every_us = INT64_C(60000000);
	plan_cost(&plan, 1, bytes, NULL, &cost);
	CHECK_INT(cost.audits_day, 7 * 288 + 2);
	plan.audit_every_us = INT64_C(4) * 86400 * 1000000;
	plan_cost(&plan, 4, bytes, NULL, &cost);
	CHECK_INT(cost.audits_day, 9);
	plan_free(&plan);

	/* www each third round, 96 a day: 2 on its name and nodes, a rare one: 3 x 96; api in each: 2 x 288.
	 * img each second, since 6 minutes are not five: 1 x 144. 288 + 576 + 144 = 1008. */
	static const char seldom[] =
		"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" every = \"15m\" rare = {\"/a\"} }\n"
		"target \"api\" { role = \"cdn\" url = \"https://api.example.com/\" }\n"
		"target \"img\" { role = \"baseline\" url = \"https://img.example.com/\" every = \"6m\" }\n"
		"node \"fra\" { address = {\"192.0.2.1\"} }\n";
	CHECK_CASE("targets that are not in each round, and a rare object");
	CHECK_INT(plan_parse(&plan, seldom, "test", &err), 0);
	plan_cost(&plan, 1, bytes, NULL, &cost);
	CHECK_INT(cost.round, 6);
	CHECK_INT(cost.day, 1008);
	/* 288 x 1e6 + 576 x 1e3 + 144 x 1e5 bytes a day, 30 days; and 24 audits a day of each target and
	 * of its node: 48 x 1e6 + 48 x 1e3 + 24 x 1e5 */
	CHECK_NEAR(cost.own_gb_month, 9.08928 + 1.51344, 1e-9);
	CHECK_INT(cost.questions_day, 0);
	plan_free(&plan);

	/* For each family: www a name below the wildcard, three servers, two subnets: 6, in 96 rounds; api two
	 * servers that are found and one subnet: 3, in 288; an address has no name to ask for.
	 * (576 + 864) x 2 families x 5 probes. */
	static const char asking[] =
		"schedule { families = {\"ipv4\", \"ipv6\"} }\n"
		"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" every = \"15m\"\n"
		"  dns_wildcard = \"*.probe.example.com\" dns_servers = {\"192.0.2.53\", \"192.0.2.54\", \"2001:db8::53\"}\n"
		"  ecs = {\"49.36.0.0/16\", \"2001:db8::/32\"} }\n"
		"target \"api\" { role = \"cdn\" url = \"https://api.example.com/\" ecs = {\"49.36.0.0/16\"} }\n"
		"target \"ip\" { role = \"baseline\" url = \"https://192.0.2.9/\" }\n";
	CHECK_CASE("questions to DNS alone");
	CHECK_INT(plan_parse(&plan, asking, "test", &err), 0);
	CHECK_STR(err.text, "");
	plan_cost(&plan, 5, bytes, NULL, &cost);
	CHECK_INT(cost.questions_day, 14400);
	plan_free(&plan);
	return check_done();
}
