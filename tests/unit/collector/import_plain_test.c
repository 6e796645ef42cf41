/* curl's lines, and round trips by CSV. */
#include "tests/unit/collector/import_lab.h"

/* What curl 7.88.1 printed for a page of a server on the loopback device, cut to what matters. */
#define CURL(fields) "{\"errormsg\":null,\"exitcode\":0,\"http_connect\":0,\"http_version\":\"2\",\"local_port\":58148," \
	"\"method\":\"GET\",\"num_connects\":1,\"num_redirects\":0,\"redirect_url\":null,\"remote_ip\":\"192.0.2.7\"," \
	"\"response_code\":200,\"size_download\":187,\"ssl_verify_result\":0," fields \
	",\"url\":\"https://www.example.com/\",\"url_effective\":\"https://www.example.com/\"}"
#define TIMES "\"time_appconnect\":0.110000,\"time_connect\":0.050500,\"time_namelookup\":0.020250," \
	"\"time_pretransfer\":0.110100,\"time_redirect\":0.000000,\"time_starttransfer\":0.210400,\"time_total\":0.300000"
#define NO_CURL(code, message) "{\"errormsg\":\"" message "\",\"exitcode\":" code ",\"http_version\":\"0\",\"num_connects\":0," \
	"\"num_redirects\":0,\"remote_ip\":\"\",\"response_code\":0,\"size_download\":0,\"time_appconnect\":0.000000," \
	"\"time_connect\":0.000000,\"time_namelookup\":0.000033,\"time_pretransfer\":0.000000,\"time_starttransfer\":0.000000," \
	"\"time_total\":0.000213,\"url\":\"http://127.0.0.1:1/\"}"

#define REFUSED NO_CURL("7", "Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server")

static const char plan[] =
	"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"
	"target \"two\" { role = \"cdn\" url = \"https://two.example.com/\" }\n"
	"node \"lon\" { address = {\"192.0.2.7\"} city = \"London\" country = \"GB\" lat = 51.5 lon = -0.1 targets = {\"two\"} }\n"
	"candidate \"sin\" { url = \"https://sin.example/\" city = \"Singapore\" country = \"SG\" lat = 1.35 lon = 103.8 }\n";

