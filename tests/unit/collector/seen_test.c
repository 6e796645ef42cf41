#include "collector/seen.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>

#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

static struct sockaddr_in from = {.sin_family = AF_INET};

static bool seen(struct seen *s, const char *version, int64_t dropped, bool again, int64_t at_us,
                 int64_t skew_us)
{
	const struct batch b = {.probe = "p", .version = version, .boot = "boot", .dropped = dropped,
	                        .rejected = 2 * dropped};
	return seen_add(s, &b, again, at_us, skew_us, (const struct sockaddr *)&from);
}

static struct probe_row row_of(struct registry *r, struct arena *arena)
{
	struct err err = {0};
	probe_rows rows = {0};
	struct probe_row row = {0};
	CHECK_INT(registry_probes(r, arena, &rows, &err), 0);
	CHECK_INT(rows.len, 1);
	if (rows.len == 1)
		row = rows.at[0];
	vec_free(&rows);
	return row;
}

int main(void)
{
	struct scratch scratch;
	struct err err = {0};
	struct arena arena = {0};
	const uint8_t hash[REGISTRY_TOKEN_HASH] = {1};
	const struct probe_row row = {.name = "p", .lat = NAN, .lon = NAN, .enrolled_us = 1};
	scratch_make(&scratch);
	struct registry *r = scratch_registry(&scratch);
	struct seen *s = seen_new();
	from.sin_addr.s_addr = inet_addr("81.2.69.160");
	CHECK_INT(registry_enroll(r, &row, hash, &err), 0);

	CHECK_CASE("nothing to write at first");
	CHECK(!seen_pending(s));
	CHECK_INT(seen_flush(s, r, NULL, &err), 0);
	CHECK_INT(row_of(r, &arena).last_seen_us, US_NONE);

	CHECK_CASE("pushes are gathered: the last counts, drops add up, a repetition's don't");
	CHECK(seen(s, "0.1.0", 3, false, 100, 7));
	CHECK(seen(s, "0.2.0", 4, false, 200, -5));
	CHECK(seen(s, NULL, 50, true, 300, STORE_NO_SKEW));
	CHECK(seen_pending(s));
	CHECK_INT(row_of(r, &arena).last_seen_us, US_NONE);
	CHECK_INT(seen_flush(s, r, NULL, &err), 0);
	struct probe_row now = row_of(r, &arena);
	CHECK_INT(now.last_seen_us, 300);
	CHECK_STR(now.last_version, "0.2.0");
	CHECK_STR(now.last_boot, "boot");
	CHECK_INT(now.last_skew_us, -5);
	CHECK_INT(now.dropped, 7);
	CHECK_INT(now.rejected, 14);

	CHECK_CASE("written once");
	CHECK(!seen_pending(s));
	CHECK(seen(s, "0.2.0", 1, false, 400, 9));
	CHECK_INT(seen_flush(s, r, NULL, &err), 0);
	CHECK_INT(row_of(r, &arena).dropped, 8);

	CHECK_CASE("a long version is cut at a whole character");
	char version[200];
	memset(version, 'v', sizeof version);
	memcpy(version + SEEN_TEXT - 2, "\xc3\xa4", 2); /* would end between its bytes */
	version[sizeof version - 1] = '\0';
	CHECK(seen(s, version, 0, false, 500, 9));
	CHECK_INT(seen_flush(s, r, NULL, &err), 0);
	CHECK_INT(strlen(row_of(r, &arena).last_version), SEEN_TEXT - 2);

	CHECK_CASE("places by address, where enrolment gave none");
	struct log log = {.program = "test", .level = LOG_LEVEL_ERROR};
	struct geo *geo = geo_new(&log);
	const char *city = "../shared/data/mmdb/good/GeoLite2-City-Test.mmdb";
	if (access(city, R_OK) != 0) {
		CHECK_SKIP("no ../shared/data/mmdb");
	} else {
		geo_load(geo, city, NULL);
		CHECK(seen(s, "0.2.0", 0, false, 600, 9));
		CHECK_INT(seen_flush(s, r, geo, &err), 0);
		now = row_of(r, &arena);
		CHECK_STR(now.country, "GB");
		CHECK_STR(now.city, "London");
		CHECK_STR(now.place_source, "geo");
		CHECK_NEAR(now.lat, 51.5142, 1e-9);
		CHECK_INT(now.geo_built_s, 1770245369); /* mmdblookup --verbose */
	}
	geo_free(geo);
	seen_free(s);
	registry_close(r);
	arena_free(&arena);
	scratch_remove(&scratch);
	return check_done();
}
