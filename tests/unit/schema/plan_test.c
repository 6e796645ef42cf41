#include "schema/plan.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/attr.h"
#include "tests/check.h"

static struct err err;

/* The plan of the format's description. */
static const char described[] =
	"objective { metric = \"total\"  quantile = 0.75  limit_ms = 1000 }\n"
	"schedule  { samples = 1  concurrency = 4  timeout_ms = 10000  families = {\"ipv4\"}"
	"  audit_every = \"1h\" }\n"
	"target    \"www\"    { role = \"cdn\"       url = \"https://www.example.com/\" }\n"
	"target    \"origin\" { role = \"baseline\"  url = \"https://origin.example.com/\" }\n"
	"node      \"lon\"    { address = {\"203.0.113.7\"}  city = \"London\"  country = \"GB\"  lat = 51.51"
	"  lon = -0.13  status = \"live\" }\n"
	"candidate \"sin\"    { url = \"https://sin.cloud.example/\"  city = \"Singapore\"  country = \"SG\""
	"  lat = 1.35  lon = 103.82  cost_month = 5.0 }\n";

/* What probes get of it, written by hand. The revisions are FNV-1a, 64 bits, by a few lines of
 * Python: of {"role":"cdn","url":"https://www.example.com/"} and so on, and of the full text
 * without its "rev". */
#define REV_PLAN "daa6b6db742c8878"
#define REV_WWW "900a27e23a7dbfa1"
#define REV_ORIGIN "365ffcc7d9b85b34"
#define REV_SIN "490ea9d491e4e1f8"
#define SCHEDULE \
	"\"schedule\":{\"samples\":1,\"concurrency\":4,\"timeout_ms\":10000,\"families\":[\"ipv4\"]," \
	"\"audit_every_us\":3600000000}"
#define TARGETS \
	"\"targets\":[{\"name\":\"www\",\"role\":\"cdn\",\"url\":\"https://www.example.com/\"," \
	"\"rev\":\"" REV_WWW "\"}," \
	"{\"name\":\"origin\",\"role\":\"baseline\",\"url\":\"https://origin.example.com/\"," \
	"\"rev\":\"" REV_ORIGIN "\"}]"
static const char for_probe[] =
	"{\"latlas_plan\":1,\"rev\":\"" REV_PLAN "\",\"needs\":[]," SCHEDULE "," TARGETS ","
	"\"nodes\":[{\"name\":\"lon\",\"address\":[\"203.0.113.7\"],\"status\":\"live\"}],"
	"\"candidates\":[{\"name\":\"sin\",\"url\":\"https://sin.cloud.example/\",\"rev\":\"" REV_SIN "\"}]}";
static const char full[] =
	"{\"latlas_plan\":1,\"rev\":\"" REV_PLAN "\",\"needs\":[],"
	"\"objective\":{\"metric\":\"total\",\"quantile\":0.75,\"limit_ms\":1000}," SCHEDULE "," TARGETS ","
	"\"nodes\":[{\"name\":\"lon\",\"address\":[\"203.0.113.7\"],\"status\":\"live\",\"city\":\"London\","
	"\"country\":\"GB\",\"lat\":51.51,\"lon\":-0.13}],"
	"\"candidates\":[{\"name\":\"sin\",\"url\":\"https://sin.cloud.example/\",\"city\":\"Singapore\","
	"\"country\":\"SG\",\"lat\":1.35,\"lon\":103.82,\"cost_month\":5,\"rev\":\"" REV_SIN "\"}]}";

static int parse(struct plan *p, const char *text)
{
	err = (struct err){0};
	return plan_parse(p, text, "plan.conf", &err);
}

static int from_json(struct plan *p, const char *text)
{
	err = (struct err){0};
	return plan_from_json(p, text, strlen(text), &err);
}

static const char *to_json(const struct plan *p, enum plan_form form, struct buf *out)
{
	buf_clear(out);
	CHECK_INT(plan_to_json(p, form, out, &err), 0);
	return buf_str(out);
}

