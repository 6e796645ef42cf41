#include "probe/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "lib/attr.h"
#include "tests/check.h"

static const char *round_trip(const char *text, uint16_t usual)
{
	static char out[ADDRESS_TEXT];
	struct address a;
	return address_parse_port(text, usual, &a) ? address_text_port(&a, usual, out) : "refused";
}

int main(void)
{
	static const char *const bad[] = {
		"", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "localhost", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536",
		"1.2.3.4:53x", ":53", "[::1", "::1]", "[1.2.3.4]:53", "[::1]53", "[::1]:", "fe80::1%eth0", "::g",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999", "[]", "[]:53",
	};
	struct address a, b;
	char text[ADDRESS_TEXT];

	CHECK_CASE("addresses with and without a port");
	CHECK_STR(round_trip("9.9.9.9", 53), "9.9.9.9");
	CHECK_STR(round_trip("9.9.9.9:53", 53), "9.9.9.9");
	CHECK_STR(round_trip("9.9.9.9:5353", 53), "9.9.9.9:5353");
	CHECK_STR(round_trip("2620:fe::fe", 53), "2620:fe::fe");
	CHECK_STR(round_trip("[2620:fe::fe]", 53), "2620:fe::fe");
	CHECK_STR(round_trip("[2620:FE:0::fe]:5353", 53), "[2620:fe::fe]:5353");
	CHECK_STR(round_trip("::ffff:192.0.2.1", 53), "::ffff:192.0.2.1");
	CHECK_CASE("what is none is refused");
	for (size_t i = 0; i < LAT_COUNT(bad); i++)
		if (address_parse_port(bad[i], 53, &a))
			check_fail(__FILE__, __LINE__, bad[i]);
	CHECK_CASE("a literal has no port");
	CHECK(address_parse("192.0.2.1", &a));
	CHECK_INT(a.family, 4);
	CHECK_INT(a.port, 0);
	CHECK(!address_parse("192.0.2.1:80", &a));
	CHECK(address_parse("[2001:db8::1]", &a));
	CHECK_INT(a.family, 6);
	CHECK_CASE("from the kernel's form");
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(443) };
	inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
	CHECK(address_from_sockaddr((struct sockaddr *)&in6, &b));
	CHECK(address_equal(&a, &b));
	CHECK_INT(b.port, 443);
	struct sockaddr un = { .sa_family = AF_UNIX };
	CHECK(!address_from_sockaddr(&un, &b));
	CHECK_STR(address_text(&b, text), "");
	CHECK_CASE("families differ");
	address_parse("0.0.0.0", &a);
	address_parse("::", &b);
	CHECK(!address_equal(&a, &b));
	return check_done();
}
