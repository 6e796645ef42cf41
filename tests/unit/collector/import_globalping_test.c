/* Globalping's results, from the examples of its API's description. */
#include "tests/unit/collector/import_lab.h"

/* components/examples.yaml of github.com/jsdelivr/globalping, getHttpMeasurementResponse, less most of
 * its headers and its body. */
#define PROBE_KR \
	"{\"continent\":\"AS\",\"region\":\"Eastern Asia\",\"country\":\"KR\",\"state\":null,\"city\":\"Seoul\"," \
	"\"asn\":40676,\"longitude\":126.98,\"latitude\":37.57,\"network\":\"Psychz Networks\"," \
	"\"tags\":[\"datacenter-network\"],\"resolvers\":[\"8.8.8.8\",\"8.8.4.4\"]}"
#define HTTP_HEAD \
	"{\"id\":\"9J2BCohDSuxoiaOD\",\"type\":\"http\",\"status\":\"finished\",\"createdAt\":\"2023-07-14T18:34:05.161Z\"," \
	"\"updatedAt\":\"2023-07-14T18:34:06.310Z\",\"target\":\"cdn.jsdelivr.net\",\"probesCount\":1," \
	"\"measurementOptions\":{\"request\":{\"method\":\"GET\",\"path\":\"/npm/jquery\"}},\"results\":[{\"probe\":" PROBE_KR
#define TLS_OK \
	"\"tls\":{\"authorized\":true,\"protocol\":\"TLSv1.3\",\"cipherName\":\"TLS_AES_256_GCM_SHA384\"," \
	"\"createdAt\":\"2023-05-02T00:00:00.000Z\",\"expiresAt\":\"2024-05-01T23:59:59.000Z\"," \
	"\"issuer\":{\"C\":\"US\",\"O\":\"Cloudflare, Inc.\",\"CN\":\"Cloudflare Inc ECC CA-3\"}," \
	"\"subject\":{\"C\":\"US\",\"ST\":\"California\",\"L\":\"San Francisco\",\"O\":\"Cloudflare, Inc.\"," \
	"\"CN\":\"sni.cloudflaressl.com\",\"alt\":\"DNS:cdn.jsdelivr.net, DNS:sni.cloudflaressl.com\"}," \
	"\"keyType\":\"EC\",\"keyBits\":256,\"fingerprint256\":\"52:EC:FB:20:C4:64:3A:25:2F:F7:C5:BE:F0:4A:32:86:18:" \
	"03:71:D8:F6:62:57:B6:B3:1B:68:14:82:B1:35:D5\"}"
#define HTTP_RESULT(truncated, timings, tls) \
	"{\"status\":\"finished\",\"resolvedAddress\":\"104.16.88.20\",\"headers\":{\"date\":\"Fri, 14 Jul 2023 18:34:05 GMT\"," \
	"\"etag\":\"W/\\\"155a6\\\"\",\"age\":\"12\"},\"rawOutput\":\"HTTP/1.1 200\\nDate: Fri\",\"truncated\":" truncated \
	",\"statusCode\":200,\"statusCodeName\":\"OK\",\"timings\":" timings "," tls "}"
#define TIMINGS "{\"total\":325,\"download\":1,\"firstByte\":219,\"dns\":37,\"tls\":36,\"tcp\":32}"

static const char plan[] =
	"target \"jq\" { role = \"cdn\" url = \"https://cdn.jsdelivr.net/npm/jquery\" }\n"
	"target \"other\" { role = \"baseline\" url = \"https://cdn.jsdelivr.net/\" }\n"
	"node \"sel\" { address = {\"104.16.88.20\"} city = \"Seoul\" country = \"KR\" lat = 37.5 lon = 127.0 }\n"
	"node \"akl\" { address = {\"151.101.129.229\"} city = \"Auckland\" country = \"NZ\" lat = -36.9 lon = 174.8 }\n";

