#include "lib/hash.h"

#include "tests/check.h"

static uint64_t of(const char *s)
{
	return hash64(HASH64_INIT, s, strlen(s));
}

int main(void)
{
	char out[HASH64_TEXT];

	/* The test suite of Landon Curt Noll's page on FNV (test_fnv.c, fnv1a 64). */
	CHECK_CASE("published values");
	CHECK(of("") == 0xcbf29ce484222325ULL);
	CHECK(of("a") == 0xaf63dc4c8601ec8cULL);
	CHECK(of("foobar") == 0x85944171f73967e8ULL);

	CHECK_CASE("in pieces as in one");
	CHECK(hash64(of("foo"), "bar", 3) == of("foobar"));

	CHECK_CASE("hexadecimal text");
	CHECK_STR(hash64_hex(of("foobar"), out), "85944171f73967e8");
	CHECK_STR(hash64_hex(0x1f, out), "000000000000001f");
	return check_done();
}
