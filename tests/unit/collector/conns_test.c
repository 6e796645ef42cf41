#include "collector/conns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/check.h"

#define S US_PER_S

static struct mono at(int64_t us)
{
	return mono_add_us((struct mono){0}, 1000 * S + us);
}

/* Has the other end been shut down? */
static bool cut(int fd)
{
	char c;
	return recv(fd, &c, 1, MSG_DONTWAIT) == 0;
}

/* A TCP connection on loopback. */
static void connection(int pair[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int l = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(l, (struct sockaddr *)&a, len) == 0 && listen(l, 1) == 0);
	CHECK_INT(getsockname(l, (struct sockaddr *)&a, &len), 0);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_INT(connect(pair[0], (struct sockaddr *)&a, len), 0);
	pair[1] = accept(l, NULL, NULL);
	close(l);
}

/* Answer early on a connection whose sender is still sending; what does the sender see? */
static bool hears(bool linger)
{
	struct conns *c = conns_new(S, S, 100);
	int p[2];
	char buf[16] = "";
	static const char much[100000];
	connection(p);
	struct conn *n = conns_add(c, p[1], at(0));
	CHECK(send(p[0], much, sizeof much, 0) > 0);
	CHECK_INT(send(p[1], "no", 2, 0), 2);
	if (linger)
		conns_linger(c, n);
	conns_remove(c, n);
	close(p[1]);
	usleep(20000); /* a reset, if there is one, has arrived */
	bool sent = send(p[0], much, sizeof much, MSG_NOSIGNAL) > 0;
	conns_sweep(c, mono_now());
	ssize_t got = recv(p[0], buf, sizeof buf, MSG_DONTWAIT);
	close(p[0]);
	conns_free(c);
	return sent && got == 2 && strcmp(buf, "no") == 0;
}

/* A table of three: who is shut down for the fourth and those after it? */
static void crowded(void)
{
	int p[6][2];
	struct conn *n[6];
	struct conns *c = conns_new(S, S, 3);
	for (int i = 0; i < 6; i++)
		CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, p[i]), 0);

	CHECK_CASE("full: the oldest without a token makes room");
	for (int i = 0; i < 3; i++)
		n[i] = conns_add(c, p[i][1], at(i));
	CHECK_INT(conns_evicted(c), 0);
	conns_trusted(c, n[0], at(3));
	n[3] = conns_add(c, p[3][1], at(4));
	CHECK(!cut(p[0][0]) && cut(p[1][0]) && !cut(p[2][0]) && !cut(p[3][0]));
	CHECK_INT(conns_evicted(c), 1);
	CHECK_INT(conns_evicted(c), 0);
	CHECK_INT(conns_count(c), 4); /* the one shut down is not removed yet */
	CHECK_INT(conns_sweep(c, at(0)), 0);

	CHECK_CASE("one that was removed has made room itself");
	conns_remove(c, n[1]);
	conns_remove(c, n[2]);
	n[4] = conns_add(c, p[4][1], at(5));
	CHECK_INT(conns_evicted(c), 0);

	CHECK_CASE("all have shown a token: the new one goes");
	conns_trusted(c, n[3], at(6));
	conns_trusted(c, n[4], at(6));
	n[5] = conns_add(c, p[5][1], at(7));
	CHECK(cut(p[5][0]) && !cut(p[0][0]) && !cut(p[3][0]) && !cut(p[4][0]));
	CHECK_INT(conns_evicted(c), 1);
	for (int i = 0; i < 6; i++) {
		if (i != 1 && i != 2)
			conns_remove(c, n[i]);
		close(p[i][0]);
		close(p[i][1]);
	}
	CHECK_INT(conns_count(c), 0);
	conns_free(c);
}

int main(void)
{
	int a[2], b[2];
	struct conns *c = conns_new(20 * S, 120 * S, 100);

	CHECK_CASE("cut off at the deadline, not before");
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	struct conn *n = conns_add(c, a[1], at(0));
	CHECK_INT(conns_sweep(c, at(19 * S)), 0);
	CHECK(!cut(a[0]));
	CHECK_INT(conns_sweep(c, at(20 * S)), 1);
	CHECK(cut(a[0]));
	CHECK_INT(conns_sweep(c, at(21 * S)), 0);
	conns_remove(c, n);
	CHECK_INT(conns_count(c), 0);
	close(a[0]);
	close(a[1]);

	CHECK_CASE("a valid token gives it the longer one");
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	n = conns_add(c, a[1], at(0));
	conns_busy(c, n);
	conns_trusted(c, n, at(10 * S));
	CHECK_INT(conns_sweep(c, at(129 * S)), 0);

	CHECK_CASE("while the writer has it, no deadline; then time for the answer");
	conns_waiting(c, n, true, at(129 * S));
	CHECK_INT(conns_sweep(c, at(1000 * S)), 0);
	conns_waiting(c, n, false, at(1000 * S));
	CHECK_INT(conns_sweep(c, at(1019 * S)), 0);

	CHECK_CASE("a good answer buys time, an error doesn't");
	conns_answered(c, n, true, at(1010 * S));
	conns_busy(c, n);
	conns_answered(c, n, false, at(1100 * S));
	CHECK_INT(conns_sweep(c, at(1129 * S)), 0);
	CHECK_INT(conns_sweep(c, at(1131 * S)), 1);
	CHECK(cut(a[0]));

	CHECK_CASE("other deadlines are for what begins from then on");
	conns_set_deadlines(c, 2 * S, 5 * S);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	struct conn *later = conns_add(c, b[1], at(2000 * S));
	CHECK_INT(conns_sweep(c, at(2001 * S)), 0);
	CHECK_INT(conns_sweep(c, at(2003 * S)), 1);
	conns_remove(c, later);
	close(b[0]);
	close(b[1]);

	CHECK_CASE("idle ones first");
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	struct conn *idle = conns_add(c, b[1], at(0));
	conns_remove(c, n);
	close(a[0]);
	close(a[1]);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	n = conns_add(c, a[1], at(0));
	conns_busy(c, n);
	conns_shutdown(c, true);
	CHECK(cut(b[0]) && !cut(a[0]));
	conns_waiting(c, n, true, at(0));
	conns_shutdown(c, false);
	CHECK(!cut(a[0]));
	conns_waiting(c, n, false, at(0));
	conns_shutdown(c, false);
	CHECK(cut(a[0]));
	conns_remove(c, idle);

	CHECK_CASE("a descriptor used anew is not hit");
	close(b[1]);
	int again = dup(a[0]);
	CHECK_INT(again, b[1]);
	conns_remove(c, n);
	CHECK_INT(conns_sweep(c, at(5000 * S)), 0);
	CHECK_INT(conns_count(c), 0);
	close(again);
	close(a[0]);
	close(a[1]);
	close(b[0]);
	conns_free(c);

	crowded();

	CHECK_CASE("lingering: an early answer is heard by who is still sending");
	CHECK(hears(true));
	CHECK(!hears(false)); /* else this test proves nothing */
	return check_done();
}
