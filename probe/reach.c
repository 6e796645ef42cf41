#include "probe/reach.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe/failure.h"

#define NAME_SERVER_PORT 53

static bool is_loopback(const struct address *a)
{
	static const unsigned char v6[16] = { [15] = 1 };
	return a->family == 4 ? a->bytes[0] == 127 : memcmp(a->bytes, v6, sizeof v6) == 0;
}

/* connect(2) on a datagram socket looks the route up and sends nothing. */
static int try_connect(const struct address *a)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(a->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(a->port) };
	memcpy(&in.sin_addr, a->bytes, sizeof in.sin_addr);
	memcpy(&in6.sin6_addr, a->bytes, sizeof in6.sin6_addr);
	bool v6 = a->family == 6;
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	int rc = connect(fd, v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in, v6 ? sizeof in6 : sizeof in);
	int why = rc != 0 ? errno : 0;
	close(fd);
	return why;
}

enum nel_type reach_fault(const struct address *server)
{
	enum nel_type type = failure_of_errno(try_connect(server));
	switch (type) {
	case NEL_LOCAL_DESCRIPTORS:
	case NEL_LOCAL_NO_ROUTE:
	case NEL_LOCAL_FAILED:
		return type;
	default:
		/* resolv.conf(5): without a name server in it, the one of this host is meant. */
		return is_loopback(server) && server->port == NAME_SERVER_PORT ? NEL_LOCAL_NO_RESOLVER : NEL_OK;
	}
}
