/* Questions to name servers that this test plays itself, in the very loop that asks: who is
 * asked next after which answer, and what comes out. */
#include "probe/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/attr.h"
#include "tests/check.h"

enum { NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, DEAF = 100, CHAIN };

struct server {
	int fd, rcode, asked;
	bool authority; /* it says AA */
	bool recursion; /* was desired by the last query */
	unsigned id;    /* of the last query */
	struct address addr;
};

static struct loop *loop;
static struct resolve *resolve;
static struct resolve_answer answer;
static struct dnsmsg message; /* that came with it */
static bool answered;

/* c-ares's, which fails when told to. By another name in C, for its own type differs from version to version. */
static int channel_fault = ARES_SUCCESS;
int set_servers_or_fail(ares_channel channel, const struct ares_addr_port_node *servers) __asm__("ares_set_servers_ports");
int set_servers_or_fail(ares_channel channel, const struct ares_addr_port_node *servers)
{
	static int (*next)(ares_channel, const struct ares_addr_port_node *);
	if (next == NULL) {
		void *found = dlsym(RTLD_NEXT, "ares_set_servers_ports");
		memcpy(&next, &found, sizeof next); /* C has no cast for it */
	}
	return channel_fault != ARES_SUCCESS ? channel_fault : next(channel, servers);
}

static void on_query(void *ctx, int fd, uint32_t events LAT_UNUSED)
{
	struct server *s = ctx;
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	unsigned char q[512], record[16] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 77, 0, 4, 192, 0, 2, 33 };
	/* www.example.com CNAME x.example.com, TTL 7 */
	unsigned char cname[16] = { 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 7, 0, 4, 1, 'x', 0xc0, 16 };
	ssize_t n = recvfrom(fd, q, sizeof q - sizeof record - sizeof cname, 0, (struct sockaddr *)&from, &size);
	s->asked++;
	s->recursion = q[2] & 1;
	s->id = (unsigned)q[0] << 8 | q[1];
	if (n < 12 || s->rcode == DEAF)
		return;
	size_t end = 12;
	while (q[end] != 0)
		end += 1u + q[end];
	end += 5;
	q[2] = (unsigned char)(0x80 | (s->authority ? 4 : 0) | (q[2] & 1)); /* an answer */
	q[3] = (unsigned char)(s->rcode == CHAIN ? 0 : s->rcode);
	q[7] = s->rcode == NOERROR || s->rcode == CHAIN;
	q[11] = 0;   /* without the question's EDNS record */
	if (s->rcode == NOERROR) {
		memcpy(q + end, record, sizeof record);
		end += sizeof record;
	}
	if (s->rcode == CHAIN) {
		memcpy(q + end, cname, sizeof cname);
		end += sizeof cname;
	}
	CHECK_INT(sendto(fd, q, end, 0, (struct sockaddr *)&from, size), end);
}

static void play(struct server *s, int rcode)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof in;
	*s = (struct server){ .fd = socket(AF_INET, SOCK_DGRAM, 0), .rcode = rcode };
	CHECK_INT(bind(s->fd, (struct sockaddr *)&in, size), 0);
	getsockname(s->fd, (struct sockaddr *)&in, &size);
	address_from_sockaddr((struct sockaddr *)&in, &s->addr);
	CHECK(loop_watch(loop, s->fd, EPOLLIN, on_query, s));
}

static void stop(struct server *s)
{
	loop_watch(loop, s->fd, 0, NULL, NULL);
	close(s->fd);
}

static void on_answer(void *ctx, const struct resolve_answer *a)
{
	(void)ctx;
	answer = *a;
	message = a->message != NULL ? *a->message : (struct dnsmsg){0};
	answered = true;
}

static void put(const struct resolve_question *q, int64_t deadline_us)
{
	struct err err = {0};
	answered = false;
	resolve_start(resolve, q, mono_add_us(mono_now(), deadline_us), NULL, on_answer, NULL);
	CHECK(!answered); /* never from within the call */
	while (!answered && loop_turn(loop, &err) == 0)
		;
}

