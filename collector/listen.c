#include "collector/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/num.h"

int listen_parse(const char *text, struct listen_addr *out, struct err *err)
{
	char host[INET6_ADDRSTRLEN + 1];
	const char *colon = strrchr(text, ':');
	bool six = text[0] == '[';
	const char *from = six ? text + 1 : text;
	const char *to = six ? strchr(text, ']') : colon;
	if (colon == NULL || to == NULL || (six && to + 1 != colon) || (size_t)(to - from) >= sizeof host)
		return err_set(err, LAT_CONFIG, "'%s' is not ADDRESS:PORT (an IPv6 address in brackets)",
		               text);
	memcpy(host, from, (size_t)(to - from));
	host[to - from] = '\0';

	int64_t port;
	if (num_parse_i64(colon + 1, "port", 0, 65535, &port, NULL) != 0)
		return err_set(err, LAT_CONFIG, "'%s': the port is not a number in 0..65535", text);

	memset(out, 0, sizeof *out);
	if (six) {
		struct sockaddr_in6 *a = (struct sockaddr_in6 *)&out->sa;
		if (inet_pton(AF_INET6, host, &a->sin6_addr) != 1)
			return err_set(err, LAT_CONFIG, "'%s': '%s' is not an IPv6 address", text, host);
		a->sin6_family = AF_INET6;
		a->sin6_port = htons((uint16_t)port);
		out->len = sizeof *a;
		out->loopback = IN6_IS_ADDR_LOOPBACK(&a->sin6_addr);
	} else {
		struct sockaddr_in *a = (struct sockaddr_in *)&out->sa;
		if (inet_pton(AF_INET, host, &a->sin_addr) != 1)
			return err_set(err, LAT_CONFIG,
			               "'%s': '%s' is not an IPv4 address (names are not resolved)", text,
			               host);
		a->sin_family = AF_INET;
		a->sin_port = htons((uint16_t)port);
		out->len = sizeof *a;
		out->loopback = (ntohl(a->sin_addr.s_addr) >> 24) == 127;
	}
	return 0;
}

static uint16_t port_of(const struct sockaddr_storage *sa)
{
	return ntohs(sa->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)sa)->sin6_port
	                                       : ((const struct sockaddr_in *)sa)->sin_port);
}

/* Does listening on `a` take what comes for `b`? */
static bool covers(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct in_addr *a4 = &((const struct sockaddr_in *)a)->sin_addr,
			     *b4 = &((const struct sockaddr_in *)b)->sin_addr;
	const struct in6_addr *a6 = &((const struct sockaddr_in6 *)a)->sin6_addr,
			      *b6 = &((const struct sockaddr_in6 *)b)->sin6_addr;
	if (a->ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(a6))
		return true; /* IPv4, too: listen_open() asks for it */
	if (a->ss_family != b->ss_family)
		return false;
	return a->ss_family == AF_INET6 ? IN6_ARE_ADDR_EQUAL(a6, b6)
	                                : a4->s_addr == htonl(INADDR_ANY) || a4->s_addr == b4->s_addr;
}

bool listen_clash(const struct listen_addr *a, const struct listen_addr *b)
{
	struct sockaddr_storage x, y;
	listen_unmap((const struct sockaddr *)&a->sa, &x);
	listen_unmap((const struct sockaddr *)&b->sa, &y);
	return port_of(&x) != 0 && port_of(&x) == port_of(&y) && (covers(&x, &y) || covers(&y, &x));
}

int listen_open(const struct listen_addr *addr, int *fd, struct err *err)
{
	char text[LISTEN_TEXT];
	const int on = 1, off = 0;
	int s = socket(addr->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0)
		return err_set_errno(err, LAT_UNAVAILABLE, "socket for %s",
		                     listen_text((const struct sockaddr *)&addr->sa, text));
	/* Restarted at once it must not wait for old connections to time out. */
	if (setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    (addr->sa.ss_family == AF_INET6 &&
	     setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) ||
	    bind(s, (const struct sockaddr *)&addr->sa, addr->len) != 0 || listen(s, SOMAXCONN) != 0) {
		err_set_errno(err, LAT_UNAVAILABLE, "cannot listen on %s",
		              listen_text((const struct sockaddr *)&addr->sa, text));
		close(s);
		return LAT_UNAVAILABLE;
	}
	*fd = s;
	return 0;
}

void listen_unmap(const struct sockaddr *sa, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof *out);
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 six;
		memcpy(&six, sa, sizeof six);
		if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
			struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = six.sin6_port};
			memcpy(&four.sin_addr, six.sin6_addr.s6_addr + 12, 4);
			memcpy(out, &four, sizeof four);
		} else {
			memcpy(out, &six, sizeof six);
		}
	} else if (sa->sa_family == AF_INET) {
		memcpy(out, sa, sizeof(struct sockaddr_in));
	}
}

static const char *print(const struct sockaddr *sa, bool with_port, char out[LISTEN_TEXT])
{
	struct sockaddr_storage plain;
	char host[INET6_ADDRSTRLEN] = "?";
	listen_unmap(sa, &plain);
	if (plain.ss_family == AF_INET6) {
		const struct sockaddr_in6 *a = (const struct sockaddr_in6 *)&plain;
		inet_ntop(AF_INET6, &a->sin6_addr, host, sizeof host);
		if (with_port)
			snprintf(out, LISTEN_TEXT, "[%s]:%d", host, ntohs(a->sin6_port));
		else
			snprintf(out, LISTEN_TEXT, "%s", host);
	} else if (plain.ss_family == AF_INET) {
		const struct sockaddr_in *a = (const struct sockaddr_in *)&plain;
		inet_ntop(AF_INET, &a->sin_addr, host, sizeof host);
		if (with_port)
			snprintf(out, LISTEN_TEXT, "%s:%d", host, ntohs(a->sin_port));
		else
			snprintf(out, LISTEN_TEXT, "%s", host);
	} else {
		snprintf(out, LISTEN_TEXT, "?");
	}
	return out;
}

const char *listen_text(const struct sockaddr *sa, char out[LISTEN_TEXT])
{
	return print(sa, true, out);
}

const char *listen_host_text(const struct sockaddr *sa, char out[LISTEN_TEXT])
{
	return print(sa, false, out);
}
