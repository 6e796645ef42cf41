/* What the headers of CDNs say, in the forms that their makers document: RFC 9211 (section 3), RFC
 * 9110, the W3C's Server Timing, and the pages of Fastly (X-Served-By, X-Cache), Cloudflare (CF-Ray,
 * CF-Cache-Status), CloudFront (Server-Timing, X-Amz-Cf-Pop, X-Cache), Akamai and Wikimedia. */
#include "probe/edgename.h"

#include <strings.h>

#include "lib/attr.h"
#include "tests/check.h"

struct pair { const char *name, *value; };

static const char *get(void *ctx, const char *name)
{
	for (const struct pair *p = ctx; p->name != NULL; p++)
		if (strcasecmp(p->name, name) == 0)
			return p->value;
	return NULL;
}

/* "edge|cache|age" of these headers. */
static const char *read_all(const struct pair *headers, const char *edge_header)
{
	static char text[4][300];
	static int next;
	struct edgename e;
	edgename_read(&e, edge_header, get, (void *)headers);
	next = (next + 1) % 4;
	snprintf(text[next], sizeof text[next], "%s|%s|%lld", e.edge, e.cache != NULL ? e.cache : "-",
	         (long long)e.age_s);
	return text[next];
}

static void expect(const char *name, const char *value, const char *want)
{
	const struct pair headers[] = { { name, value }, { NULL, NULL } };
	CHECK_STR(read_all(headers, NULL), want);
}

static void names(void)
{
	CHECK_CASE("Server-Timing: CloudFront, Akamai, Wikimedia, Cloudflare");
	expect("Server-Timing", "cdn-upstream-layer;desc=\"EDGE\",cdn-upstream-dns;dur=0,cdn-upstream-connect;dur=69,"
	       "cdn-upstream-fbl;dur=562,cdn-cache-miss,cdn-pop;desc=\"FRA56-P3\",cdn-rid;desc=\"8PoVT==\"",
	       "FRA56-P3|MISS|-1");
	expect("Server-Timing", "cdn-cache-hit,cdn-pop;desc=\"SEA19-C1\",cdn-hit-layer;desc=\"REC\"", "SEA19-C1|HIT|-1");
	expect("Server-Timing", "cdn-cache-refresh,cdn-pop;desc=\"SEA19-C1\"", "SEA19-C1|MISS|-1");
	expect("Server-Timing", "cdn-cache; desc=HIT, edge; dur=1", "|HIT|-1");
	expect("server-timing", "cache;desc=\"hit-front\", host;desc=\"cp3066\"", "cp3066|HIT|-1");
	expect("Server-Timing", "cfCacheStatus;desc=\"DYNAMIC\", cfEdge;dur=5,cfOrigin;dur=35", "|MISS|-1");
	expect("Server-Timing", "a;desc=\"host;desc=x, host;desc=y\"", "|-|-1"); /* within quotes */
	expect("Server-Timing", "host;dur=3;DESC = lon-1 ;x=1", "lon-1|-|-1");
	expect("Server-Timing", "host", "|-|-1");

	CHECK_CASE("X-Served-By: Fastly's place, the last of several; anything else as it is");
	expect("X-Served-By", "cache-fra-eddf8230060-FRA", "FRA|-|-1");
	expect("X-Served-By", "cache-iad-kiad7000110-IAD, cache-fra-etou8220117-FRA", "FRA|-|-1");
	expect("X-Served-By", "lon-1", "lon-1|-|-1");
	expect("X-Served-By", "cache-1", "cache-1|-|-1");
	expect("X-Served-By", "cache-of-mine-abc", "cache-of-mine-abc|-|-1");

	CHECK_CASE("CF-Ray, X-Amz-Cf-Pop");
	expect("CF-Ray", "230b030023ae2822-SJC", "SJC|-|-1");
	expect("CF-Ray", "230b030023ae2822", "|-|-1");
	expect("X-Amz-Cf-Pop", "FRA56-P3", "FRA56-P3|-|-1");

	CHECK_CASE("Via (RFC 9110, 7.6.3): who received it, but no product");
	expect("Via", "1.0 fred, 1.1 p.example.net", "p.example.net|-|-1");
	expect("Via", "1.1 lon-1.example.net:80 (Varnish/6.0, x)", "lon-1.example.net|-|-1");
	expect("Via", "1.1 lon, 1.1 varnish (Varnish/6.0)", "|-|-1");
	expect("Via", "http/1.1 fra1 (ApacheTrafficServer/9.2.1)", "fra1|-|-1");
	expect("Via", "1.1 [2001:db8::1]:8080", "[2001:db8::1]:8080|-|-1");
	expect("Via", "1.1", "|-|-1");
	expect("Via", "", "|-|-1");

	CHECK_CASE("the operator's header first, then the known ones in their order");
	const struct pair all[] = {
		{ "Via", "1.1 via" }, { "CF-Ray", "1-RAY" }, { "X-Served-By", "served" }, { "X-Edge", "mine, too\x01\xff" },
		{ "Server-Timing", "host;desc=timing" }, { NULL, NULL },
	};
	CHECK_STR(read_all(all, "x-edge"), "mine, too??|-|-1");
	CHECK_STR(read_all(all, "via"), "via|-|-1"); /* read as what it is */
	CHECK_STR(read_all(all, "X-None"), "timing|-|-1");
	CHECK_STR(read_all(all, NULL), "timing|-|-1");
	CHECK_STR(read_all(all + 1, "Via"), "timing|-|-1");
	CHECK_STR(read_all(all + 5, NULL), "|-|-1");

	CHECK_CASE("a name too long is cut");
	char name[300];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	const struct pair longer[] = { { "X-Edge", name }, { NULL, NULL } };
	CHECK_INT(strlen(read_all(longer, "X-Edge")), EDGENAME_TEXT - 1 + strlen("|-|-1"));
}