static void check_described(const struct plan *p, bool private)
{
	CHECK_STR(p->rev, REV_PLAN);
	CHECK_INT(p->metric, M_TOTAL);
	CHECK_NEAR(p->quantile, 0.75, 0);
	CHECK_NEAR(p->limit_ms, 1000, 0);
	CHECK_INT(p->samples, 1);
	CHECK_INT(p->concurrency, 4);
	CHECK_INT(p->timeout_ms, 10000);
	CHECK(p->ipv4 && !p->ipv6);
	CHECK_INT(p->audit_every_us, 3600000000);
	CHECK_INT(p->targets.len, 2);
	const struct plan_target *t = &p->targets.at[0];
	CHECK_STR(t->name, "www");
	CHECK_INT(t->role, ROLE_CDN);
	CHECK_STR(t->url.text, "https://www.example.com/");
	CHECK_STR(t->url.host, "www.example.com");
	CHECK(t->http == NULL && t->tls == NULL && t->edge_header == NULL);
	CHECK_INT(t->body_limit_kib, 0);
	CHECK_INT(t->expect_status.len, 0);
	CHECK_INT(t->headers.len, 0);
	CHECK_STR(t->rev, REV_WWW);
	CHECK_INT(p->targets.at[1].role, ROLE_BASELINE);
	CHECK_INT(p->nodes.len, 1);
	const struct plan_node *n = &p->nodes.at[0];
	CHECK_STR(n->name, "lon");
	CHECK_INT(n->address.len, 1);
	CHECK_STR(n->address.at[0], "203.0.113.7");
	CHECK_INT(n->status, NODE_LIVE);
	CHECK_INT(n->targets.len, 0);
	CHECK(isnan(n->cost_month));
	CHECK_INT(p->candidates.len, 1);
	const struct plan_candidate *c = &p->candidates.at[0];
	CHECK_STR(c->name, "sin");
	CHECK_STR(c->url.host, "sin.cloud.example");
	CHECK_INT(c->address.len, 0);
	CHECK_STR(c->rev, REV_SIN);
	if (private) {
		CHECK_STR(n->city, "London");
		CHECK_STR(n->country, "GB");
		CHECK_NEAR(n->lat, 51.51, 1e-9);
		CHECK_NEAR(n->lon, -0.13, 1e-9);
		CHECK_STR(c->city, "Singapore");
		CHECK_STR(c->country, "SG");
		CHECK_NEAR(c->lat, 1.35, 1e-9);
		CHECK_NEAR(c->lon, 103.82, 1e-9);
		CHECK_NEAR(c->cost_month, 5, 0);
	} else {
		CHECK(n->city == NULL && n->country == NULL && isnan(n->lat) && isnan(n->lon));
		CHECK(c->city == NULL && c->country == NULL && isnan(c->lat) && isnan(c->cost_month));
	}
}

static void test_described(void)
{
	struct plan p, q;
	struct buf out;

	buf_init(&out, 0);
	CHECK_CASE("the plan of the description");
	CHECK_INT(parse(&p, described), 0);
	CHECK_STR(err.text, "");
	check_described(&p, true);
	CHECK_STR(p.nodes.at[0].where, "plan.conf:5");

	CHECK_CASE("as JSON, for probes without places and costs, and in full");
	CHECK_STR(to_json(&p, PLAN_FOR_PROBE, &out), for_probe);
	CHECK_STR(to_json(&p, PLAN_FULL, &out), full);

	CHECK_CASE("from JSON, and the same JSON again");
	CHECK_INT(from_json(&q, full), 0);
	check_described(&q, true);
	CHECK_STR(to_json(&q, PLAN_FULL, &out), full);
	plan_free(&q);
	CHECK_INT(from_json(&q, for_probe), 0);
	check_described(&q, false);
	CHECK_STR(to_json(&q, PLAN_FOR_PROBE, &out), for_probe);
	CHECK_CONTAINS(q.nodes.at[0].where, "nodes[0]");
	plan_free(&q);
	plan_free(&p);
	plan_free(&p);
	buf_free(&out);
}