static void ask(const struct address *servers, size_t n, int64_t deadline_us)
{
	put(&(struct resolve_question){ .host = "www.example.com", .type = DNSMSG_A, .servers = servers,
	                                .server_count = n }, deadline_us);
}

/* Another's work, which the loop does first in the turn that the answer comes in. */
static int hold[2];
static struct mono turn; /* woke when */
static void on_hold(void *ctx LAT_UNUSED, int fd, uint32_t events LAT_UNUSED)
{
	char c;
	CHECK_INT(read(fd, &c, 1), 1);
	usleep(20000);
	turn = loop_woke(loop);
}

/* After that it is the turn of the name server, which the loop finds ready with us: it answers for
 * the next turn, in which a byte waits that was there before. */
static void on_query_held(void *ctx, int fd, uint32_t events)
{
	CHECK_INT(write(hold[1], "x", 1), 1);
	on_query(ctx, fd, events);
}

static void busy(struct server *good)
{
	CHECK_CASE("what the loop did before it looked at the answer is no part of dns");
	CHECK_INT(pipe(hold), 0);
	CHECK(loop_watch(loop, hold[0], EPOLLIN, on_hold, NULL));
	CHECK(loop_watch(loop, good->fd, EPOLLIN, on_query_held, good));
	/* A busy kernel may deliver the answer a turn later; not each time. */
	bool apart = false;
	for (int i = 0; i < 10 && !apart; i++) {
		struct mono before = mono_now();
		ask(&good->addr, 1, US_PER_S);
		CHECK_INT(answer.error, NEL_OK);
		apart = answer.dns_us <= mono_diff_us(before, turn);
	}
	CHECK(apart);
	CHECK(loop_watch(loop, good->fd, EPOLLIN, on_query, good));
	CHECK(loop_watch(loop, hold[0], 0, NULL, NULL));
	close(hold[0]);
	close(hold[1]);
}

static void authorities(struct server *good, struct server *chain)
{
	struct resolve_question q = {
		.host = "www.example.com", .type = DNSMSG_A, .authority = true, .servers = &good->addr, .server_count = 1,
	};
	CHECK_CASE("an authority is asked without recursion, and must answer as one");
	put(&q, US_PER_S);
	CHECK_INT(answer.error, NEL_DNS_FAILED);
	CHECK(!good->recursion);
	good->authority = true;
	put(&q, US_PER_S);
	CHECK_INT(answer.error, NEL_OK);
	CHECK_INT(answer.ttl, 77);
	good->authority = false;
	CHECK_CASE("an authority may only know where it leads; of a resolver that is no answer");
	q.servers = &chain->addr;
	put(&q, US_PER_S);
	CHECK_INT(answer.error, NEL_OK);
	CHECK_INT(answer.addr.family, 0);
	CHECK_STR(message.cname, "x.example.com");
	CHECK(answer.dns_us > 0);
	q.authority = false;
	put(&q, US_PER_S);
	CHECK_INT(answer.error, NEL_DNS_NAME_NOT_RESOLVED);
	CHECK(chain->recursion);
	CHECK_CASE("what is no name is not asked for");
	chain->asked = 0;
	q.host = "www..com";
	put(&q, US_PER_S);
	CHECK_INT(answer.error, NEL_DNS_NAME_NOT_RESOLVED);
	CHECK_INT(chain->asked, 0);
	CHECK_CASE("ids differ from question to question");
	unsigned first = 0, changes = 0;
	for (int i = 0; i < 8; i++) {
		ask(&good->addr, 1, US_PER_S);
		changes += i > 0 && good->id != first;
		first = good->id;
	}
	CHECK(changes >= 6); /* two of seven equal by chance: 5e-9 */
}

