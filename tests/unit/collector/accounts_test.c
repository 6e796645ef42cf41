#include "collector/accounts.h"

#include <math.h>
#include <strings.h>

#include "collector/token.h"
#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

static int64_t now_us = 1000;

static void rotate(struct registry *r, const char *name, int64_t until_us, char token[TOKEN_TEXT])
{
	struct err err = {0};
	uint8_t hash[REGISTRY_TOKEN_HASH];
	CHECK_INT(token_make(token, &err), 0);
	CHECK_INT(token_hash(token, TOKEN_TEXT - 1, hash, &err), 0);
	CHECK_INT(registry_rotate(r, name, hash, now_us, until_us, &err), 0);
}

/* What serve does every second. */
static void keep_house(struct accounts *a, struct registry *r)
{
	struct err err = {0};
	CHECK_INT(accounts_note_used(a, r, &err), 0);
	CHECK_INT(accounts_refresh(a, r, &err), 0);
}

static void enrol(struct registry *r, const char *name, char token[TOKEN_TEXT])
{
	struct err err = {0};
	uint8_t hash[REGISTRY_TOKEN_HASH];
	struct probe_row row = {.name = name, .lat = NAN, .lon = NAN, .enrolled_us = 1};
	CHECK_INT(token_make(token, &err), 0);
	CHECK_INT(token_hash(token, TOKEN_TEXT - 1, hash, &err), 0);
	CHECK_INT(registry_enroll(r, &row, hash, &err), 0);
}

static const char *who(struct accounts *a, const char *fmt, const char *token)
{
	static char probe[ACCOUNTS_NAME];
	char header[256];
	snprintf(header, sizeof header, "%s%s", fmt, token);
	return accounts_find(a, header, now_us, probe) ? probe : "nobody";
}

int main(void)
{
	struct scratch s;
	struct err err = {0};
	char one[TOKEN_TEXT], two[TOKEN_TEXT], probe[ACCOUNTS_NAME];
	scratch_make(&s);
	struct registry *r = scratch_registry(&s);
	struct accounts *a = accounts_new();

	CHECK_CASE("nobody before anybody is enrolled");
	CHECK_INT(accounts_refresh(a, r, &err), 0);
	enrol(r, "one", one);
	CHECK_STR(who(a, "Bearer ", one), "nobody");
	CHECK(!accounts_find(a, NULL, now_us, probe));

	CHECK_CASE("after a refresh its token is known");
	CHECK_INT(accounts_refresh(a, r, &err), 0);
	CHECK_INT(accounts_count(a), 1);
	CHECK_STR(who(a, "Bearer ", one), "one");
	CHECK_STR(who(a, "bearer   ", one), "one");

	CHECK_CASE("each by its own");
	enrol(r, "two", two);
	CHECK_INT(accounts_refresh(a, r, &err), 0);
	CHECK_STR(who(a, "Bearer ", one), "one");
	CHECK_STR(who(a, "Bearer ", two), "two");

	CHECK_CASE("nothing else is");
	CHECK_STR(who(a, "", one), "nobody");
	CHECK_STR(who(a, "Basic ", one), "nobody");
	CHECK_STR(who(a, "Bearer", one), "nobody");
	CHECK_STR(who(a, "Bearer ", ""), "nobody");
	CHECK_STR(who(a, "Bearer 0", one), "nobody");
	for (size_t i = 0; i < TOKEN_TEXT - 1; i++) {
		char other[TOKEN_TEXT];
		memcpy(other, one, sizeof other);
		other[i] = other[i] == '0' ? '1' : '0';
		CHECK_STR(who(a, "Bearer ", other), "nobody");
		other[i] = '\0';
		CHECK_STR(who(a, "Bearer ", other), "nobody");
	}

	CHECK_CASE("rotated: both are valid until the new one was shown");
	char fresh[TOKEN_TEXT], fresher[TOKEN_TEXT];
	keep_house(a, r);
	rotate(r, "one", 2000, fresh);
	keep_house(a, r);
	CHECK_STR(who(a, "Bearer ", one), "one");
	keep_house(a, r);
	CHECK_STR(who(a, "Bearer ", one), "one");
	CHECK_STR(who(a, "Bearer ", fresh), "one");
	keep_house(a, r);
	CHECK_STR(who(a, "Bearer ", one), "nobody");
	CHECK_STR(who(a, "Bearer ", fresh), "one");
	CHECK_STR(who(a, "Bearer ", two), "two");

	CHECK_CASE("or until its time is over, which needs no look at the registry");
	now_us = 3000;
	rotate(r, "one", 4000, fresher);
	keep_house(a, r);
	now_us = 3999;
	CHECK_STR(who(a, "Bearer ", fresh), "one");
	now_us = 4000;
	CHECK_STR(who(a, "Bearer ", fresh), "nobody");

	CHECK_CASE("a first use that is noted while the table is replaced isn't lost");
	now_us = 5000;
	CHECK_STR(who(a, "Bearer ", fresher), "one");
	enrol(r, "three", one);
	CHECK_INT(accounts_refresh(a, r, &err), 0); /* without accounts_note_used before */
	keep_house(a, r);
	CHECK_INT(accounts_count(a), 3); /* the expired one was ended */

	CHECK_CASE("revoked");
	bool already;
	CHECK_INT(registry_revoke(r, "two", now_us, &already, &err), 0);
	keep_house(a, r);
	CHECK_STR(who(a, "Bearer ", two), "nobody");
	CHECK_STR(who(a, "Bearer ", fresher), "one");
	accounts_free(a);
	registry_close(r);
	scratch_remove(&s);
	return check_done();
}
