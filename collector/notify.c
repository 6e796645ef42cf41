#include "collector/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/num.h"

void notify_init(struct notify *n)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	int64_t us = 0, whose = getpid();
	*n = (struct notify){.alive = mono_now()};
	if (usec == NULL || num_parse_i64(usec, "WATCHDOG_USEC", 1, INT64_MAX / 2, &us, NULL) != 0)
		return;
	if (pid != NULL && (num_parse_i64(pid, "WATCHDOG_PID", 1, INT64_MAX, &whose, NULL) != 0 ||
	                    whose != getpid()))
		return;
	n->watchdog_us = us;
}

bool notify_send(const char *state)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof to.sun_path)
		return false;
	size_t len = strlen(path);
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* an abstract name (unix(7)): of just this length */
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (path[0] == '/'));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to, size);
	close(fd);
	return sent == (ssize_t)strlen(state);
}

void notify_alive(struct notify *n, struct mono now)
{
	if (n->watchdog_us == 0 || mono_diff_us(n->alive, now) < n->watchdog_us / 2)
		return;
	n->alive = now;
	notify_send("WATCHDOG=1");
}
