/* RIPE Atlas' results, from those of the test suite of RIPE NCC's own parser (ripe-atlas-sagan, tests/). */
#include "lib/file.h"
#include "tests/unit/collector/import_lab.h"

#define PING(rest) "{\"af\":4,\"avg\":36.887,\"dst_addr\":\"62.2.16.12\",\"dst_name\":\"hsi.cablecom.ch\",\"dup\":0," \
	"\"from\":\"62.195.143.53\",\"fw\":4560,\"msm_id\":1000192,\"prb_id\":202,\"proto\":\"ICMP\",\"timestamp\":1380586151," \
	"\"type\":\"ping\"," rest "}\n"
#define HTTP(fields) "{\"from\":\"2620:0:2ed0:aaaa::210\",\"fw\":4560,\"msm_id\":1003930,\"prb_id\":1164,\"result\":[" \
	"{\"af\":6,\"dst_addr\":\"2001:67c:2e8:22::c100:68b\",\"method\":\"GET\"," fields "}],\"timestamp\":1385895661," \
	"\"type\":\"http\",\"uri\":\"http://www.ripe.net/\"}\n"
#define SSL(fields) "{\"af\":4,\"dst_addr\":\"80.79.115.54\",\"dst_name\":\"pretical.ee\",\"dst_port\":\"443\",\"fw\":4540," \
	"\"prb_id\":12,\"timestamp\":1377694418,\"type\":\"sslcert\"," fields "}\n"

static const char plan[] =
	"target \"ripe\" { role = \"baseline\" url = \"http://www.ripe.net/\" }\n"
	"candidate \"zrh\" { url = \"https://hsi.cablecom.ch/\" city = \"Zurich\" country = \"CH\" lat = 47.4 lon = 8.5 }\n";

static const char pem[] =
	"-----BEGIN CERTIFICATE-----\\n"
	"MIIEzjCCAragAwIBAgIDDXW/MA0GCSqGSIb3DQEBBQUAMHkxEDAOBgNVBAoTB1Jv\\n"
	"b3QgQ0ExHjAcBgNVBAsTFWh0dHA6Ly93d3cuY2FjZXJ0Lm9yZzEiMCAGA1UEAxMZ\\n"
	"Q0EgQ2VydCBTaWduaW5nIEF1dGhvcml0eTEhMB8GCSqGSIb3DQEJARYSc3VwcG9y\\n"
	"dEBjYWNlcnQub3JnMB4XDTEzMDcwNjA1NTQ1NFoXDTE0MDEwMjA1NTQ1NFowGDEW\\n"
	"MBQGA1UEAxQNKi5wcmV0aWNhbC5lZTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC\\n"
	"AQoCggEBAMS+vX7gA8TvzFwxryFFRj1OyQjnW88GvfMuGhKJopalG1EB103oRsxi\\n"
	"McXqwFZUicpqLKHW4lCHcRuhpKoZp8EOILnRAJRKFOjgIrcHQ02Xn4Lf/ewl601h\\n"
	"5qxqt1keU1P8j+u9m7zZN+vOoNlEKZ5SnZhysAAYqr/XIt1WY2cji/4GxjF+q1OH\\n"
	"Il5zddkIfnE52UbREKKlIakfFdj/c6GXqqsP2QTmm4x2HitCD964tZ06fA9BitQj\\n"
	"nnBXNhtm2MCuBIPBSq0/C7LREwmfnqxCFqE7iqEPNIQ2IT2D4Gh4c+nIZHqYKvCV\\n"
	"P3zh3aUaBj1o5Lo83IDdXCKAIiQRFMkCAwEAAaOBvzCBvDAMBgNVHRMBAf8EAjAA\\n"
	"MA4GA1UdDwEB/wQEAwIDqDA0BgNVHSUELTArBggrBgEFBQcDAgYIKwYBBQUHAwEG\\n"
	"CWCGSAGG+EIEAQYKKwYBBAGCNwoDAzAzBggrBgEFBQcBAQQnMCUwIwYIKwYBBQUH\\n"
	"MAGGF2h0dHA6Ly9vY3NwLmNhY2VydC5vcmcvMDEGA1UdHwQqMCgwJqAkoCKGIGh0\\n"
	"dHA6Ly9jcmwuY2FjZXJ0Lm9yZy9yZXZva2UuY3JsMA0GCSqGSIb3DQEBBQUAA4IC\\n"
	"AQA3/H0E30Ukgu+icBzxOIduVai4GMrNEved6P4toz7ZjzRXv4OczpIB8KSPS9S2\\n"
	"v3EiL/YSymH9a+GrfuyZ83WqL8xNUEbCy8bkMimR0zL03dmQIM+9lCjofk80dl2l\\n"
	"qhcvjk7H6nWyVJKxVN61+XiGCznhvqZJyAZLOFNaXqyryOLmnzPMM/a6kFOijU/m\\n"
	"nhXrz56DVSYYbJVaTkJMFwNSQST+bJXz2OCWO3ovMd6iP13/w3/XL/L+p6p1wFOx\\n"
	"YPa3j6pz0zeFYH4U4xlg95MtuMwMDxJtJBPavBotpKFHT89C2Da/mxgiJalmpcnh\\n"
	"xFFRrbvkIc3oL2rW/+ZDhQpHbvMAXIhBnrBdTduSbargHaCm24Ga/R/JIxZJHP65\\n"
	"2m17gtBbqijy+4fNxQE67+cWNS3k56LyXzW2Cm1Mvz9p8IjZFalO6zf45n55f5xE\\n"
	"kK/kM2zZ5ZXJ28Y2wZ/nGABAqvQsbcd6/XtoTwcxt+GUQoCQ3AT2RR9Ar5p69yJG\\n"
	"9aMR6bjnmtTnhCigtOj7L/IpKV1b1/+nK5+00wJEF6mIvtMCMr+7zf62LTLRgM8U\\n"
	"jzPNkFt0hzq3coOKOeho6pGvE9NyV+8Ed7K9H3DpYf4y5BDigOGfLVU9bnYaJdWn\\n"
	"gRkq8Xmcm73lglN49oBXrxZrxQh0LAHWgbNxuQ3iMAvmuw==\\n"
	"-----END CERTIFICATE-----\\n";

