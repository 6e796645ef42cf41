/* One request to a server that this test plays itself, in the very loop that asks. */
#include "probe/fetch.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/attr.h"
#include "tests/check.h"

static struct loop *loop;
static struct fetch_result result;
static bool over;
static int hold[2];
static struct mono turn; /* woke when: the answer's turn, in which others come first */
static bool resets, bare_errors;

/* Instead of glibc's. The kernel notes a reset's error before it notes that the connection is over (tcp_reset(), in
 * net/ipv4/tcp_input.c): for a moment the error is all that epoll shows. Here the moment lasts. */
int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
	int n = epoll_pwait(epoll, events, most, timeout_ms, NULL);
	for (int i = 0; bare_errors && i < n; i++)
		if (events[i].events & EPOLLERR)
			events[i].events = EPOLLERR;
	return n;
}

static void on_hold(void *ctx LAT_UNUSED, int fd, uint32_t events LAT_UNUSED)
{
	char c;
	CHECK_INT(read(fd, &c, 1), 1);
	usleep(20000);
	turn = loop_woke(loop);
}

/* Another's work is there before the answer is. */
static void on_request(void *ctx LAT_UNUSED, int fd, uint32_t events LAT_UNUSED)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	static const struct linger at_once = { .l_onoff = 1 };
	char text[4096];
	ssize_t n = read(fd, text, sizeof text);
	if (n > 0 && resets)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	if (n > 0 && !resets) {
		CHECK_INT(write(hold[1], "x", 1), 1);
		CHECK_INT(write(fd, answer, sizeof answer - 1), sizeof answer - 1);
	} else {
		loop_watch(loop, fd, 0, NULL, NULL);
		close(fd);
	}
}

static void on_visitor(void *ctx LAT_UNUSED, int fd, uint32_t events LAT_UNUSED)
{
	int visitor = accept(fd, NULL, NULL);
	CHECK(visitor >= 0 && loop_watch(loop, visitor, EPOLLIN, on_request, NULL));
}

static void on_result(void *ctx LAT_UNUSED, const struct fetch_result *r)
{
	result = *r;
	over = true;
}

static void ask(struct fetch *fetch, const struct fetch_request *request)
{
	struct err err = {0};
	over = false;
	CHECK_INT(fetch_start(fetch, request, NULL, on_result, NULL, &err), 0);
	while (!over && loop_turn(loop, &err) == 0)
		;
}

int main(void)
{
	struct err err = {0};
	struct guard guard = { .off = true };
	struct fetcher_options options = { .guard = &guard };
	struct fetcher *fetcher;
	struct arena arena = {0};
	struct plan_url url;
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof in;
	char text[64];
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (fetch_library_init(&err) != 0 || loop_new(&loop, &err) != 0 || fetcher_new(&fetcher, loop, &options, &err) != 0 ||
	    bind(server, (struct sockaddr *)&in, size) != 0 || listen(server, 8) != 0 || pipe(hold) != 0 ||
	    getsockname(server, (struct sockaddr *)&in, &size) != 0)
		return 1;
	snprintf(text, sizeof text, "http://127.0.0.1:%u/", (unsigned)ntohs(in.sin_port));
	CHECK_INT(plan_url_parse(&arena, text, &url, &err), 0);
	CHECK(loop_watch(loop, server, EPOLLIN, on_visitor, NULL) && loop_watch(loop, hold[0], EPOLLIN, on_hold, NULL));
	struct fetch *fetch = fetch_new(fetcher);
	struct fetch_request request = { .url = &url, .timeout_ms = 5000 };
	CHECK(address_parse("127.0.0.1", &request.addr));

	CHECK_CASE("what the loop did before it looked at the answer is no part of wait, in clear text either");
	/* A busy kernel may deliver the answer a turn later; not each time. */
	bool apart = false;
	for (int i = 0; i < 10 && !apart; i++) {
		struct mono before = mono_now();
		ask(fetch, &request);
		CHECK_INT(result.error, NEL_OK);
		CHECK_INT(result.status, 200);
		CHECK(result.tcp_us >= 0 && result.tls_us == US_NONE && result.wait_us >= 0 && result.body_us >= 0);
		apart = result.wait_us <= mono_diff_us(before, turn);
	}
	CHECK(apart);

	CHECK_CASE("a reset is a reset, also when epoll shows the error and nothing else");
	resets = true;
	for (int i = 0; i < 2; i++) {
		bare_errors = i == 1;
		ask(fetch, &request);
		CHECK_INT(result.error, NEL_TCP_RESET);
		CHECK(result.tcp_us >= 0 && result.wait_us == US_NONE);
	}

	fetch_free(fetch);
	fetcher_free(fetcher);
	loop_free(loop);
	close(server);
	close(hold[0]);
	close(hold[1]);
	arena_free(&arena);
	fetch_library_cleanup();
	return check_done();
}