static void test_everything(void)
{
	static const char text[] =
		"objective { metric = ttfb quantile = 0.9 limit_ms = 350.5 }\n"
		"schedule { samples = 3 concurrency = 1 timeout_ms = 2500 families = {\"ipv6\", \"ipv4\"}\n"
		"  audit_every = 1d }\n"
		"target www { role = cdn url = \"https://www.example.com:8443/a?b\" http = \"2\" tls = \"1.3\"\n"
		"  body_limit_kib = 64 expect_status = {200, 304} edge_header = \"X-Served-By\"\n"
		"  headers = {\"Accept: text/html\", \"X-Y:\"} }\n"
		"target www2 { role = cdn url = http://www.example.com http = 1.1 }\n"
		"node fra { address = {\"2001:DB8:0::0001\", \"198.51.100.1\"} status = draining\n"
		"  targets = {www2} cost_month = 12.5 }\n"
		"node lon { address = \"198.51.100.2\" status = off }\n"
		"candidate bom { url = https://bom.example/x address = {\"198.51.100.3\"} }\n";
	struct plan p, q;
	struct buf one, two;

	buf_init(&one, 0);
	buf_init(&two, 0);
	CHECK_CASE("every key of the file");
	CHECK_INT(parse(&p, text), 0);
	CHECK_STR(err.text, "");
	CHECK_INT(p.metric, M_TTFB);
	CHECK_NEAR(p.limit_ms, 350.5, 0);
	CHECK(p.ipv4 && p.ipv6);
	CHECK_INT(p.audit_every_us, 86400000000);
	const struct plan_target *t = plan_target(&p, "www"), *t2 = plan_target(&p, "www2");
	CHECK_INT(t->url.port, 8443);
	CHECK_STR(t->url.path, "/a?b");
	CHECK_STR(t->http, "2");
	CHECK_STR(t->tls, "1.3");
	CHECK_INT(t->body_limit_kib, 64);
	CHECK_INT(t->expect_status.len, 2);
	CHECK_INT(t->expect_status.at[1], 304);
	CHECK_STR(t->edge_header, "X-Served-By");
	CHECK_STR(t->headers.at[0], "Accept: text/html");
	CHECK_STR(t2->http, "1.1");
	CHECK_INT(t2->url.port, 80);
	const struct plan_node *fra = plan_node(&p, "fra"), *lon = plan_node(&p, "lon");
	CHECK_STR(fra->address.at[0], "2001:db8::1"); /* RFC 5952 */
	CHECK_INT(fra->status, NODE_DRAINING);
	CHECK_NEAR(fra->cost_month, 12.5, 0);
	CHECK_INT(lon->status, NODE_OFF);
	CHECK_STR(plan_candidate(&p, "bom")->address.at[0], "198.51.100.3");

	CHECK_CASE("looking up");
	CHECK(plan_target(&p, "fra") == NULL && plan_node(&p, "www") == NULL && plan_candidate(&p, "x") == NULL);
	CHECK(plan_node_by_address(&p, "198.51.100.2") == lon);
	CHECK(plan_node_by_address(&p, "2001:0db8::0:1") == fra);
	CHECK(plan_node_by_address(&p, "198.51.100.9") == NULL);
	CHECK(plan_node_by_address(&p, "lon") == NULL && plan_node_by_address(&p, NULL) == NULL);
	CHECK(!plan_node_serves(fra, t) && plan_node_serves(fra, t2) && plan_node_serves(lon, t));
	CHECK_STR(node_status_name(NODE_LIVE), "live");
	CHECK_STR(node_status_name(NODE_DRAINING), "draining");
	CHECK_STR(node_status_name(NODE_OFF), "off");

	CHECK_CASE("through JSON nothing is lost");
	CHECK_INT(from_json(&q, to_json(&p, PLAN_FULL, &one)), 0);
	CHECK_STR(to_json(&q, PLAN_FULL, &two), buf_str(&one));
	plan_free(&q);
	plan_free(&p);

	CHECK_CASE("what isn't given");
	CHECK_INT(parse(&p, "target www { role = cdn url = https://www.example.com/ }"), 0);
	CHECK_INT(p.metric, M_TOTAL);
	CHECK_NEAR(p.quantile, 0.75, 0);
	CHECK_NEAR(p.limit_ms, 1000, 0);
	CHECK(p.samples == 1 && p.concurrency == 4 && p.timeout_ms == 10000 && p.ipv4 && !p.ipv6);
	CHECK_INT(p.audit_every_us, 3600000000);
	plan_free(&p);
	buf_free(&one);
	buf_free(&two);
}