static void test_http(void)
{
	struct lab l;
	CHECK_CASE("http: the phases of the example, in microseconds");
	lab_open(&l, IMPORT_GLOBALPING, plan);
	lab_read(&l, HTTP_HEAD ",\"result\":" HTTP_RESULT("false", TIMINGS, TLS_OK) "}]}\n");
	const struct sample *s = lab_sample(&l);
	CHECK_INT(s->dns_us, 37000);
	CHECK_INT(s->tcp_us, 32000);
	CHECK_INT(s->tls_us, 36000);
	CHECK_INT(s->wait_us, 219000);
	CHECK_INT(s->body_us, 1000);
	CHECK_INT(sample_total_us(s), 325000); /* 37 + 32 + 36 + 219 + 1: the example's total */
	CHECK_INT(s->t_us, 1689359645161000);  /* date -u -d 2023-07-14T18:34:05.161Z +%s%3N */
	CHECK_INT(s->status, 200);
	CHECK_STR(s->http, "1.1");
	CHECK_STR(s->tls, "1.3");
	CHECK_STR(s->addr, "104.16.88.20");
	CHECK_INT(s->family, 4);
	CHECK_INT(s->error, NEL_OK);
	CHECK_INT(s->age_s, 12);
	CHECK_CASE("http: the plan's target by its very URL, the edge by its address");
	CHECK_STR(s->target, "jq");
	CHECK_STR(s->target_rev, l.plan.targets.at[0].rev);
	CHECK_INT(s->role, ROLE_CDN);
	CHECK(s->node == NULL);
	CHECK_STR(s->edge, "sel");
	CHECK_CASE("http: the vantage is the place");
	const struct probe_row *v = &l.item[0]->vantage;
	CHECK_STR(v->name, "gp.kr.Seoul.as40676.dc");
	CHECK_STR(v->country, "KR");
	CHECK_STR(v->city, "Seoul");
	CHECK_STR(v->asn, "AS40676 Psychz Networks");
	CHECK_NEAR(v->lat, 37.57, 1e-9);
	CHECK_NEAR(v->lon, 126.98, 1e-9);
	CHECK_INT(v->network, NETWORK_DATACENTER);
	CHECK_STR(v->source, "globalping");
	CHECK_CASE("http: what the certificate says");
	CHECK_INT(l.item[0]->batch.audits.len, 1);
	const struct audit *a = &l.item[0]->batch.audits.at[0];
	CHECK_STR(a->cert_sha256, "52ecfb20c4643a252ff7c5bef04a3286180371d8f66257b6b31b681482b135d5");
	CHECK_INT(a->cert_not_before, 1682985600); /* date -u -d 2023-05-02 +%s */
	CHECK_INT(a->cert_not_after, 1714607999);
	CHECK_STR(a->cert_subject, "CN=sni.cloudflaressl.com,O=Cloudflare\\, Inc.,L=San Francisco,ST=California,C=US");
	CHECK_STR(a->cert_issuer, "CN=Cloudflare Inc ECC CA-3,O=Cloudflare\\, Inc.,C=US");
	CHECK_STR(a->cert_names, "cdn.jsdelivr.net sni.cloudflaressl.com");
	CHECK_STR(a->chain, "ok");
	CHECK_STR(a->etag, "W/\"155a6\"");
	CHECK_CASE("http: a body that was cut has no time");
	lab_read(&l, HTTP_HEAD ",\"result\":" HTTP_RESULT("true", TIMINGS, TLS_OK) "}]}\n");
	CHECK_INT(lab_sample(&l)->body_us, US_NONE);
	CHECK_INT(lab_sample(&l)->wait_us, 219000);
	CHECK_INT(l.im.counts.cut, 1);
	CHECK_CASE("http: a phase that is null did not take place");
	lab_read(&l, HTTP_HEAD ",\"result\":" HTTP_RESULT("false", "{\"total\":252,\"download\":1,\"firstByte\":219,"
	         "\"dns\":null,\"tls\":null,\"tcp\":32}", "\"tls\":null") "}]}\n");
	CHECK_INT(lab_sample(&l)->dns_us, US_NONE);
	CHECK_INT(lab_sample(&l)->tls_us, US_NONE);
	CHECK_INT(lab_sample(&l)->tcp_us, 32000);
	CHECK_INT(l.item[0]->batch.audits.len, 0);
	CHECK_CASE("http: Globalping takes any certificate, a visitor does not");
	lab_read(&l, HTTP_HEAD ",\"result\":" HTTP_RESULT("false", TIMINGS,
	         "\"tls\":{\"authorized\":false,\"error\":\"CERT_HAS_EXPIRED\",\"protocol\":\"TLSv1.2\"}") "}]}\n");
	CHECK_INT(lab_sample(&l)->error, NEL_TLS_CERT_DATE_INVALID);
	CHECK_STR(l.item[0]->batch.audits.at[0].chain, "CERT_HAS_EXPIRED");
	lab_close(&l);
}

