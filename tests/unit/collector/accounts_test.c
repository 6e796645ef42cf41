#include "collector/accounts.h"

#include <math.h>
#include <strings.h>

#include "collector/token.h"
#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

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
	return accounts_find(a, header, probe) ? probe : "nobody";
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
	CHECK(!accounts_find(a, NULL, probe));

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
	accounts_free(a);
	registry_close(r);
	scratch_remove(&s);
	return check_done();
}