#define TARGET "target www { role = cdn url = https://www.example.com/ }\n"

static void test_refused(void)
{
	static const struct { const char *text, *want; } bad[] = {
		{"", "plan.conf: target: 0 of them (1 to 1000)"},
		{"objective { metric = p75 }\n" TARGET, "plan.conf:1: metric: \"p75\" is not one of total, ttfb"},
		{"objective { quantil = 0.5 }\n" TARGET, "plan.conf:1: unknown key 'quantil' (did you mean 'quantile'?)"},
		{"objective { quantile = 1 }\n" TARGET, "plan.conf:1: quantile: 1 is not in 0.001..0.999"},
		{"objective { limit_ms = 0 }\n" TARGET, "plan.conf:1: limit_ms: 0 is not in 1..600000"},
		{"schedule { samples = 0 }\n" TARGET, "plan.conf:1: samples: 0 is not in 1..100"},
		{"schedule { timeout_ms = 99 }\n" TARGET, "plan.conf:1: timeout_ms: 99 is not in 100..120000"},
		{"schedule {\n families = {} }\n" TARGET, "plan.conf:2: families: empty"},
		{"schedule { families = {ipv5} }\n" TARGET, "plan.conf:1: families: \"ipv5\" is not one of ipv4, ipv6"},
		{"schedule { families = {ipv4, ipv4} }\n" TARGET, "plan.conf:1: families: \"ipv4\" given twice"},
		{"schedule { audit_every = 5s }\n" TARGET, "plan.conf:1: audit_every: 5s is not in"},
		{"target \"a b\" { role = cdn url = https://x/ }", "plan.conf:1: name: \"a b\" is not a name"},
		{"target www { url = https://x/ }", "plan.conf:1: role: missing (cdn or baseline)"},
		{"target www {\n role = candidate url = https://x/ }",
		 "plan.conf:2: role: \"candidate\" is not one of cdn, baseline"},
		{"target www { role = cdn }", "plan.conf:1: url: missing"},
		{"target www { role = cdn\n url = ftp://x/ }", "plan.conf:2: url: \"ftp://x/\" does not begin with http"},
		{"target www { role = cdn url = https://x/ http = 1.0 }", "plan.conf:1: http: \"1.0\" is not one of 1.1, 2, 3"},
		{"target www { role = cdn url = http://x/ http = 3 }", "plan.conf:1: http: HTTP/3 needs https://"},
		{"target www { role = cdn url = https://x/ http = 3 tls = 1.2 }", "plan.conf:1: tls: HTTP/3 has no TLS but 1.3"},
		{"target www { role = cdn url = https://x/ tls = 1.1 }",
		 "plan.conf:1: tls: \"1.1\" is not one of 1.2, 1.3"},
		{"target www { role = cdn url = http://x/ tls = 1.2 }", "plan.conf:1: tls: the URL is http://"},
		{"target www { role = cdn url = http://x/ http = 2 }", "plan.conf:1: http: HTTP/2 needs https://"},
		{"target www { role = cdn url = https://x/ expect_status = {99} }", "expect_status: 99 is not in 100..599"},
		{"target www { role = cdn url = https://x/ body_limit_kib = 0 }", "body_limit_kib: 0 is not in 1.."},
		{"target www { role = cdn url = https://x/ headers = {nope} }",
		 "plan.conf:1: headers: \"nope\" is not \"Name: value\""},
		{"target www { role = cdn url = https://x/ headers = {\"a b: c\"} }", "headers: \"a b: c\" is not"},
		{"target www { role = cdn url = https://x/ headers = {\"a: b\\r\\nHost: y\"} }",
		 "headers: \"a: b  Host: y\" has a control character"},
		{"target www { role = cdn url = https://x/ headers = {\"hOSt: y\"} }",
		 "headers: Host is set by the probe itself"},
		{"target www { role = cdn url = https://x/ edge_header = \"a b\" }",
		 "edge_header: \"a b\" is not the name of a header"},
		/* nodes and candidates */
		{TARGET "node lon { }", "plan.conf:2: address: missing"},
		{TARGET "node lon { address = {lon.example} }",
		 "plan.conf:2: address: \"lon.example\" is neither an IPv4 nor an IPv6"},
		{TARGET "node lon { address = {1.2.3} }", "plan.conf:2: address: \"1.2.3\" is neither"},
		{TARGET "node lon { address = {1.2.3.4}\n country = UK }",
		 "plan.conf:3: country: \"UK\" is no ISO 3166-1 code"},
		{TARGET "node lon { address = {1.2.3.4} country = gb }", "country: \"gb\" is no"},
		{TARGET "node lon { address = {1.2.3.4} lat = 5 }", "plan.conf:2: lat: given without lon"},
		{TARGET "node lon { address = {1.2.3.4} lon = 5 }", "plan.conf:2: lon: given without lat"},
		{TARGET "node lon { address = {1.2.3.4} lat = 90.5 lon = 0 }", "lat: 90.5 is not in -90..90"},
		{TARGET "node lon { address = {1.2.3.4} lat = 0 lon = -181 }", "lon: -181 is not in -180..180"},
		{TARGET "node lon { address = {1.2.3.4} status = alive }",
		 "status: \"alive\" is not one of live, draining, off"},
		{TARGET "node lon { address = {1.2.3.4} targets = {w3} }",
		 "plan.conf:2: targets: there is no target \"w3\""},
		{TARGET "target o { role = baseline url = http://o/ }\nnode lon { address = {1.2.3.4} targets = {o} }",
		 "plan.conf:3: targets: \"o\" is a baseline, not a cdn target"},
		{TARGET "node lon { address = {1.2.3.4} cost_month = -1 }", "cost_month: -1 is not in 0..1e+09"},
		{TARGET "node lon { address = {1.2.3.4} city = \"\" }", "city: 0 bytes (1 to 256)"},
		{TARGET "candidate sin { }", "plan.conf:2: url: missing"},
		{TARGET "candidate sin { url = https://x/ role = cdn }", "unknown key 'role'"},
		/* unique over all sections */
		{TARGET "node lon { address = {1.2.3.4} }\nnode lon { address = {1.2.3.5} }",
		 "plan.conf:3: node \"lon\": given twice (first in line 2)"},
		{TARGET "node www { address = {1.2.3.4} }",
		 "plan.conf:2: name: name \"www\" is given twice (first at plan.conf:1)"},
		{"candidate x { url = https://x/ }\n" TARGET "node x { address = {1.2.3.4} }",
		 "plan.conf:1: name: name \"x\" is given twice (first at plan.conf:3)"},
		{TARGET "node a { address = {1.2.3.4} }\nnode b {\n address = {1.2.3.5, 1.2.3.4} }",
		 "plan.conf:4: address: address \"1.2.3.4\" is given twice (first at plan.conf:2)"},
		{TARGET "node a { address = {::1} }\nnode b { address = {0::1} }", "address \"::1\" is given twice"},
		{TARGET "node a { address = \"${HOME}\" }", "plan.conf:2: \"${\""},
	};
	struct plan p;

	CHECK_CASE("refused, with file, line and key");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		CHECK_INT(parse(&p, bad[i].text), LAT_CONFIG);
		CHECK_CONTAINS(err.text, bad[i].want);
		CHECK(p.targets.at == NULL && p.arena.head == NULL);
		plan_free(&p);
	}

	CHECK_CASE("more than may be");
	struct buf text;
	buf_init(&text, 0);
	CHECK(buf_adds(&text, TARGET));
	for (int i = 0; i <= PLAN_MAX_CANDIDATES; i++)
		CHECK(buf_addf(&text, "candidate c%d { url = https://c%d.example/ }\n", i, i));
	CHECK_INT(parse(&p, buf_str(&text)), LAT_CONFIG);
	CHECK_CONTAINS(err.text, "plan.conf: candidate: 201 of them (0 to 200)");
	buf_free(&text);

	CHECK_CASE("no file");
	CHECK_INT(plan_load(&p, "/nonexistent/plan.conf", &err), LAT_NOINPUT);
	plan_free(&p);
}

