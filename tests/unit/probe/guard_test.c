/* The address guard, against addresses written down by hand from the registries it names
 * (IANA special-purpose registries; RFC 6052, 3056, 4380 for the forms that carry IPv4). */
#include "probe/guard.h"

#include "lib/attr.h"
#include "tests/check.h"

static const char *const refused[] = {
	"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
	"127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254", "169.254.255.255",
	"172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.168.0.0", "192.168.255.255",
	"224.0.0.0", "239.255.255.255", "255.255.255.255",
	"::", "::1", "fe80::1", "febf:ffff::1", "fec0::1", "fc00::", "fdff:ffff::1", "fd00:ec2::254",
	"ff00::", "ff02::1", "ffff::1", "64:ff9b:1::1",
	/* 127.0.0.1, 10.1.2.3, 169.254.169.254 and 192.168.0.1 in every dress */
	"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "::127.0.0.1", "::10.1.2.3",
	"64:ff9b::127.0.0.1", "64:ff9b::10.1.2.3", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a01:203::1",
	"2002:c0a8:1::1", "2002:a9fe:a9fe::1",
	"2001:0:c0a8:1::1",                /* Teredo server 192.168.0.1 */
	"2001:0:808:808:0:0:f5fe:fdfc",    /* Teredo client 10.1.2.3, inverted */
};

static const char *const allowed[] = {
	"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
	"168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
	"191.255.255.255", "192.0.1.0", "192.167.255.255", "192.169.0.0", "203.0.113.7", "223.255.255.255",
	"2620:fe::fe", "2001:db8::1", "fe00::1", "fbff::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
	"2002:808:808::1", "2001:0:808:808:0:0:f7f7:f7f7", "64:ff9b:2::1", "2003::1",
};

int main(void)
{
	static const int64_t ports[] = { 80, 443 };
	struct guard guard = { .ports = ports, .port_count = LAT_COUNT(ports) };
	struct address a;
	char why[160];

	CHECK_CASE("refuses what is not public");
	for (size_t i = 0; i < LAT_COUNT(refused); i++) {
		bool wrong = !address_parse(refused[i], &a) || guard_address(&guard, &a) == NULL;
		snprintf(why, sizeof why, "%s is let through", refused[i]);
		if (wrong)
			check_fail(__FILE__, __LINE__, why);
	}
	CHECK_CASE("lets through what is public, up to the edges");
	for (size_t i = 0; i < LAT_COUNT(allowed); i++) {
		const char *what = address_parse(allowed[i], &a) ? guard_address(&guard, &a) : "no address";
		snprintf(why, sizeof why, "%s is refused: %s", allowed[i], what != NULL ? what : "");
		if (what != NULL)
			check_fail(__FILE__, __LINE__, why);
	}
	CHECK_CASE("says what it is");
	address_parse("169.254.169.254", &a);
	CHECK_STR(guard_address(&guard, &a), "metadata service");
	address_parse("fd00:ec2::254", &a);
	CHECK_STR(guard_address(&guard, &a), "metadata service");
	address_parse("::ffff:10.0.0.1", &a);
	CHECK_STR(guard_address(&guard, &a), "private");
	CHECK_CASE("no address is no public one");
	a = (struct address){0};
	CHECK(guard_address(&guard, &a) != NULL);
	CHECK_CASE("ports");
	CHECK(guard_port(&guard, 80));
	CHECK(guard_port(&guard, 443));
	CHECK(!guard_port(&guard, 8443));
	CHECK(!guard_port(&guard, 22));
	CHECK_CASE("allow_private opens addresses, not ports");
	guard.allow_private = true;
	address_parse("127.0.0.1", &a);
	CHECK(guard_address(&guard, &a) == NULL);
	CHECK(!guard_port(&guard, 22));
	CHECK_CASE("by hand everything goes");
	guard = (struct guard){ .off = true };
	CHECK(guard_address(&guard, &a) == NULL);
	CHECK(guard_port(&guard, 22));
	return check_done();
}