static void test_ping(void)
{
	struct lab l;
	CHECK_CASE("ping: the smallest round trip, of a candidate by its host");
	lab_open(&l, IMPORT_RIPE_ATLAS, plan);
	lab_read(&l, PING("\"rcvd\":3,\"sent\":3,\"min\":34.748,\"max\":40.234"));
	CHECK_INT(lab_sample(&l)->min_rtt_us, 34748);
	CHECK_STR(lab_sample(&l)->target, "zrh");
	CHECK_INT(lab_sample(&l)->role, ROLE_CANDIDATE);
	CHECK_STR(lab_sample(&l)->target_rev, l.plan.candidates.at[0].rev);
	CHECK_INT(lab_sample(&l)->t_us, 1380586151000000);
	CHECK_STR(l.item[0]->vantage.name, "atlas.202");
	CHECK_INT(l.item[0]->vantage.network, NETWORK_EYEBALL);
	CHECK(l.item[0]->vantage.country == NULL);
	CHECK_CASE("ping: nothing came back");
	lab_read(&l, PING("\"rcvd\":0,\"sent\":3,\"min\":-1,\"max\":-1"));
	CHECK_INT(lab_sample(&l)->error, NEL_TCP_TIMED_OUT);
	CHECK_INT(lab_sample(&l)->min_rtt_us, US_NONE);
	CHECK_CASE("ping: less than nothing came back: that is no loss");
	lab_read(&l, PING("\"rcvd\":-1,\"sent\":3,\"min\":34.748"));
	CHECK_INT(l.items, 0);
	CHECK_CONTAINS(l.why[0], "no rcvd");
	CHECK_CASE("ping: the oldest firmware wrote numbers as strings");
	lab_read(&l, "{\"avg\":\"58.042\",\"dst_addr\":\"62.2.16.12\",\"dup\":\"0\",\"fw\":0,\"max\":\"58.272\",\"min\":\"57.876\","
	         "\"msm_id\":1000192,\"prb_id\":677,\"rcvd\":\"3\",\"sent\":\"3\",\"timestamp\":1328019792,\"type\":\"ping\"}\n");
	CHECK_INT(lab_sample(&l)->min_rtt_us, 57876);
	lab_close(&l);
}