#define JSON(more) \
	"{\"latlas_plan\":1,\"targets\":[{\"name\":\"www\",\"role\":\"cdn\",\"url\":\"https://x/\"" more

static void test_json(void)
{
	static const struct { const char *text; int code; const char *want; } bad[] = {
		{"", LAT_DATAERR, "plan: byte 0: not valid JSON"},
		{"{}", LAT_DATAERR, "plan: latlas_plan: missing"},
		{"[]", LAT_DATAERR, "plan: latlas_plan: missing"},
		{"{\"latlas_plan\":2}", LAT_DATAERR, "plan: latlas_plan: 2 is not a version known here (1)"},
		{"{\"latlas_plan\":\"1\"}", LAT_DATAERR, "latlas_plan"},
		{"{\"latlas_plan\":1}", LAT_DATAERR, "plan: target: 0 of them"},
		{"{\"latlas_plan\":1,\"needs\":[\"quic\"],\"targets\":5}", LAT_UNAVAILABLE,
		 "plan: needs: \"quic\" is not known"},
		{"{\"latlas_plan\":1,\"needs\":[5]}", LAT_DATAERR, "plan: needs: holds something else than strings"},
		{"{\"latlas_plan\":1,\"needs\":\"quic\"}", LAT_DATAERR, "plan: needs: is not an array"},
		{"{\"latlas_plan\":1,\"latlas_plan\":1}", LAT_DATAERR, "a key twice"},
		{JSON("}],\"rev\":\"xyz\"}"), LAT_DATAERR, "plan: rev: is not 16 hexadecimal digits"},
		{JSON(",\"rev\":\"0123456789ABCDEF\"}]}"), LAT_DATAERR, "plan: targets[0]: rev: is not 16"},
		{JSON("},5]}"), LAT_DATAERR, "plan: targets[1]: is not an object"},
		{JSON("},{\"role\":\"cdn\"}]}"), LAT_DATAERR, "plan: targets[1]: name: missing"},
		{JSON(",\"http\":2}]}"), LAT_DATAERR, "plan: targets[0]: http: is not a string"},
		{JSON(",\"expect_status\":200}]}"), LAT_DATAERR, "plan: targets[0]: expect_status: is not an array"},
		{JSON(",\"expect_status\":[99]}]}"), LAT_DATAERR, "plan: targets[0]: expect_status: 99 is not in 100..599"},
		{JSON(",\"body_limit_kib\":1.5}]}"), LAT_DATAERR, "body_limit_kib: is not a whole number"},
		{JSON("}],\"schedule\":[]}"), LAT_DATAERR, "plan: schedule: is not an object"},
		{JSON("}],\"schedule\":{\"audit_every_us\":5}}"), LAT_DATAERR,
		 "plan: schedule: audit_every_us: 5 is not in 60000000.."},
		{JSON("}],\"nodes\":{}}"), LAT_DATAERR, "plan: nodes: is not an array"},
		{JSON("}],\"nodes\":[{\"name\":\"www\",\"address\":[\"1.2.3.4\"]}]}"), LAT_DATAERR,
		 "plan: nodes[0]: name: name \"www\" is given twice (first at plan: targets[0])"},
	};
	struct plan p;

	CHECK_CASE("JSON that is refused");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		CHECK_INT(from_json(&p, bad[i].text), bad[i].code);
		CHECK_CONTAINS(err.text, bad[i].want);
		CHECK(p.targets.at == NULL && p.arena.head == NULL);
	}

	CHECK_CASE("keys that aren't known are ignored, null is absent");
	CHECK_INT(from_json(&p, JSON(",\"pace\":[1,{}],\"http\":null,\"expect_status\":null}],"
	                        "\"needs\":null,\"rev\":null,\"quic\":{\"a\":[]},"
	                        "\"nodes\":null,\"schedule\":{\"samples\":2,\"pace\":5}}")), 0);
	CHECK_INT(p.samples, 2);
	CHECK_INT(p.concurrency, 4);
	CHECK(p.targets.at[0].http == NULL && p.targets.at[0].expect_status.len == 0);
	CHECK_INT(strlen(p.rev), 16);
	plan_free(&p);

	CHECK_CASE("revisions are taken as they came");
	CHECK_INT(from_json(&p, JSON(",\"rev\":\"00000000000000aa\"}],\"rev\":\"00000000000000bb\"}")), 0);
	CHECK_STR(p.rev, "00000000000000bb");
	CHECK_STR(p.targets.at[0].rev, "00000000000000aa");
	plan_free(&p);

	CHECK_CASE("larger than may be");
	char *large = malloc(PLAN_MAX_BYTES + 2);
	memset(large, ' ', PLAN_MAX_BYTES + 2);
	memcpy(large, for_probe, sizeof for_probe - 1);
	CHECK_INT(plan_from_json(&p, large, PLAN_MAX_BYTES, &err), 0);
	plan_free(&p);
	CHECK_INT(plan_from_json(&p, large, PLAN_MAX_BYTES + 1, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "1048577 bytes (limit 1048576)");
	free(large);
}

