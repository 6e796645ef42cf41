#include "collector/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "lib/attr.h"
#include "tests/check.h"

static const char *parsed(const char *text)
{
	static char out[LISTEN_TEXT];
	struct listen_addr a;
	return listen_parse(text, &a, NULL) == 0 ? listen_text((struct sockaddr *)&a.sa, out) : "no";
}

int main(void)
{
	struct err err = {0};
	struct listen_addr a;
	char text[LISTEN_TEXT];

	CHECK_CASE("addresses that are");
	CHECK_STR(parsed("127.0.0.1:8443"), "127.0.0.1:8443");
	CHECK_STR(parsed("0.0.0.0:0"), "0.0.0.0:0");
	CHECK_STR(parsed("[::]:65535"), "[::]:65535");
	CHECK_STR(parsed("[2001:db8:0::1]:443"), "[2001:db8::1]:443");

	CHECK_CASE("and that aren't");
	static const char *const wrong[] = {"", ":", "8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
	                                    "127.0.0.1:-1", "127.0.0.1:x", "localhost:8443", "::1:8443", "[::1]8443",
	                                    "[::1]", "[::1", "[127.0.0.1]:1", "1.2.3:1", "[::1]x:1",
	                                    "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:1"};
	for (size_t i = 0; i < LAT_COUNT(wrong); i++)
		CHECK_STR(parsed(wrong[i]), "no");
	CHECK_INT(listen_parse("localhost:8443", &a, &err), LAT_CONFIG);
	CHECK_CONTAINS(err.text, "localhost");

	CHECK_CASE("what is loopback");
	CHECK(listen_parse("127.255.0.1:1", &a, &err) == 0 && a.loopback);
	CHECK(listen_parse("[::1]:1", &a, &err) == 0 && a.loopback);
	CHECK(listen_parse("128.0.0.1:1", &a, &err) == 0 && !a.loopback);
	CHECK(listen_parse("[::]:1", &a, &err) == 0 && !a.loopback);
	CHECK(listen_parse("0.0.0.0:1", &a, &err) == 0 && !a.loopback);

	CHECK_CASE("an IPv4 address in IPv6's clothes");
	CHECK(listen_parse("[::ffff:1.2.3.4]:5", &a, &err) == 0);
	CHECK_STR(listen_text((struct sockaddr *)&a.sa, text), "1.2.3.4:5");
	CHECK_STR(listen_host_text((struct sockaddr *)&a.sa, text), "1.2.3.4");

	CHECK_CASE("do two addresses exclude each other? One port, and the same address or one that means all");
	static const struct { const char *a, *b; bool clash; } pairs[] = {
		{"127.0.0.1:5", "127.0.0.1:5", true}, {"127.0.0.1:5", "127.0.0.1:6", false},
		{"127.0.0.1:5", "127.0.0.2:5", false}, {"0.0.0.0:5", "127.0.0.1:5", true},
		{"[::]:5", "127.0.0.1:5", true}, {"[::]:5", "0.0.0.0:5", true}, {"[::]:5", "[::1]:5", true},
		{"[::1]:5", "127.0.0.1:5", false}, {"[::1]:5", "0.0.0.0:5", false},
		{"[::1]:5", "[::1]:5", true}, {"[::1]:5", "[::2]:5", false},
		{"[::ffff:127.0.0.1]:5", "127.0.0.1:5", true}, {"127.0.0.1:0", "127.0.0.1:0", false},
	};
	for (size_t i = 0; i < LAT_COUNT(pairs); i++) {
		struct listen_addr b;
		CHECK_INT(listen_parse(pairs[i].a, &a, &err), 0);
		CHECK_INT(listen_parse(pairs[i].b, &b, &err), 0);
		CHECK_INT(listen_clash(&a, &b), pairs[i].clash);
		CHECK_INT(listen_clash(&b, &a), pairs[i].clash);
	}

	CHECK_CASE("[::] takes IPv4 too");
	int fd = -1, client = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in6 bound;
	socklen_t len = sizeof bound;
	CHECK(listen_parse("[::]:0", &a, &err) == 0);
	if (listen_open(&a, &fd, &err) != 0) {
		CHECK_SKIP("no IPv6 here");
	} else {
		CHECK_INT(getsockname(fd, (struct sockaddr *)&bound, &len), 0);
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = bound.sin6_port,
		                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		CHECK_INT(connect(client, (struct sockaddr *)&to, sizeof to), 0);
	}

	CHECK_CASE("a port that is taken");
	int first = -1, second = -1;
	struct sockaddr_in taken;
	len = sizeof taken;
	CHECK(listen_parse("127.0.0.1:0", &a, &err) == 0);
	CHECK_INT(listen_open(&a, &first, &err), 0);
	CHECK_INT(getsockname(first, (struct sockaddr *)&taken, &len), 0);
	memcpy(&a.sa, &taken, sizeof taken);
	CHECK_INT(listen_open(&a, &second, &err), LAT_UNAVAILABLE);
	CHECK_CONTAINS(err.text, "127.0.0.1:");
	close(first);
	close(client);
	if (fd >= 0)
		close(fd);
	return check_done();
}