static void test_curl(void)
{
	struct lab l;
	CHECK_CASE("curl: its times add up, ours are differences");
	lab_open(&l, IMPORT_CURL, plan);
	lab_read(&l, CURL(TIMES) "\n");
	const struct sample *s = lab_sample(&l);
	CHECK_INT(s->dns_us, 20250);
	CHECK_INT(s->tcp_us, 30250);  /* 50.5 - 20.25 */
	CHECK_INT(s->tls_us, 59500);  /* 110 - 50.5 */
	CHECK_INT(s->wait_us, 100300); /* 210.4 - 110.1: from the request on */
	CHECK_INT(s->body_us, 89600); /* 300 - 210.4 */
	CHECK_STR(s->http, "2");
	CHECK_STR(s->target, "www");
	CHECK_STR(l.item[0]->vantage.name, "curl.desk");
	CHECK_CASE("curl: the time is the file's, or told beside");
	CHECK_INT(s->t_us, 1795305600000000);
	CHECK_INT(l.im.counts.untimed, 1);
	lab_read(&l, "{\"t\":\"2026-11-21T12:00:00Z\",\"curl\":" CURL(TIMES) "}\n");
	CHECK_INT(lab_sample(&l)->t_us, 1795262400000000); /* date -u -d 2026-11-21T12:00Z +%s */
	CHECK_INT(l.im.counts.untimed, 0);
	CHECK_CASE("curl: a growing file's time changes, its old lines don't");
	struct err err = {0};
	char uuid[37];
	lab_read(&l, CURL(TIMES) "\n");
	memcpy(uuid, l.item[0]->batch.uuid, sizeof uuid);
	lab_forget(&l);
	struct import_reader *r = import_begin(&l.im, "file", 1795305700000000);
	CHECK_INT(import_feed(r, CURL(TIMES) "\n", strlen(CURL(TIMES) "\n"), &err), 0);
	CHECK_INT(import_end(r, &err), 0);
	CHECK_STR(l.item[0]->batch.uuid, uuid);
	CHECK_CASE("curl: equal lines that don't say when are so many visits, as often as they are read");
	char first[3][37];
	for (int times = 0; times < 2; times++) {
		lab_read(&l, REFUSED "\n" CURL(TIMES) "\n" REFUSED "\n");
		CHECK_INT(l.items, 3);
		for (size_t i = 0; i < l.items && i < 3; i++) {
			if (times == 0)
				memcpy(first[i], l.item[i]->batch.uuid, sizeof first[i]);
			CHECK_STR(l.item[i]->batch.uuid, first[i]);
		}
	}
	CHECK(strcmp(first[0], first[2]) != 0);
	CHECK_CASE("curl: with a time they are copies of one");
	lab_read(&l, "{\"t\":1795262400,\"curl\":" REFUSED "}\n{\"t\":1795262400,\"curl\":" REFUSED "}\n");
	CHECK_INT(l.items, 2);
	if (l.items == 2)
		CHECK_STR(l.item[0]->batch.uuid, l.item[1]->batch.uuid);
	CHECK_CASE("curl: failures by exit code, words and phase");
	lab_read(&l, REFUSED "\n");
	CHECK_INT(lab_sample(&l)->error, NEL_TCP_FAILED);
	CHECK_INT(lab_sample(&l)->tcp_us, US_NONE);
	CHECK_INT(lab_sample(&l)->dns_us, US_NONE); /* an address: nothing to look up */
	lab_read(&l, NO_CURL("60", "SSL certificate problem: certificate has expired") "\n");
	CHECK_INT(lab_sample(&l)->error, NEL_TLS_CERT_DATE_INVALID);
	lab_read(&l, NO_CURL("28", "Connection timed out after 1001 milliseconds") "\n");
	CHECK_INT(lab_sample(&l)->error, NEL_TCP_TIMED_OUT);
	CHECK_CASE("curl: what is no first visit is told");
	lab_read(&l, "{\"exitcode\":0,\"time_total\":1,\"url\":\"https://a/\",\"num_redirects\":1}\n"
	         "{\"exitcode\":0,\"time_total\":1,\"url\":\"https://a/\",\"num_connects\":0}\n"
	         "{\"exitcode\":0,\"time_total\":1,\"url\":\"https://a/\",\"proxy_used\":1}\n"
	         "{\"exitcode\":23,\"time_total\":1,\"url\":\"https://a/\"}\n{\"url\":\"https://a/\"}\n");
	CHECK_INT(l.items, 0);
	CHECK_INT(l.told, 5);
	CHECK_CONTAINS(l.why[0], "1: redirects were followed");
	CHECK_CONTAINS(l.why[1], "2: on a connection that was open already");
	CHECK_CONTAINS(l.why[2], "3: through a proxy");
	CHECK_CONTAINS(l.why[3], "4: curl itself failed");
	CHECK_CONTAINS(l.why[4], "5: not a line of curl");
	CHECK_CASE("curl: a visit that lacks a time is none, as its total would be too short");
#define LOOKED_UP(seconds) CURL("\"time_namelookup\":" seconds ",\"time_connect\":0.05,\"time_appconnect\":0.11," \
	"\"time_pretransfer\":0.12,\"time_starttransfer\":0.2,\"time_total\":0.3") "\n"
	lab_read(&l, LOOKED_UP("-0.02") LOOKED_UP("\"soon\"") LOOKED_UP("null") LOOKED_UP("0.06") LOOKED_UP("0.02"));
	CHECK_INT(l.items, 1);
	CHECK_CONTAINS(l.why[0], "1: one of its times is missing, negative, no number");
	CHECK_CONTAINS(l.why[1], "2: one of its times");
	CHECK_CONTAINS(l.why[2], "3: one of its times");
	CHECK_CONTAINS(l.why[3], "4: its times run backwards");
	CHECK_CASE("curl: nor has a visit of more than a day its body");
	lab_read(&l, CURL("\"time_namelookup\":0.02,\"time_connect\":0.05,\"time_appconnect\":0.11,\"time_pretransfer\":0.12,"
	                  "\"time_starttransfer\":0.2,\"time_total\":1e308") "\n");
	CHECK_INT(l.items, 0);
	CHECK_CONTAINS(l.why[0], "above a day");
	lab_close(&l);
}

/* The same UUID: the same record to the database. */
static size_t distinct(const struct lab *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->items; i++) {
		size_t k = 0;
		while (k < i && strcmp(l->item[k]->batch.uuid, l->item[i]->batch.uuid) != 0)
			k++;
		n += k == i;
	}
	return n;
}