#define REQUEST(options, target, result) \
	"{\"id\":\"x\",\"type\":\"http\",\"createdAt\":\"2023-07-14T18:34:05Z\",\"target\":\"" target "\"," options \
	"\"results\":[{\"probe\":" PROBE_KR ",\"result\":" result "}]}\n"

static void test_requests(void)
{
	struct lab l;
	CHECK_CASE("a request is HEAD by default: no body");
	lab_open(&l, IMPORT_GLOBALPING, plan);
	lab_read(&l, REQUEST("", "cdn.jsdelivr.net", HTTP_RESULT("false", TIMINGS, TLS_OK)));
	CHECK_INT(lab_sample(&l)->body_us, US_NONE);
	CHECK_STR(lab_sample(&l)->target, "other"); /* path / */
	CHECK_CASE("another object of the host is another thing");
	lab_read(&l, REQUEST("\"measurementOptions\":{\"request\":{\"path\":\"/npm/vue\"}},", "cdn.jsdelivr.net",
	         HTTP_RESULT("false", TIMINGS, TLS_OK)));
	CHECK_STR(lab_sample(&l)->target, "cdn.jsdelivr.net");
	CHECK(lab_sample(&l)->target_rev == NULL);
	CHECK_INT(lab_sample(&l)->role, ROLE_BASELINE);
	CHECK_CASE("an address with a Host is the node by address, without dns");
	lab_read(&l, REQUEST("\"measurementOptions\":{\"request\":{\"path\":\"/npm/jquery\",\"host\":\"cdn.jsdelivr.net\"}},",
	         "104.16.88.20", HTTP_RESULT("false", TIMINGS, TLS_OK)));
	CHECK_STR(lab_sample(&l)->node, "sel");
	CHECK_STR(lab_sample(&l)->target, "jq");
	CHECK_INT(lab_sample(&l)->dns_us, US_NONE);
	CHECK_CASE("--target says what it is");
	l.s.target = "jq";
	lab_read(&l, REQUEST("\"measurementOptions\":{\"request\":{\"path\":\"/npm/vue\"}},", "cdn.jsdelivr.net",
	         HTTP_RESULT("false", TIMINGS, TLS_OK)));
	CHECK_STR(lab_sample(&l)->target, "jq");
	CHECK_STR(lab_sample(&l)->target_rev, l.plan.targets.at[0].rev);
	l.s.target = NULL;
	CHECK_CASE("failures in the names of Network Error Logging");
	lab_read(&l, REQUEST("", "cdn.jsdelivr.net", "{\"status\":\"failed\",\"rawOutput\":\"getaddrinfo ENOTFOUND x - ENOTFOUND\"}"));
	CHECK_INT(lab_sample(&l)->error, NEL_DNS_NAME_NOT_RESOLVED);
	CHECK_INT(lab_sample(&l)->error_phase, NEL_PHASE_DNS);
	lab_read(&l, REQUEST("", "cdn.jsdelivr.net", "{\"status\":\"failed\",\"rawOutput\":\"connect ECONNREFUSED 192.0.2.1:443\"}"));
	CHECK_INT(lab_sample(&l)->error, NEL_TCP_REFUSED);
	CHECK_CASE("what is no result is told");
	lab_read(&l, REQUEST("", "cdn.jsdelivr.net", "{\"status\":\"offline\",\"rawOutput\":\"...\"}"));
	CHECK_INT(l.items, 0);
	CHECK_STR(l.why[0], "1: result 1: the probe was offline");
	lab_read(&l, REQUEST("", "cdn.jsdelivr.net", "{\"status\":\"in-progress\"}"));
	CHECK_STR(l.why[0], "1: result 1: not finished yet");
	CHECK_CASE("http: without a phase that it had, a visit would be too quick");
#define LOOKED_UP(dns) HTTP_HEAD ",\"result\":" \
	HTTP_RESULT("false", "{\"download\":1,\"firstByte\":219,\"dns\":" dns ",\"tls\":36,\"tcp\":32}", TLS_OK) "}]}\n"
	static const char *const none[] = {LOOKED_UP("-1"), LOOKED_UP("\"37\""), LOOKED_UP("1e308")};
	for (size_t i = 0; i < LAT_COUNT(none); i++) {
		lab_read(&l, none[i]);
		CHECK_INT(l.items, 0);
		CHECK_STR(l.why[0], "1: result 1: one of its timings is negative or no number");
	}
	lab_read(&l, LOOKED_UP("null")); /* it did not take place */
	CHECK_INT(lab_sample(&l)->dns_us, US_NONE);
	lab_close(&l);
}