static void test_revisions(void)
{
	struct plan a, b;

	CHECK_CASE("a revision changes with the definition, and with nothing else");
	CHECK_INT(parse(&a, TARGET "node lon { address = {1.2.3.4} }"), 0);
	CHECK_INT(parse(&b, "# a note\n" TARGET "node   lon { address = {1.2.3.4} }"), 0);
	CHECK_STR(b.rev, a.rev);
	plan_free(&b);
	CHECK_INT(parse(&b, "objective { limit_ms = 500 }" TARGET "node lon { address = {1.2.3.4} }"), 0);
	CHECK(strcmp(b.rev, a.rev) != 0); /* reports judge by it, though probes get the same */
	plan_free(&b);
	CHECK_INT(parse(&b, "target w2 { role = cdn url = https://www.example.com/ }"), 0);
	CHECK_STR(b.targets.at[0].rev, a.targets.at[0].rev);
	CHECK(strcmp(b.rev, a.rev) != 0);
	plan_free(&b);
	static const char *const changed[] = {
		"role = baseline url = https://www.example.com/",
		"role = cdn url = https://www.example.com/a",
		"role = cdn url = https://www.example.com/ http = 2",
		"role = cdn url = https://www.example.com/ tls = 1.3",
		"role = cdn url = https://www.example.com/ body_limit_kib = 5",
		"role = cdn url = https://www.example.com/ expect_status = {200}",
		"role = cdn url = https://www.example.com/ headers = {\"A: b\"}",
		"role = cdn url = https://www.example.com/ edge_header = Via",
	};
	for (size_t i = 0; i < LAT_COUNT(changed); i++) {
		char text[200];
		snprintf(text, sizeof text, "target www { %s }", changed[i]);
		CHECK_INT(parse(&b, text), 0);
		CHECK(strcmp(b.targets.at[0].rev, a.targets.at[0].rev) != 0);
		plan_free(&b);
	}
	plan_free(&a);
}