static void test_http(void)
{
	struct lab l;
	CHECK_CASE("http: a result's own moment; one that no result can have is left out, and told");
	lab_open(&l, IMPORT_RIPE_ATLAS, plan);
	lab_read(&l, HTTP("\"res\":200,\"rt\":739.27,\"time\":1385895659},"
	                  "{\"af\":4,\"dst_addr\":\"192.0.2.1\",\"method\":\"GET\",\"res\":200,\"rt\":1,\"time\":1800003601},"
	                  "{\"af\":4,\"dst_addr\":\"192.0.2.1\",\"method\":\"GET\",\"res\":200,\"rt\":1,\"time\":946684799"));
	CHECK_INT(l.items, 1);
	CHECK_INT(l.item[0]->batch.samples.len, 1);
	CHECK_INT(lab_sample(&l)->t_us, 1385895659000000);
	CHECK_INT(l.told, 2);
	CHECK_STR(l.why[0], "1: measured at 2027-01-15T09:00:01Z, which is before 2000 or yet to come");
	lab_close(&l);
	CHECK_CASE("http: one time for all is no phase");
	lab_open(&l, IMPORT_RIPE_ATLAS, plan);
	lab_read(&l, HTTP("\"bsize\":39340,\"hsize\":279,\"res\":200,\"rt\":739.27,\"ver\":\"1.1\""));
	CHECK_STR(lab_sample(&l)->target, "ripe");
	CHECK_INT(lab_sample(&l)->status, 200);
	CHECK_INT(lab_sample(&l)->bytes, 39340);
	CHECK_INT(lab_sample(&l)->family, 6);
	CHECK_INT(sample_total_us(lab_sample(&l)), US_NONE);
	CHECK_INT(l.im.counts.phaseless, 1);
	CHECK_CASE("http: with extended timing, differences of what counts from the start");
	lab_read(&l, HTTP("\"bsize\":39340,\"res\":200,\"rt\":739.27,\"ttr\":10.5,\"ttc\":100.25,\"ttfb\":350.75,\"ver\":\"1.1\""));
	CHECK_INT(lab_sample(&l)->dns_us, 10500);
	CHECK_INT(lab_sample(&l)->tcp_us, 100250);
	CHECK_INT(lab_sample(&l)->wait_us, 250500); /* 350.75 - 100.25 */
	CHECK_INT(lab_sample(&l)->body_us, 388520); /* 739.27 - 350.75 */
	CHECK_INT(sample_total_us(lab_sample(&l)), 749770); /* rt, which is without dns, and dns */
	CHECK_CASE("http: a failure");
	lab_read(&l, HTTP("\"err\":\"connect: Network is unreachable\""));
	CHECK_INT(lab_sample(&l)->error, NEL_LOCAL_NO_ROUTE);
	lab_read(&l, HTTP("\"err\":\"timeout reading chunk\""));
	CHECK_INT(lab_sample(&l)->error, NEL_HTTP_FAILED);
	CHECK_CASE("http: a redirect is a failure");
	lab_read(&l, HTTP("\"bsize\":0,\"res\":301,\"rt\":30.0"));
	CHECK_INT(lab_sample(&l)->error, NEL_HTTP_REDIRECT);
	CHECK_CASE("http: what the first firmware wrote is told");
	lab_read(&l, "{\"from\":\"62.194.83.50\",\"fw\":1,\"msm_id\":12023,\"prb_id\":1,\"result\":\"GET4 193.0.6.139 0.030229 200 "
	         "263 1406\",\"timestamp\":1333387900,\"type\":\"http\"}\n");
	CHECK_INT(l.items, 0);
	CHECK_CONTAINS(l.why[0], "1: no results");
	lab_close(&l);
}