/* getPingMeasurementResponse, getSimpleDnsMeasurementResponse */
static const char ping[] =
	"{\"id\":\"nzGzfAGL7sZfUs3c\",\"type\":\"ping\",\"status\":\"finished\",\"createdAt\":\"2023-07-14T18:25:52.414Z\","
	"\"target\":\"cdn.jsdelivr.net\",\"probesCount\":1,\"measurementOptions\":{\"packets\":2},\"results\":[{\"probe\":"
	"{\"continent\":\"OC\",\"country\":\"NZ\",\"state\":null,\"city\":\"Auckland\",\"asn\":61138,\"longitude\":174.77,"
	"\"latitude\":-36.87,\"network\":\"Zappie Host LLC\",\"tags\":[\"datacenter-network\"]},\"result\":"
	"{\"status\":\"finished\",\"resolvedAddress\":\"151.101.129.229\",\"timings\":[{\"ttl\":59,\"rtt\":24.2},"
	"{\"ttl\":59,\"rtt\":24.2}],\"stats\":{\"min\":24.174,\"max\":24.193,\"avg\":24.183,\"total\":2,\"loss\":0,"
	"\"rcv\":2,\"drop\":0}}}]}\n";
static const char dns[] =
	"{\"id\":\"av5Z6kM6FXLAfKO0\",\"type\":\"dns\",\"createdAt\":\"2023-07-14T18:31:01.002Z\","
	"\"target\":\"cdn.jsdelivr.net\",\"results\":[{\"probe\":{\"country\":\"BR\",\"state\":null,\"city\":\"S\xc3\xa3o Paulo\","
	"\"asn\":202422,\"longitude\":-46.6,\"latitude\":-23.5,\"network\":\"G-Core Labs S.A.\",\"tags\":[\"eyeball-network\"]},"
	"\"result\":{\"status\":\"finished\",\"statusCodeName\":\"NOERROR\",\"statusCode\":0,\"answers\":["
	"{\"name\":\"cdn.jsdelivr.net.\",\"type\":\"CNAME\",\"ttl\":180,\"class\":\"IN\",\"value\":\"jsdelivr.map.fastly.net.\"},"
	"{\"name\":\"jsdelivr.map.fastly.net.\",\"type\":\"A\",\"ttl\":23,\"class\":\"IN\",\"value\":\"151.101.1.229\"}],"
	"\"timings\":{\"total\":99},\"resolver\":\"8.8.8.8\"}}]}\n";