static void caches(void)
{
	CHECK_CASE("X-Cache: Fastly's lists, CloudFront's and Akamai's sentences");
	expect("X-Cache", "HIT", "|HIT|-1");
	expect("X-Cache", "Miss from cloudfront", "|MISS|-1");
	expect("X-Cache", "RefreshHit from cloudfront", "|MISS|-1"); /* its origin was asked */
	expect("X-Cache", "TCP_HIT from a23-45.deploy.akamaitechnologies.com", "|HIT|-1");
	expect("X-Cache", "HIT from compass.example.net", "|HIT|-1"); /* no "pass" */
	expect("X-Cache", "NONE from white.example.net", "|-|-1");    /* no "hit" */
	expect("X-Cache", "MISS, HIT", "|HIT|-1"); /* shield, then edge */
	expect("X-Cache", "HIT, MISS", "|MISS|-1");
	expect("X-Cache", "NONE", "|-|-1");
	expect("X-Cache", "", "|-|-1");
	CHECK_CASE("CF-Cache-Status");
	expect("CF-Cache-Status", "HIT", "|HIT|-1");
	expect("CF-Cache-Status", "EXPIRED", "|MISS|-1");
	expect("CF-Cache-Status", "REVALIDATED", "|MISS|-1");
	expect("CF-Cache-Status", "STALE", "|HIT|-1");
	expect("CF-Cache-Status", "UPDATING", "|HIT|-1");
	expect("CF-Cache-Status", "BYPASS", "|MISS|-1");
	CHECK_CASE("Cache-Status (RFC 9211, section 3)");
	expect("Cache-Status", "ExampleCache; hit", "|HIT|-1");
	expect("Cache-Status", "ExampleCache; fwd=uri-miss; stored", "|MISS|-1");
	expect("Cache-Status", "OriginCache; hit; ttl=1100, \"CDN Company Here\"; fwd=uri-miss", "|MISS|-1");
	expect("Cache-Status", "OriginCache; fwd=stale, EdgeCache;hit;ttl=30", "|HIT|-1");
	expect("Cache-Status", "\"a; hit, b\"; fwd=bypass", "|MISS|-1");
	expect("Cache-Status", "hit", "|-|-1"); /* a cache of that name */
	expect("Cache-Status", "ExampleCache; hitrate=5", "|-|-1");
	expect("Cache-Status", "ExampleCache; hit=?0", "|-|-1");
	expect("Cache-Status", "", "|-|-1");
	CHECK_CASE("the standard before the habits");
	const struct pair both[] = { { "X-Cache", "HIT" }, { "Cache-Status", "x; fwd=miss" }, { NULL, NULL } };
	CHECK_STR(read_all(both, NULL), "|MISS|-1");
}

static void ages(void)
{
	CHECK_CASE("Age (RFC 9111, 5.1)");
	expect("Age", "0", "|-|0");
	expect("Age", "3600", "|-|3600");
	expect("Age", " 60 ", "|-|60");
	expect("Age", "5, 7", "|-|5"); /* the first member */
	expect("Age", "99999999999999999999", "|-|2147483648");
	expect("Age", "2147483647", "|-|2147483647");
	expect("Age", "-1", "|-|-1");
	expect("Age", "1.5", "|-|-1");
	expect("Age", "soon", "|-|-1");
	expect("Age", "", "|-|-1");
}

int main(void)
{
	names();
	caches();
	ages();
	return check_done();
}
