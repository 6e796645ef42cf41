#include "schema/series.h"

#include "tests/check.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

int main(void)
{
	const struct sample s = {
		.target = "www", .target_rev = "0123456789abcdef", .node = "lon", .edge = "fra",
		.role = ROLE_BASELINE, .family = 6, .resolver = "9.9.9.9", .http = "2", .tls = "1.3",
	};
	const struct series base = series_of_sample(&s);
	struct series o;

	CHECK_CASE("the series of a sample");
	CHECK(base.target == s.target && base.target_rev == s.target_rev && base.node == s.node);
	CHECK(base.edge == s.edge && base.resolver == s.resolver && base.http == s.http && base.tls == s.tls);
	CHECK_INT(base.role, ROLE_BASELINE);
	CHECK_INT(base.family, 6);
	CHECK_INT(base.kind, KIND_COLD);
	CHECK(base.ecs == NULL);

	CHECK_CASE("equal by content, not by pointer");
	char target[] = "www";
	o = base;
	o.target = target;
	CHECK_INT(series_compare(&base, &o), 0);

	CHECK_CASE("each member tells two series apart, both ways round");
#define DIFFERS(member, value, order) \
	do { \
		o = base; \
		o.member = (value); \
		CHECK_INT(sign(series_compare(&base, &o)), order); \
		CHECK_INT(sign(series_compare(&o, &base)), -(order)); \
	} while (0)
	DIFFERS(target, "xxx", -1);
	DIFFERS(target_rev, "00", 1);
	DIFFERS(node, NULL, 1); /* NULL comes first */
	DIFFERS(edge, "lon", -1);
	DIFFERS(role, ROLE_CDN, 1);
	DIFFERS(kind, KIND_DNS_ONLY, -1);
	DIFFERS(family, 4, 1);
	DIFFERS(resolver, NULL, 1);
	DIFFERS(ecs, "49.36.0.0/16", -1);
	DIFFERS(http, "1.1", 1);
	DIFFERS(tls, NULL, 1);

	CHECK_CASE("kinds have names");
	CHECK_STR(series_kind_name(KIND_COLD), "cold");
	CHECK_STR(series_kind_name(KIND_RARE), "rare");
	CHECK_STR(series_kind_name(KIND_DNS_ONLY), "dns-only");
	return check_done();
}