static void test_others(void)
{
	struct lab l;
	CHECK_CASE("ping: the smallest round trip, of the node whose address it is");
	lab_open(&l, IMPORT_GLOBALPING, plan);
	lab_read(&l, ping);
	CHECK_INT(lab_sample(&l)->min_rtt_us, 24174);
	CHECK_STR(lab_sample(&l)->node, "akl");
	CHECK_STR(lab_sample(&l)->target, "jq");
	CHECK_INT(lab_sample(&l)->nth, 1); /* no visit */
	CHECK_INT(lab_sample(&l)->wait_us, US_NONE);
	CHECK_CASE("ping: no answer is a loss, one that can't be read is none");
#define PING(stats) "{\"id\":\"p\",\"type\":\"ping\",\"createdAt\":\"2023-07-14T18:25:52.414Z\",\"target\":\"cdn.jsdelivr.net\"," \
	"\"results\":[{\"probe\":{\"country\":\"NZ\"},\"result\":{\"status\":\"finished\",\"stats\":" stats "}}]}\n"
	lab_read(&l, PING("{\"min\":-1,\"rcv\":2}") PING("{\"min\":\"24\",\"rcv\":2}") PING("{\"min\":null,\"rcv\":2}") PING("null")
	         PING("{\"min\":null,\"rcv\":0}"));
	CHECK_INT(l.told, 4);
	CHECK_STR(l.why[0], "1: result 1: no stats.min");
	CHECK_CONTAINS(l.why[1], "2: result 1: no stats.min");
	CHECK_CONTAINS(l.why[2], "3: result 1: no stats.min");
	CHECK_CONTAINS(l.why[3], "4: result 1: no stats");
	CHECK_INT(lab_sample(&l)->error, NEL_TCP_TIMED_OUT);
	CHECK_CASE("dns: a question alone, with its resolver, TTL and chain");
	lab_read(&l, dns);
	CHECK_INT(lab_sample(&l)->kind, KIND_DNS_ONLY);
	CHECK_INT(lab_sample(&l)->dns_us, 99000);
	CHECK_STR(lab_sample(&l)->resolver, "8.8.8.8");
	CHECK_INT(lab_sample(&l)->ttl, 23);
	CHECK_STR(lab_sample(&l)->cname, "jsdelivr.map.fastly.net");
	CHECK_CASE("a city beyond ASCII stays itself, and its name a name");
	CHECK_STR(l.item[0]->vantage.city, "S\xc3\xa3o Paulo");
	CHECK(sample_name_ok(l.item[0]->vantage.name));
	CHECK_CONTAINS(l.item[0]->vantage.name, "gp.br.S-o-Paulo.as202422.eye.");
	CHECK_INT(l.item[0]->vantage.network, NETWORK_EYEBALL);
	CHECK_CASE("types that are no samples are named");
	lab_read(&l, "{\"type\":\"mtr\",\"target\":\"x\",\"createdAt\":\"2023-07-14T18:31:01Z\",\"results\":[]}\n");
	CHECK_STR(l.why[0], "1: a measurement of type mtr is not supported");
	lab_close(&l);
}

static void test_identity(void)
{
	struct lab l, m;
	CHECK_CASE("one record, one UUID: however it is written, and whatever it grew beside");
	lab_open(&l, IMPORT_GLOBALPING, plan);
	lab_open(&m, IMPORT_GLOBALPING, plan);
	lab_read(&l, ping);
	lab_read(&m, "[\n {\"target\": \"cdn.jsdelivr.net\", \"type\":\"ping\", \"updatedAt\":\"later\",\n"
	         "  \"createdAt\":\"2023-07-14T18:25:52.414Z\", \"id\":\"nzGzfAGL7sZfUs3c\", \"results\":[{\"result\":"
	         "{\"stats\":{\"max\":24.193,\"min\":24.1740,\"avg\":24.183,\"total\":2,\"loss\":0,\"rcv\":2,\"drop\":0},"
	         "\"status\":\"finished\",\"resolvedAddress\":\"151.101.129.229\",\"timings\":[{\"ttl\":59,\"rtt\":24.2},"
	         "{\"rtt\":24.2,\"ttl\":59}]},\"probe\":"
	         "{\"continent\":\"OC\",\"country\":\"NZ\",\"state\":null,\"city\":\"Auckland\",\"asn\":61138,\"longitude\":174.77,"
	         "\"latitude\":-36.87,\"network\":\"Zappie Host LLC\",\"tags\":[\"datacenter-network\"]}}]}]");
	CHECK_INT(l.items, 1);
	CHECK_INT(m.items, 1);
	CHECK_STR(l.item[0]->batch.uuid, m.item[0]->batch.uuid);
	CHECK(memcmp(l.item[0]->digest, m.item[0]->digest, 32) == 0);
	CHECK_INT(l.item[0]->batch.uuid[14], '8'); /* RFC 9562, 5.8: the version */
	CHECK(strchr("89ab", l.item[0]->batch.uuid[19]) != NULL); /* and the variant */
	CHECK_CASE("as another target it has the same UUID and another digest");
	m.s.target = "other";
	lab_read(&m, ping);
	CHECK_STR(l.item[0]->batch.uuid, m.item[0]->batch.uuid);
	CHECK(memcmp(l.item[0]->digest, m.item[0]->digest, 32) != 0);
	lab_close(&l);
	lab_close(&m);
}

int main(void)
{
	test_http();
	test_requests();
	test_others();
	test_identity();
	return check_done();
}
