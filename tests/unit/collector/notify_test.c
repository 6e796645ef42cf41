#include "collector/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/unit/collector/scratch.h"

/* A socket as systemd holds it, at `path`; '@' begins an abstract name. */
static int listen_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	memcpy(a.sun_path, path, strlen(path));
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + (path[0] == '/'));
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0);
	return fd;
}

static const char *heard(int fd)
{
	static char text[256];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

int main(void)
{
	struct scratch s;
	char path[96], name[64], pid[32];
	struct notify n;
	scratch_make(&s);
	snprintf(path, sizeof path, "%s/out", s.dir);
	snprintf(name, sizeof name, "@latlas-notify-%d", (int)getpid());

	CHECK_CASE("without systemd, nothing");
	unsetenv("NOTIFY_SOCKET");
	CHECK(!notify_send("READY=1"));
	setenv("NOTIFY_SOCKET", "relative", 1);
	CHECK(!notify_send("READY=1"));

	CHECK_CASE("a path, an abstract name");
	int fd = listen_at(path);
	setenv("NOTIFY_SOCKET", path, 1);
	CHECK(notify_send("READY=1"));
	CHECK_STR(heard(fd), "READY=1");
	int abstract = listen_at(name);
	setenv("NOTIFY_SOCKET", name, 1);
	CHECK(notify_send("STOPPING=1"));
	CHECK_STR(heard(abstract), "STOPPING=1");

	CHECK_CASE("nobody there is no error that anybody would notice");
	close(abstract);
	CHECK(!notify_send("READY=1"));

	CHECK_CASE("signs of life, twice as often as they must be");
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "10000000", 1);
	unsetenv("WATCHDOG_PID");
	notify_init(&n);
	notify_alive(&n, mono_add_us(n.alive, 4999999));
	CHECK_STR(heard(fd), "");
	struct mono then = mono_add_us(n.alive, 5000000);
	notify_alive(&n, then);
	CHECK_STR(heard(fd), "WATCHDOG=1");
	notify_alive(&n, mono_add_us(then, 4999999));
	CHECK_STR(heard(fd), "");

	CHECK_CASE("meant for another process, or no number: none");
	snprintf(pid, sizeof pid, "%d", (int)getppid());
	setenv("WATCHDOG_PID", pid, 1);
	notify_init(&n);
	CHECK_INT(n.watchdog_us, 0);
	notify_alive(&n, mono_add_us(n.alive, 60000000));
	CHECK_STR(heard(fd), "");
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	notify_init(&n);
	CHECK_INT(n.watchdog_us, 10000000);
	setenv("WATCHDOG_USEC", "soon", 1);
	notify_init(&n);
	CHECK_INT(n.watchdog_us, 0);
	close(fd);
	scratch_remove(&s);
	return check_done();
}
