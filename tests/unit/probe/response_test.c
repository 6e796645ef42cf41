/* What caches say of themselves: X-Cache as it is seen in the wild, Cache-Status by the
 * examples of RFC 9211. */
#include "probe/response.h"

#include "tests/check.h"

static const char *or_none(const char *s) { return s != NULL ? s : "none"; }

int main(void)
{
	CHECK_CASE("X-Cache");
	CHECK_STR(or_none(response_x_cache("HIT")), "HIT");
	CHECK_STR(or_none(response_x_cache("Miss from cloudfront")), "MISS");
	CHECK_STR(or_none(response_x_cache("TCP_HIT from a23-45.deploy.akamaitechnologies.com")), "HIT");
	CHECK_STR(or_none(response_x_cache("MISS, HIT")), "HIT"); /* Fastly: shield, then edge */
	CHECK_STR(or_none(response_x_cache("HIT, MISS")), "MISS");
	CHECK_STR(or_none(response_x_cache("BYPASS")), "none");
	CHECK_STR(or_none(response_x_cache("")), "none");
	CHECK_CASE("Cache-Status (RFC 9211, section 3)");
	CHECK_STR(or_none(response_cache_status("ExampleCache; hit")), "HIT");
	CHECK_STR(or_none(response_cache_status("ExampleCache; fwd=uri-miss; stored")), "MISS");
	const char *two = "OriginCache; hit; ttl=1100, \"CDN Company Here\"; fwd=uri-miss";
	CHECK_STR(or_none(response_cache_status(two)), "MISS");
	CHECK_STR(or_none(response_cache_status("OriginCache; fwd=stale, EdgeCache;hit;ttl=30")), "HIT");
	CHECK_STR(or_none(response_cache_status("hit")), "none"); /* a cache of that name */
	CHECK_STR(or_none(response_cache_status("ExampleCache; hitrate=5")), "none");
	CHECK_STR(or_none(response_cache_status("")), "none");
	return check_done();
}