static void test_sslcert(void)
{
	struct lab l;
	char text[4096];
	CHECK_CASE("sslcert: the time to connect; the handshake's is not known");
	lab_open(&l, IMPORT_RIPE_ATLAS, NULL);
	snprintf(text, sizeof text, SSL("\"cert\":[\"%s\"],\"method\":\"SSL\",\"rt\":119.526,\"ttc\":57.617,\"ver\":\"3.0\""), pem);
	lab_read(&l, text);
	CHECK_INT(lab_sample(&l)->tcp_us, 57617);
	CHECK_INT(lab_sample(&l)->tls_us, US_NONE);
	CHECK_STR(lab_sample(&l)->target, "pretical.ee");
	/* openssl x509 -noout -subject -issuer -dates -fingerprint -sha256 -ext subjectAltName -nameopt RFC2253 */
	CHECK_CASE("sslcert: what the certificate says, as openssl has it");
	CHECK_INT(l.item[0]->batch.audits.len, 1);
	if (l.item[0]->batch.audits.len == 1) {
		const struct audit *a = &l.item[0]->batch.audits.at[0];
		CHECK_STR(a->cert_sha256, "f9c1dccecec2e84200d1a1b50d9309de73dace560afda3bbb1cc1e2e4715c3a6");
		CHECK_STR(a->cert_subject, "CN=*.pretical.ee");
		CHECK_CONTAINS(a->cert_issuer, "O=Root CA");
		CHECK_INT(a->cert_not_before, 1373090094);
		CHECK_INT(a->cert_not_after, 1388642094);
		CHECK(a->chain == NULL);
	}
	CHECK_CASE("sslcert: an alert, a refusal, a certificate that is none");
	lab_read(&l, SSL("\"rt\":65.88887,\"ttc\":31.621485,\"alert\":{\"decription\":40,\"level\":2},\"ver\":\"1.2\""));
	CHECK_INT(lab_sample(&l)->error, NEL_TLS_FAILED);
	lab_read(&l, SSL("\"error\":\"address not allowed\""));
	CHECK_INT(l.items, 0);
	CHECK_CONTAINS(l.why[0], "address not allowed");
	lab_read(&l, SSL("\"cert\":[\"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\"],\"rt\":2,\"ttc\":1"));
	CHECK_INT(lab_sample(&l)->tcp_us, 1000);
	CHECK_INT(l.item[0]->batch.audits.len, 0);
	CHECK_CONTAINS(l.why[0], "cannot be read");
	lab_close(&l);
}

static void test_dns(void)
{
	struct lab l;
	CHECK_CASE("dns: the name asked for is in the message");
	lab_open(&l, IMPORT_RIPE_ATLAS, plan);
	lab_read(&l, "{\"lts\":161,\"from\":\"46.17.16.18\",\"msm_id\":1004041,\"timestamp\":1406560725,\"fw\":4650,\"proto\":\"UDP\","
	         "\"af\":4,\"prb_id\":778,\"result\":{\"abuf\":\"vb2EAAABAAEAAAAABWFzMjUwA25ldAAAAQABwAwAAQABAAAOEAAEwpaooA==\","
	         "\"rt\":36.661,\"ANCOUNT\":1},\"type\":\"dns\",\"dst_addr\":\"193.227.234.53\"}\n");
	CHECK_STR(lab_sample(&l)->target, "as250.net");
	CHECK_INT(lab_sample(&l)->dns_us, 36661);
	CHECK_STR(lab_sample(&l)->resolver, "193.227.234.53");
	CHECK_INT(lab_sample(&l)->kind, KIND_DNS_ONLY);
	CHECK_INT(lab_sample(&l)->error, NEL_OK);
	/* The same message with the low bits of its fourth byte set to 3, a name error (RFC 1035, 4.1.1). */
	CHECK_CASE("dns: NXDOMAIN and no answer are failures");
	lab_read(&l, "{\"timestamp\":1406560725,\"prb_id\":778,\"result\":{\"abuf\":\"vb2EAwABAAEAAAAABWFzMjUwA25ldAAAAQAB\","
	         "\"rt\":36.661},\"type\":\"dns\"}\n");
	CHECK_INT(lab_sample(&l)->error, NEL_DNS_NAME_NOT_RESOLVED);
	l.s.target = "ripe";
	lab_read(&l, "{\"from\":\"84.132.219.105\",\"timestamp\":1400570732,\"fw\":4610,\"prb_id\":2960,\"error\":{\"timeout\":5000},"
	         "\"type\":\"dns\",\"dst_addr\":\"194.0.25.16\"}\n");
	CHECK_INT(lab_sample(&l)->error, NEL_DNS_UNREACHABLE);
	CHECK_STR(lab_sample(&l)->target, "ripe");
	l.s.target = NULL;
	CHECK_CASE("dns: a set of results is one batch");
	lab_read(&l, "{\"timestamp\":1400801282,\"fw\":4620,\"prb_id\":6012,\"type\":\"dns\",\"resultset\":["
	         "{\"time\":1400801282,\"result\":{\"rt\":0.275,\"abuf\":\"vb2EAAABAAEAAAAABWFzMjUwA25ldAAAAQAB\"}},"
	         "{\"time\":1400801283,\"result\":{\"rt\":90.513,\"abuf\":\"vb2EAAABAAEAAAAABWFzMjUwA25ldAAAAQAB\"}}]}\n");
	CHECK_INT(l.items, 1);
	CHECK_INT(l.item[0]->batch.samples.len, 2);
	CHECK_INT(l.item[0]->batch.samples.at[1].dns_us, 90513);
	CHECK_INT(l.item[0]->batch.samples.at[1].t_us, 1400801283000000);
	lab_close(&l);
}