static void test_csv_equal(void)
{
	static const char rows[] = "p,,lon,12\np,,lon,12\np,,lon,12\np,,lon,13\np,,lon,\np,,lon,\np,,lon,timeout\n";
	static const char timed[] = "p,,lon,,1795262400\np,,lon,,1795262400\n";
	struct lab l;
	char uuid[9][37];
	lab_open(&l, IMPORT_RTT_CSV, plan);
	CHECK_CASE("csv: equal rows of one file are so many measurements");
	lab_read(&l, timed);
	CHECK_INT(distinct(&l), 2);
	lab_read(&l, rows);
	CHECK_INT(l.items, 7);
	CHECK_INT(distinct(&l), 7);
	for (size_t i = 0; i < l.items && i < 7; i++)
		memcpy(uuid[i], l.item[i]->batch.uuid, sizeof uuid[i]);
	CHECK_CASE("csv: the file again, grown, is the same rows and what came after them");
	lab_forget(&l);
	lab_read_by(&l, rows, 3);
	CHECK_INT(l.items, 7);
	for (size_t i = 0; i < l.items && i < 7; i++)
		CHECK_STR(l.item[i]->batch.uuid, uuid[i]);
	char grown[sizeof rows + 40];
	snprintf(grown, sizeof grown, "%sp,,lon,12\np,,lon,\n", rows);
	lab_read(&l, grown);
	CHECK_INT(l.items, 9);
	CHECK_INT(distinct(&l), 9);
	for (size_t i = 0; i < l.items && i < 7; i++)
		CHECK_STR(l.item[i]->batch.uuid, uuid[i]);
	CHECK_CASE("csv: the same row of two probes, or targets, is none of the same");
	lab_read(&l, "p,,lon,12\nq,,lon,12\np,,sin,12\n");
	CHECK_INT(distinct(&l), 3);
	CHECK_STR(l.item[0]->batch.uuid, uuid[0]);
	lab_close(&l);
	CHECK_CASE("csv: as many equal rows as there are, through every growth of what counts them");
	struct import_repeats r = {0};
	uint8_t id[32] = {0};
	uint64_t nth = 9;
	bool right = true;
	for (int times = 0; times < 3; times++)
		for (int i = 0; i < 5000; i++) {
			id[0] = (uint8_t)i;
			id[7] = (uint8_t)(i >> 8); /* the table's places are by the lowest bits: many meet */
			right = right && import_repeats_nth(&r, id, &nth) && nth == (uint64_t)times;
		}
	CHECK(right);
	CHECK_INT(r.seen.len, 5000);
	import_repeats_free(&r);
}

static void test_csv(void)
{
	struct lab l;
	CHECK_CASE("csv: with its names, in any order");
	lab_open(&l, IMPORT_RTT_CSV, plan);
	lab_read(&l, "rtt_ms,target,country,probe,other,city\n12.5,lon,FR,par-1,x,\"Paris, 8e\"\n");
	CHECK_INT(lab_sample(&l)->min_rtt_us, 12500);
	CHECK_STR(lab_sample(&l)->node, "lon");
	CHECK_STR(lab_sample(&l)->target, "two"); /* the cdn target that lon serves */
	CHECK_STR(l.item[0]->vantage.name, "csv.par-1");
	CHECK_STR(l.item[0]->vantage.country, "FR");
	CHECK_STR(l.item[0]->vantage.city, "Paris, 8e");
	CHECK_INT(l.im.counts.records, 1);
	CHECK_CASE("csv: without names; an address, a candidate, a host; no answer");
	lab_read(&l, "p,,192.0.2.7,10,1795262400\np,,sin,200.5,2026-11-21T12:00:00Z\np,,other.example,,\np,,lon,timeout,\n");
	CHECK_INT(l.items, 4);
	if (l.items == 4) {
		CHECK_STR(l.item[0]->batch.samples.at[0].node, "lon");
		CHECK_INT(l.item[0]->batch.samples.at[0].t_us, 1795262400000000);
		CHECK_STR(l.item[1]->batch.samples.at[0].target, "sin");
		CHECK_INT(l.item[1]->batch.samples.at[0].role, ROLE_CANDIDATE);
		CHECK_INT(l.item[1]->batch.samples.at[0].t_us, 1795262400000000);
		CHECK_STR(l.item[2]->batch.samples.at[0].target, "other.example");
		CHECK_INT(l.item[2]->batch.samples.at[0].error, NEL_TCP_TIMED_OUT);
		CHECK_INT(l.item[3]->batch.samples.at[0].error, NEL_TCP_TIMED_OUT);
	}
	CHECK_INT(l.im.counts.untimed, 2);
	CHECK_CASE("csv: what is wrong with a row");
	lab_read(&l, "p,FR,lon\np,FR,lon,-1\np,fr,lon,1\n,FR,lon,1\np,FR,lon,1,yesterday\np,FR,\"lon,1\np,FR,lon,nan\n");
	CHECK_INT(l.items, 0);
	CHECK_INT(l.told, 7);
	CHECK_CONTAINS(l.why[0], "1: not the fields");
	CHECK_CONTAINS(l.why[1], "2: rtt_ms");
	CHECK_CONTAINS(l.why[2], "3: the country");
	CHECK_CONTAINS(l.why[3], "4: no probe");
	CHECK_CONTAINS(l.why[4], "5: t is neither");
	CHECK_CONTAINS(l.why[5], "6: a quote");
	CHECK_CONTAINS(l.why[6], "7: rtt_ms");
	CHECK_CASE("csv: names that differ stay different");
	lab_read(&l, "a b,,lon,1,\na-b,,lon,1,\na/b,,lon,1,\n");
	CHECK_INT(l.items, 3);
	if (l.items == 3)
		CHECK(strcmp(l.item[1]->vantage.name, l.item[2]->vantage.name) != 0);
	lab_close(&l);
}

int main(void)
{
	test_curl();
	test_csv();
	test_csv_equal();
	return check_done();
}