static void test_urls(void)
{
	static const struct {
		const char *text;
		bool https;
		const char *host;
		int port;
		const char *path;
	} good[] = {
		{"https://www.example.com/", true, "www.example.com", 443, "/"},
		{"http://www.example.com", false, "www.example.com", 80, "/"},
		{"HTTPS://WWW.Example.COM/A", true, "www.example.com", 443, "/A"},
		{"https://a.example:8443/x/y?z=1&q=%20", true, "a.example", 8443, "/x/y?z=1&q=%20"},
		{"https://a.example?q", true, "a.example", 443, "/?q"},
		{"https://a.example/?u=https://b@c/", true, "a.example", 443, "/?u=https://b@c/"},
		{"http://203.0.113.7:80/", false, "203.0.113.7", 80, "/"},
		{"https://[2001:DB8::1]:444/x", true, "2001:db8::1", 444, "/x"},
		{"https://[::1]", true, "::1", 443, "/"},
		{"http://localhost/", false, "localhost", 80, "/"},
		{"http://xn--bcher-kva.example/", false, "xn--bcher-kva.example", 80, "/"},
		{"http://3com.example/", false, "3com.example", 80, "/"},
	};
	static const struct { const char *text, *want; } bad[] = {
		{"", "does not begin with"}, {"www.example.com", "does not begin with"}, {"ftp://x/",
		 "does not begin with"},
		{"https:/x/", "does not begin with"}, {"https://", "the host has 0 characters"}, {"https:///x",
		 "0 characters"},
		{"https://u:p@x/", "user or password"}, {"https://u@x/", "user or password"},
		{"https://x/#f", "fragment"}, {"https://x y/", "character 0x20"}, {"https://x/\t", "character 0x09"},
		{"https://x/\\", "character 0x5c"}, {"https://b\xc3\xbc""cher.example/", "beyond ASCII"},
		{"https://x:0/", "port: 0 is not in 1..65535"}, {"https://x:65536/", "port: 65536 is not in"},
		{"https://x:/", "port: \"\" is not"}, {"https://x:80a/", "port: \"80a\""}, {"https://x:-1/", "port: -1"},
		{"https://x:99999999999/", "not a port"}, {"https://[::1/", "without its ']'"},
		{"https://[::1]x/", "not a port"}, {"https://[fe80::1%25eth0]/", "not an IPv6 address"},
		{"https://[1.2.3.4]/", "not an IPv6 address"}, {"https://a..b/", "empty part"}, {"https://.a/",
		 "empty part"},
		{"https://a./", "empty part"}, {"https://a!b/", "has a '!'"}, {"https://1.2.3/", "neither a name nor"},
		{"https://127.1/", "neither a name nor"}, {"https://0x7f000001/", "neither a name nor"},
		{"https://1.2.3.256/", "neither a name nor"}, {"https://2130706433/", "neither a name nor"},
		{"https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example/", "more than 63"},
	};
	struct arena arena = {0};
	struct plan_url url;

	CHECK_CASE("URLs");
	for (size_t i = 0; i < LAT_COUNT(good); i++) {
		err = (struct err){0};
		CHECK_INT(plan_url_parse(&arena, good[i].text, &url, &err), 0);
		CHECK_STR(err.text, "");
		CHECK_STR(url.text, good[i].text);
		CHECK_STR(url.host, good[i].host);
		CHECK_STR(url.path, good[i].path);
		CHECK_INT(url.port, good[i].port);
		CHECK_INT(url.https, good[i].https);
	}

	CHECK_CASE("URLs that are refused");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		CHECK_INT(plan_url_parse(&arena, bad[i].text, &url, &err), LAT_USAGE);
		CHECK_CONTAINS(err.text, bad[i].want);
	}
	char large[PLAN_MAX_URL + 2];
	memset(large, 'a', sizeof large);
	memcpy(large, "https://x/", 10);
	large[PLAN_MAX_URL] = '\0';
	CHECK_INT(plan_url_parse(&arena, large, &url, &err), 0);
	large[PLAN_MAX_URL] = 'a', large[PLAN_MAX_URL + 1] = '\0';
	CHECK_INT(plan_url_parse(&arena, large, &url, &err), LAT_USAGE);
	CHECK_CONTAINS(err.text, "2001 bytes (limit 2000)");

	CHECK_CASE("a password is not shown");
	CHECK_INT(plan_url_parse(&arena, "https://user:geheim@x/", &url, &err), LAT_USAGE);
	CHECK(strstr(err.text, "geheim") == NULL);
	arena_free(&arena);
}

int main(void)
{
	test_described();
	test_everything();
	test_refused();
	test_json();
	test_revisions();
	test_urls();
	return check_done();
}
