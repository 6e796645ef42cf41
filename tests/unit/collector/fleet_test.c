/* Which probes are silent: by the registry's rows and the moment that it is. */
#include "collector/fleet.h"

#include <math.h>

#include "lib/clock.h"
#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

#define NOW INT64_C(1795372800000000)
#define MINUTE (60 * US_PER_S)

static struct err err;

static bool silent(struct registry *r, int64_t now_us)
{
	struct fleet f;
	CHECK_INT(fleet_load(&f, r, now_us, 30 * MINUTE, &err), 0);
	CHECK_INT(f.probes.len, 1);
	bool is = f.probes.len == 1 && f.probes.at[0].silent;
	CHECK_INT(f.silent, is);
	fleet_free(&f);
	return is;
}

static void seen(struct registry *r, int64_t at_us)
{
	const struct registry_seen push = {"p", at_us, NULL, NULL, STORE_NO_SKEW, 0, 0};
	CHECK_INT(registry_seen(r, &push, 1, &err), 0);
}

int main(void)
{
	struct scratch scratch;
	const uint8_t hash[REGISTRY_TOKEN_HASH] = {1}, next[REGISTRY_TOKEN_HASH] = {2}, third[REGISTRY_TOKEN_HASH] = {3};
	struct probe_row row = {.name = "p", .lat = NAN, .lon = NAN, .enrolled_us = NOW};
	bool already;
	scratch_make(&scratch);
	struct registry *r = scratch_registry(&scratch);
	CHECK_INT(registry_enroll(r, &row, hash, &err), 0);

	CHECK_CASE("never seen: by its enrolment");
	CHECK(!silent(r, NOW + 30 * MINUTE));
	CHECK(silent(r, NOW + 30 * MINUTE + 1));

	CHECK_CASE("by when it was seen last");
	seen(r, NOW + 60 * MINUTE);
	CHECK(!silent(r, NOW + 90 * MINUTE));
	CHECK(silent(r, NOW + 90 * MINUTE + 1));

	CHECK_CASE("seen in a future that is no clock's little error: nobody knows when that was");
	CHECK(!silent(r, NOW));
	CHECK(silent(r, NOW - 1));
	seen(r, NOW - 10);
	CHECK(!silent(r, NOW - 1));

	CHECK_CASE("revoked, and let back in: as one that was never seen, until it is");
	CHECK_INT(registry_revoke(r, "p", NOW, &already, &err), 0);
	CHECK(!silent(r, NOW + 600 * MINUTE));
	row.enrolled_us = NOW + 600 * MINUTE;
	CHECK_INT(registry_readmit(r, &row, next, &err), 0);
	CHECK(!silent(r, NOW + 630 * MINUTE));
	CHECK(silent(r, NOW + 630 * MINUTE + 1));
	seen(r, NOW + 610 * MINUTE);
	CHECK(!silent(r, NOW + 640 * MINUTE));

	CHECK_CASE("let in by a clock that was set back since: by when it was seen");
	CHECK(!silent(r, NOW + 620 * MINUTE));
	CHECK_INT(registry_revoke(r, "p", NOW, &already, &err), 0);
	row.enrolled_us = NOW + 9000 * MINUTE;
	CHECK_INT(registry_readmit(r, &row, third, &err), 0);
	seen(r, NOW + 700 * MINUTE);
	CHECK(!silent(r, NOW + 710 * MINUTE));
	CHECK(silent(r, NOW + 731 * MINUTE));

	registry_close(r);
	scratch_remove(&scratch);
	return check_done();
}