int main(void)
{
	struct err err = {0};
	struct server good, broken, none, deaf, gone, chain;
	char text[ADDRESS_TEXT];
	if (loop_new(&loop, &err) != 0 || resolve_library_init(&err) != 0)
		return 1;
	resolve = resolve_new(loop);
	play(&good, NOERROR);
	play(&broken, SERVFAIL);
	play(&none, NXDOMAIN);
	play(&deaf, DEAF);
	play(&chain, CHAIN);
	chain.authority = true;
	play(&gone, NOERROR);
	stop(&gone); /* nobody listens there: ICMP says so */

	CHECK_CASE("an address, its TTL, and who said it");
	ask(&good.addr, 1, US_PER_S);
	CHECK_INT(answer.error, NEL_OK);
	CHECK_STR(address_text(&answer.addr, text), "192.0.2.33");
	CHECK_INT(answer.ttl, 77);
	CHECK_INT(answer.tries, 1);
	CHECK_INT(good.asked, 1);
	CHECK_INT(answer.server.port, good.addr.port);
	CHECK(answer.dns_us > 0 && answer.dns_us < US_PER_S);
	CHECK(!answer.tcp);
	CHECK(good.recursion);
	busy(&good);
	authorities(&good, &chain);
	good.asked = 0;
	CHECK_CASE("a broken server and one that is gone: the next of the list is asked");
	struct address list[] = { broken.addr, gone.addr, good.addr };
	ask(list, 3, US_PER_S);
	CHECK_INT(answer.error, NEL_OK);
	CHECK_INT(answer.tries, 3);
	CHECK_INT(answer.server.port, good.addr.port);
	CHECK_INT(broken.asked, 1);
	CHECK_CASE("NXDOMAIN is an answer: nobody else is asked");
	struct address sure[] = { none.addr, good.addr };
	good.asked = 0;
	ask(sure, 2, US_PER_S);
	CHECK_INT(answer.error, NEL_DNS_NAME_NOT_RESOLVED);
	CHECK_INT(answer.dns_us, -1);
	CHECK_INT(answer.ttl, -1);
	CHECK_INT(answer.addr.family, 0);
	CHECK_INT(good.asked, 0);
	CHECK_CASE("nothing better in the list: what the last one said");
	ask(&broken.addr, 1, US_PER_S);
	CHECK_INT(answer.error, NEL_DNS_FAILED);
	ask(&gone.addr, 1, US_PER_S);
	CHECK_INT(answer.error, NEL_DNS_UNREACHABLE);
	CHECK_INT(answer.tries, 1);
	CHECK_CASE("a silent server is asked until the deadline, which is kept");
	struct mono before = mono_now();
	ask(&deaf.addr, 1, 2300000);
	int64_t took = mono_diff_us(before, mono_now());
	CHECK_INT(answer.error, NEL_DNS_UNREACHABLE);
	CHECK_INT(answer.tries, 2); /* at 0 and at RESOLVE_TRY_US */
	CHECK_INT(deaf.asked, 2);
	CHECK(took >= 2300000 && took < 2800000);
	CHECK_CASE("no server at all is our own fault");
	ask(NULL, 0, US_PER_S);
	CHECK_INT(answer.error, NEL_LOCAL_NO_RESOLVER);
	CHECK_CASE("so is a channel that cannot be opened, whatever c-ares calls it");
	static const int faults[] = { ARES_ENOMEM, ARES_EFILE, ARES_ENOTINITIALIZED };
	good.asked = 0;
	for (size_t i = 0; i < LAT_COUNT(faults); i++) {
		channel_fault = faults[i];
		ask(&good.addr, 1, US_PER_S);
		CHECK_INT(answer.error, NEL_LOCAL_FAILED);
		CHECK_INT(answer.dns_us, -1);
	}
	CHECK_INT(good.asked, 0);
	channel_fault = ARES_SUCCESS;
	CHECK_CASE("a question that is given up leaves nothing behind");
	struct mono later = mono_add_us(mono_now(), US_PER_S);
	struct resolve_question open = { .host = "www.example.com", .type = DNSMSG_A, .servers = &deaf.addr,
	                                 .server_count = 1 };
	resolve_start(resolve, &open, later, NULL, on_answer, NULL);
	answered = false;
	resolve_free(resolve);
	CHECK(!answered);
	stop(&good);
	stop(&broken);
	stop(&none);
	stop(&chain);
	stop(&deaf);
	CHECK_INT(loop_turn(loop, &err), LAT_SOFTWARE); /* no watch and no timer is left */
	loop_free(loop);
	resolve_library_cleanup();
	return check_done();
}
