/* The gauge of expiring certificates, from audits made by hand. */
#include "collector/certs.h"

#include "tests/check.h"

#define DAY (INT64_C(86400) * 1000000)
#define T0 (INT64_C(1795694400) * 1000000)

static struct certs *certs;

static void tell(const char *probe, const char *target, const char *node, int64_t t_us, int64_t not_after)
{
	struct batch b = {.probe = probe};
	struct audit *a = vec_add(&b.audits);
	*a = (struct audit){.target = target, .node = node, .t_us = t_us, .cert_not_after = not_after};
	CHECK(certs_add(certs, &b, T0 + 3 * DAY));
	vec_free(&b.audits);
}

static struct buf out;

static const char *printed_at(int64_t now_us, int64_t audit_every_us)
{
	buf_clear(&out);
	certs_print(certs, now_us, audit_every_us, &out);
	return buf_str(&out);
}

static const char *printed(void)
{
	return printed_at(T0 + DAY, DAY / 24);
}

int main(void)
{
	certs = certs_new();
	CHECK_CASE("nothing is known: no gauge");
	CHECK_STR(printed(), "");
	tell("p", "plain", NULL, T0, US_NONE); /* http */
	CHECK_STR(printed(), "");

	CHECK_CASE("a probe's earliest for each target");
	tell("p", "www", NULL, T0, 2000);
	tell("p", "www", "fra", T0, 1500);
	tell("p", "www", "lon", T0, 3000);
	tell("p", "img", NULL, T0, 4000);
	tell("q", "www", "fra", T0, 1000);
	CHECK_CONTAINS(printed(), "# TYPE probe_ssl_earliest_cert_expiry gauge\n"
	                          "probe_ssl_earliest_cert_expiry{probe=\"p\",target=\"www\"} 1500\n"
	                          "probe_ssl_earliest_cert_expiry{probe=\"p\",target=\"img\"} 4000\n"
	                          "probe_ssl_earliest_cert_expiry{probe=\"q\",target=\"www\"} 1000\n");

	CHECK_CASE("the newest audit counts, whenever it comes in");
	tell("p", "www", "fra", T0 + 1, 9000);
	CHECK_CONTAINS(printed(), "{probe=\"p\",target=\"www\"} 2000\n");
	tell("p", "www", "fra", T0, 1500);
	CHECK_CONTAINS(printed(), "{probe=\"p\",target=\"www\"} 2000\n");
	tell("p", "www", "fra", T0 + 2, US_NONE); /* did not get that far: what was known stands */
	CHECK_CONTAINS(printed(), "{probe=\"p\",target=\"www\"} 2000\n");

	CHECK_CASE("a node that is audited no more says nothing");
	tell("p", "www", NULL, T0 + 2 * DAY, 8000);
	CHECK_CONTAINS(printed(), "{probe=\"p\",target=\"www\"} 3000\n"); /* lon: two days are not more */
	tell("p", "www", NULL, T0 + 2 * DAY + 5, 8000);
	CHECK_CONTAINS(printed(), "{probe=\"p\",target=\"www\"} 8000\n");

	CHECK_CASE("a clock of the future hides nothing");
	tell("p", "img", NULL, T0 + 300 * DAY, 1);
	CHECK_CONTAINS(printed(), "{probe=\"p\",target=\"img\"} 4000\n");

	CHECK_CASE("a target that is audited no more says nothing");
	tell("s", "left", NULL, T0, 7000);
	tell("s", "stays", NULL, T0 + DAY, 7001);
	CHECK_CONTAINS(printed_at(T0 + 2 * DAY, 0), "{probe=\"s\",target=\"left\"} 7000\n"); /* not more */
	CHECK(strstr(printed_at(T0 + 2 * DAY + 1, DAY / 24), "left") == NULL);
	CHECK_CONTAINS(printed_at(T0 + 2 * DAY + 1, DAY / 24), "{probe=\"s\",target=\"stays\"} 7001\n");
	CHECK_STR(printed_at(T0 + 25 * DAY, DAY / 24), "");

	CHECK_CASE("unless a plan lets it wait for longer");
	CHECK_CONTAINS(printed_at(T0 + 14 * DAY, 7 * DAY), "{probe=\"s\",target=\"left\"} 7000\n");
	CHECK(strstr(printed_at(T0 + 14 * DAY + 1, 7 * DAY), "left") == NULL);

	CHECK_CASE("more names than a plan can have are left out");
	char name[16];
	for (int i = 0; i < 1100; i++) {
		snprintf(name, sizeof name, "t%d", i);
		tell("r", name, NULL, T0, 5000);
	}
	CHECK_CONTAINS(printed(), "{probe=\"r\",target=\"t999\"}");
	CHECK(strstr(printed(), "{probe=\"r\",target=\"t1000\"}") == NULL);
	certs_free(certs);
	certs = NULL;

	CHECK_CASE("read from the store at a start");
	struct store *store;
	struct err err = {0};
	certs = certs_new();
	CHECK_INT(store_open_memory(&store, &err), 0);
	struct batch b = {.uuid = "0192aaaa-0000-4000-8000-000000000001", .probe = "p", .started_us = T0};
	struct audit *a = vec_add(&b.audits);
	*a = (struct audit){.target = "www", .node = "fra", .t_us = T0, .cert_not_after = 1234};
	struct store_batch item = {.batch = &b, .received_us = T0, .skew_us = STORE_NO_SKEW};
	CHECK_INT(store_append(store, &item, 1, &err), 0);
	b.uuid[35] = '2';
	b.probe = "gp.de.Berlin.as1.dc";
	CHECK_INT(store_append(store, &item, 1, &err), 0);
	CHECK_INT(certs_load(certs, store, T0 + DAY, &err), 0);
	CHECK_CONTAINS(printed(), "{probe=\"p\",target=\"www\"} 1234\n");
	CHECK(strstr(printed(), "gp.") == NULL); /* an import's */
	batch_free(&b);
	store_close(store);
	certs_free(certs);
	buf_free(&out);
	return check_done();
}
