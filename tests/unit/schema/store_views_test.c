/* The views: what a person with the sqlite3 shell reads. */
#include <math.h>
#include <sqlite3.h>

#include "schema/registry.h"
#include "schema/store.h"
#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define HOUR FIXTURE_HOUR

static struct err err;
static sqlite3 *db;

/* The rows of `sql`, columns joined by a blank ("-": NULL), rows by "; ". */
static const char *ask(const char *sql)
{
	static char text[600];
	sqlite3_stmt *st = NULL;
	size_t len = 0;

	text[0] = '\0';
	CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(st) && len < sizeof text; i++) {
			const char *value = (const char *)sqlite3_column_text(st, i);
			len += (size_t)snprintf(text + len, sizeof text - len, "%s%s",
			                        len == 0 ? "" : i == 0 ? "; " : " ", value != NULL ? value : "-");
		}
	sqlite3_finalize(st);
	return text;
}

static void fill(const char *path)
{
	struct store *s = NULL;
	struct registry *r = NULL;
	struct store_pruned done = {0};
	size_t left;
	bool more;

	CHECK_INT(store_open_sqlite(&s, path, STORE_CREATE, &err), 0);
	for (int i = 0; i < 2; i++) {
		struct batch *b = fixture_batch((uint64_t)i + 1, i == 0 ? "mumbai-1" : "globalping-7", HOUR + i * US_PER_HOUR);
		b->rejected = 3;
		b->refused = i == 0 ? "needs http3" : NULL;
		fixture_sample(b, "www", b->started_us + 1500 * US_PER_MS);
		struct store_batch sb = fixture_push(b);
		sb.source = i == 0 ? NULL : "globalping";
		sb.skew_us = i == 0 ? -2500 : STORE_NO_SKEW;
		CHECK_INT(store_append(s, &sb, 1, &err), 0);
		fixture_free(b);
	}
	CHECK_INT(store_fold(s, 9, &left, &err), 0);
	CHECK_INT(store_prune(s, HOUR + US_PER_HOUR, 9, &done, &more, &err), 0);
	store_close(s);
	CHECK_INT(registry_open(&r, path, STORE_WRITE, &err), 0);
	struct probe_row row = {.name = "mumbai-1", .country = "IN", .city = "Mumbai", .lat = NAN, .lon = NAN,
	                        .enrolled_us = HOUR};
	CHECK_INT(registry_enroll(r, &row, (const uint8_t[REGISTRY_TOKEN_HASH]){1}, &err), 0);
	struct registry_seen seen = {.probe = "mumbai-1", .at_us = HOUR + 90 * US_PER_S, .version = "0.1.0",
	                             .skew_us = -1234567, .dropped = 2, .rejected = 3};
	CHECK_INT(registry_seen(r, &seen, 1, &err), 0);
	CHECK_INT(registry_publish_plan(r, "00000000000000aa", "abc", "{}", HOUR, &err), 0);
	CHECK_INT(registry_publish_plan(r, "00000000000000bb", "abcd", "{}", HOUR + US_PER_S, &err), 0);
	registry_close(r);
}

/* Of one batch: a success, a failure, an ECS answer and an audit. */
static void rows(const char *path)
{
	CHECK_CASE("the views say names, milliseconds and the country");
	struct store *s = NULL;
	CHECK_INT(store_open_sqlite(&s, path, STORE_CREATE, &err), 0);
	struct batch *b = fixture_batch(1, "mumbai-1", HOUR);
	fixture_sample(b, "www", HOUR + 1500 * US_PER_MS)->node = "lon";
	fixture_failure(b, "www", HOUR + 2 * US_PER_S, NEL_DNS_FAILED);
	struct sample *dns = fixture_sample(b, "www", HOUR + 3 * US_PER_S);
	dns->kind = KIND_DNS_ONLY;
	dns->tcp_us = dns->tls_us = dns->wait_us = dns->body_us = US_NONE;
	dns->ecs = "49.36.0.0/16";
	dns->ecs_scope = 20;
	dns->dns_tcp = true;
	struct audit *a = fixture_audit(b, "www", "lon", HOUR + 9 * US_PER_S);
	a->status = 200;
	a->cert_not_after = 1797000000;
	a->cert_subject = "CN=www";
	a->clock_skew_us = -2 * US_PER_S;
	struct store_batch sb = fixture_push(b);
	size_t left;
	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	CHECK_INT(store_fold(s, 9, &left, &err), 0);
	struct registry *r;
	CHECK_INT(registry_open(&r, path, STORE_WRITE, &err), 0);
	struct probe_row row = {.name = "mumbai-1", .country = "IN", .lat = NAN, .lon = NAN};
	CHECK_INT(registry_enroll(r, &row, (const uint8_t[REGISTRY_TOKEN_HASH]){1}, &err), 0);
	registry_close(r);
	CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
	/* 7 + 120 + 121 + 125 + 360 ms */
	CHECK_STR(ask("SELECT time, probe, country, target, node, edge, addr, tcp_ms, total_ms, dns_cache, cache, http "
	              "FROM v_sample WHERE node = 'lon'"),
	          "2026-11-22T18:00:01.500Z mumbai-1 IN www lon lon 203.0.113.7 120.0 733.0 miss HIT 2");
	CHECK_STR(ask("SELECT probe, country, target, ecs, scope, addr, node, dns_ms, dns_tcp FROM v_dns"),
	          "mumbai-1 IN www 49.36.0.0/16 20 203.0.113.7 lon 7.0 1");
	/* 1797000000: by date -u -d @1797000000 */
	CHECK_STR(ask("SELECT time, probe, target, node, status, cert_until, cert_subject, clock_skew_s, error FROM v_audit"),
	          "2026-11-22T18:00:09.000Z mumbai-1 www lon 200 2026-12-11T14:40:00Z CN=www -2.0 -");
	CHECK_STR(ask("SELECT error, total_ms FROM v_sample WHERE error IS NOT NULL"), "dns.failed -");
	/* the median of one value, to 0.503 % */
	CHECK_STR(ask("SELECT hour, probe, country, target, attempts, failures, abs(total_p50_ms - 733) < 733 * 0.00503 "
	              "FROM v_cell WHERE node = 'lon'"),
	          "2026-11-22T18:00:00Z mumbai-1 IN www 1 0 1");
	CHECK_STR(ask("SELECT attempts, failures, total_p50_ms FROM v_cell WHERE node IS NULL AND kind = 'cold'"), "1 1 -");
	CHECK_STR(ask("SELECT probe, samples, succeeded, folded, version FROM v_batch"), "mumbai-1 3 2 1 0.1.0");
	sqlite3_close(db);
	fixture_free(b);
	store_close(s);
}

