#include "collector/request.h"

#include "tests/check.h"

int main(void)
{
	const char *rev = "0123456789abcdef";

	CHECK_CASE("If-None-Match names the revision");
	CHECK(request_etag_matches("\"0123456789abcdef\"", rev));
	CHECK(request_etag_matches("W/\"0123456789abcdef\"", rev));
	CHECK(request_etag_matches("0123456789abcdef", rev));
	CHECK(request_etag_matches("\"x\", \"0123456789abcdef\"", rev));
	CHECK(request_etag_matches(" , \"0123456789abcdef\" ,", rev));
	CHECK(request_etag_matches("*", rev));

	CHECK_CASE("or doesn't");
	CHECK(!request_etag_matches(NULL, rev));
	CHECK(!request_etag_matches("", rev));
	CHECK(!request_etag_matches("\"\"", rev));
	CHECK(!request_etag_matches("\"0123456789abcde\"", rev));
	CHECK(!request_etag_matches("\"0123456789abcdef0\"", rev));
	CHECK(!request_etag_matches("\"0123456789abcdef", rev));
	CHECK(!request_etag_matches("W/", rev));
	CHECK(!request_etag_matches("\"", rev));
	return check_done();
}