/* A record with `n` results, each like the first. */
static void read_many(struct lab *l, const char *begin, const char *each, int n)
{
	struct buf text = {0};
	buf_adds(&text, begin);
	for (int i = 0; i < n; i++)
		buf_addf(&text, "%s%s", i > 0 ? "," : "", each);
	buf_adds(&text, "]}\n");
	lab_read(l, buf_str(&text));
	buf_free(&text);
}

static void test_many(void)
{
	static const char http[] = "{\"prb_id\":1,\"timestamp\":1385895661,\"type\":\"http\",\"uri\":\"http://www.ripe.net/\","
	                           "\"result\":[";
	static const char visit[] = "{\"res\":200,\"rt\":5}";
	static const char dns[] = "{\"prb_id\":1,\"timestamp\":1400801282,\"type\":\"dns\",\"resultset\":[";
	static const char question[] = "{\"result\":{\"rt\":1,\"abuf\":\"vb2EAAABAAEAAAAABWFzMjUwA25ldAAAAQAB\"}}";
	struct lab l;
	CHECK_CASE("of a record with too many results the first are taken, and the rest is told");
	lab_open(&l, IMPORT_RIPE_ATLAS, plan);
	for (int k = 0; k < 2; k++) {
		read_many(&l, k == 0 ? http : dns, k == 0 ? visit : question, 1000);
		CHECK_INT(l.told, 0);
		read_many(&l, k == 0 ? http : dns, k == 0 ? visit : question, 1002);
		CHECK_INT(l.items, 1);
		if (l.items == 1)
			CHECK_INT(l.item[0]->batch.samples.len, 1000);
		CHECK_INT(l.told, 1);
		CHECK_INT(l.im.counts.left_out, 1);
		CHECK_STR(l.why[0], "1: 2 results beyond the first 1000 of the record");
	}
	lab_close(&l);
}

/* The whole files, where they are: all is taken or told, and nothing is lost between. */
static void test_files(void)
{
	static const char *const names[] = {"http", "ping", "sslcert", "dns"};
	struct lab l;
	CHECK_CASE("every record of the files is taken or told");
	for (int i = 0; i < 4; i++) {
		char path[128];
		struct err err = {0};
		struct buf text = {0};
		snprintf(path, sizeof path, "../shared/data/atlas/sagan_%s.jsonl", names[i]);
		if (file_read(path, 1 << 20, &text, &err) != 0) {
			CHECK_SKIP("no ../shared/data/atlas");
			return;
		}
		lab_open(&l, IMPORT_RIPE_ATLAS, NULL);
		lab_read(&l, buf_str(&text));
		CHECK(l.items > 0 && l.items <= l.im.counts.records);
		CHECK(l.items + l.told >= l.im.counts.records);
		lab_close(&l);
		buf_free(&text);
	}
}

static void test_order(void)
{
	struct lab l;
	CHECK_CASE("other types, other things and other times are told by line");
	lab_open(&l, IMPORT_RIPE_ATLAS, NULL);
	lab_read(&l, "{\"type\":\"traceroute\",\"prb_id\":1,\"timestamp\":1400801282}\n{\"a\":1}\n{\"a\":\n"
	         "{\"type\":\"ping\",\"prb_id\":1,\"timestamp\":2400801282}\n{\"a\":1,\"a\":2}\n");
	CHECK_INT(l.told, 5);
	CHECK_STR(l.why[0], "1: a result of type traceroute is not supported");
	CHECK_CONTAINS(l.why[1], "2: no RIPE Atlas result");
	CHECK_CONTAINS(l.why[2], "3: cut short");
	CHECK_CONTAINS(l.why[3], "4: measured at 2046-01-29T");
	CHECK_CONTAINS(l.why[4], "5: record: byte");
	lab_close(&l);
}

int main(void)
{
	test_ping();
	test_http();
	test_sslcert();
	test_dns();
	test_many();
	test_files();
	test_order();
	return check_done();
}