int main(void)
{
	char *folder = fixture_folder();

	if (folder == NULL)
		return 1;
	rows(fixture_path(folder, "r.db"));
	const char *path = fixture_path(folder, "v.db");
	fill(path);
	CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);

	CHECK_CASE("v_batch: where it came from, whether it was pruned");
	CHECK_STR(ask("SELECT started, probe, country, samples, folded, pruned, skew_ms, rejected, source FROM v_batch"),
	          "2026-11-22T18:00:00.000Z mumbai-1 IN 1 1 1 -2.5 3 -; "
	          "2026-11-22T19:00:00.000Z globalping-7 - 1 1 0 - 3 globalping");

	CHECK_CASE("v_batch: why its probe could not use a newer plan, and the one it used");
	CHECK_STR(ask("SELECT refused, plan_rev FROM v_batch"), "needs http3 0123456789abcdef; - 0123456789abcdef");

	CHECK_CASE("v_sample: only what was not pruned, with its source and plan");
	CHECK_STR(ask("SELECT time, probe, total_ms, source, plan_rev FROM v_sample"),
	          "2026-11-22T19:00:01.500Z globalping-7 733.0 globalping 0123456789abcdef");
	CHECK_STR(ask("SELECT count(*) FROM v_cell"), "2");
	CHECK_STR(ask("SELECT count(*) FROM v_dns"), "0");

	CHECK_CASE("v_probe: times, seconds, and the state of its token");
	CHECK_STR(ask("SELECT name, country, city, network, last_seen, version, skew_s, dropped, rejected, cloned, source, "
	              "token, enrolled FROM v_probe"),
	          "mumbai-1 IN Mumbai datacenter 2026-11-22T18:01:30Z 0.1.0 -1.235 2 3 - - valid 2026-11-22T18:00:00Z");
	CHECK_INT(sqlite3_exec(db, "INSERT INTO token(hash, probe, valid, created_us) SELECT zeroblob(32), id, 1, 0 "
	                           "FROM probe", NULL, NULL, NULL), SQLITE_OK);
	CHECK_STR(ask("SELECT token FROM v_probe"), "rotating");
	CHECK_INT(sqlite3_exec(db, "UPDATE token SET until_us = 1 WHERE created_us = 0", NULL, NULL, NULL), SQLITE_OK);
	CHECK_STR(ask("SELECT token FROM v_probe"), "valid");
	CHECK_INT(sqlite3_exec(db, "UPDATE token SET valid = 0", NULL, NULL, NULL), SQLITE_OK);
	CHECK_STR(ask("SELECT token FROM v_probe"), "none");
	CHECK_INT(sqlite3_exec(db, "UPDATE probe SET revoked_us = 1", NULL, NULL, NULL), SQLITE_OK);
	CHECK_STR(ask("SELECT token FROM v_probe"), "revoked");

	CHECK_CASE("v_plan: each revision, and when it was published");
	CHECK_STR(ask("SELECT rev, published, newest, bytes FROM v_plan ORDER BY published"),
	          "00000000000000aa 2026-11-22T18:00:00Z 0 3; 00000000000000bb 2026-11-22T18:00:01Z 1 4");
	sqlite3_close(db);
	fixture_remove(folder);
	return check_done();
}
