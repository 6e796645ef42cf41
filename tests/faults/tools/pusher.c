/* Push batches over plain HTTP on loopback, from many connections, and note each answer.
 *
 *     pusher --probes FILE --port-file FILE [--from N] [--count N] [OPTION...]
 *     pusher --probes FILE --expect [--from N] [--count N] [OPTION...]
 *
 *   --probes FILE     lines NAME TOKEN
 *   --port-file FILE  where the collector's port is; read again whenever a connection fails
 *   --acks FILE       a line "NUMBER STATUS RETRY-AFTER" for each answer is added to it (status 0: none)
 *   --connections N   that push beside each other
 *   --burst N --pause MS   pause after each N batches, so that a fold begins
 *   --every MS        each connection starts a batch so often; latency counts from when it was due
 *   --once            one attempt a batch, whatever comes of it
 *   --patience MS     wait no longer than this, whatever Retry-After says; 0: as it says
 *   --time S          give up after
 *   --answer S        wait so long for an answer (20)
 *   --base-us T --step-us T --samples K --space K    the batches: see batches.h
 *   --expect          print what the store must say of each batch, and push nothing
 *
 * SIGTERM ends it: what is in flight is waited for. A batch is tried until it is acknowledged, as a
 * probe's spool does; 429 and 503 without a Retry-After, and whatever else is not 200, are complaints, and
 * the exit status then is 1. The last line says
 *     taken N acknowledged N again N busy N lost N wrong N p50_us N p99_us N max_us N
 * (lost: connections that ended without an answer). */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <fcntl.h>
#include <time.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/num.h"
#include "schema/wire.h"
#include "tests/faults/tools/batches.h"

#define CONNECTIONS_MAX 256
#define ANSWER_MAX 8192
#define AGAIN_US 10000        /* before the next attempt when there was no answer */

struct pusher {
	struct batches batches;
	const char *port_file, *acks_file;
	int64_t from, count, connections, burst, pause_ms, every_ms, patience_ms, time_s, answer_s;
	bool once;
	struct mono began;

	pthread_mutex_t lock; /* of all below */
	int64_t next, resume_ns;
	int acks;
	int64_t acknowledged, again, busy, lost, wrong;
	int64_t *took_us;
	size_t took;
};

struct answer { int status; int64_t retry_after_s; bool close, duplicate; };

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static bool over(const struct pusher *p)
{
	return stopped || (p->time_s > 0 && mono_diff_us(p->began, mono_now()) > p->time_s * US_PER_S);
}

static void sleep_us(int64_t us)
{
	struct timespec t = {us / US_PER_S, us % US_PER_S * 1000};
	if (us > 0)
		nanosleep(&t, NULL);
}

/* In slices, so that SIGTERM and --time are heard. */
static void wait_us(const struct pusher *p, int64_t us)
{
	for (; us > 0 && !over(p); us -= 50000)
		sleep_us(us < 50000 ? us : 50000);
}

/* The next number, or -1 when there is none; waits out a pause. */
static int64_t take(struct pusher *p)
{
	for (;;) {
		pthread_mutex_lock(&p->lock);
		int64_t now = mono_now().ns, n = -1, pause = p->resume_ns - now;
		if (pause <= 0 && !over(p) && p->next < p->from + p->count) {
			n = p->next++;
			if (p->burst > 0 && (n + 1 - p->from) % p->burst == 0)
				p->resume_ns = now + p->pause_ms * 1000000;
		}
		bool none = p->next >= p->from + p->count;
		pthread_mutex_unlock(&p->lock);
		if (n >= 0 || none || over(p))
			return n;
		wait_us(p, pause / 1000 + 1);
	}
}

static int dial(const struct pusher *p)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {.tv_sec = p->answer_s};
	int port = 0, on = 1;
	FILE *f = fopen(p->port_file, "r");
	if (f == NULL)
		return -1;
	int got = fscanf(f, "%d", &port);
	fclose(f);
	if (got != 1)
		return -1;
	a.sin_port = htons((uint16_t)port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static const char *header_of(const char *head, const char *name)
{
	for (const char *at = strstr(head, "\r\n"); at != NULL; at = strstr(at + 2, "\r\n"))
		if (strncasecmp(at + 2, name, strlen(name)) == 0 && at[2 + strlen(name)] == ':')
			return at + 3 + strlen(name);
	return NULL;
}

/* Read one answer to its end. false: there is none that is whole. */
static bool read_answer(int fd, struct answer *a)
{
	char text[ANSWER_MAX + 1];
	size_t len = 0;
	for (;;) {
		ssize_t n = recv(fd, text + len, ANSWER_MAX - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		char *end = strstr(text, "\r\n\r\n");
		if (end == NULL)
			continue;
		const char *length = header_of(text, "Content-Length"), *retry = header_of(text, "Retry-After");
		const char *connection = header_of(text, "Connection");
		if (length == NULL || sscanf(text, "HTTP/1.1 %d", &a->status) != 1)
			return false;
		if (len < (size_t)(end + 4 - text) + strtoul(length, NULL, 10))
			continue;
		a->retry_after_s = retry == NULL ? -1 : strtol(retry, NULL, 10);
		a->close = connection != NULL && strncasecmp(connection, " close", 6) == 0;
		a->duplicate = strstr(end, "\"duplicate\":true") != NULL;
		return true;
	}
}

/* The request for batch `n`, whole. */
static void compose(const struct pusher *p, int64_t n, struct buf *out)
{
	struct batch b;
	struct buf body = {0};
	struct err err = {0};
	batches_make(&p->batches, (uint64_t)n, &b);
	buf_clear(out);
	if (wire_encode(&b, &body, &err) != 0
	    || !buf_addf(out,
	                 "POST /v1/batches HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
	                 "Content-Length: %zu\r\n\r\n",
	                 p->batches.tokens[(size_t)n % p->batches.count], body.len)
	    || !buf_add(out, body.data, body.len))
		abort();
	buf_free(&body);
	batch_free(&b);
}

static void note(struct pusher *p, int64_t n, const struct answer *a)
{
	char line[64];
	int len = snprintf(line, sizeof line, "%" PRId64 " %d %" PRId64 "\n", n, a->status, a->retry_after_s);
	pthread_mutex_lock(&p->lock);
	if (p->acks >= 0 && write(p->acks, line, (size_t)len) != len)
		p->wrong++;
	if (a->status == 200) {
		p->acknowledged++;
		p->again += a->duplicate;
	} else if (a->status == 0) {
		p->lost++;
	} else if (a->status == 429 || a->status == 503) {
		p->busy++;
		p->wrong += a->retry_after_s < 0;
	} else {
		p->wrong++;
	}
	pthread_mutex_unlock(&p->lock);
}

static void note_time(struct pusher *p, struct mono due)
{
	int64_t us = mono_diff_us(due, mono_now());
	pthread_mutex_lock(&p->lock);
	if (p->took % 1024 == 0) {
		p->took_us = realloc(p->took_us, (p->took + 1024) * sizeof *p->took_us);
		if (p->took_us == NULL)
			abort();
	}
	p->took_us[p->took++] = us;
	pthread_mutex_unlock(&p->lock);
}

/* One attempt; the connection is kept where it can be. */
static struct answer attempt(struct pusher *p, int *fd, const struct buf *request)
{
	struct answer a = {.retry_after_s = -1};
	if (*fd < 0)
		*fd = dial(p);
	if (*fd >= 0 && (!send_all(*fd, request->data, request->len) || !read_answer(*fd, &a) || a.close)) {
		close(*fd);
		*fd = -1;
	}
	return a;
}

/* Until it is acknowledged. (An idle connection that the collector closed meanwhile is no loss
 * that `lost` would tell from others; the next attempt follows at once.) */
static void push(struct pusher *p, int *fd, int64_t n, const struct buf *request)
{
	for (;;) {
		struct answer a = attempt(p, fd, request);
		note(p, n, &a);
		if (p->once || over(p) || (a.status != 0 && a.status != 429 && a.status != 503))
			return;
		int64_t us = a.retry_after_s > 0 ? a.retry_after_s * US_PER_S : AGAIN_US;
		if (p->patience_ms > 0 && us > p->patience_ms * US_PER_MS)
			us = p->patience_ms * US_PER_MS;
		wait_us(p, us);
	}
}

static void *run(void *arg)
{
	struct pusher *p = arg;
	struct buf request = {0};
	struct mono due = mono_now();
	int fd = -1;
	int64_t n;
	while ((n = take(p)) >= 0) {
		compose(p, n, &request);
		if (p->every_ms > 0) {
			wait_us(p, mono_diff_us(mono_now(), due));
		} else {
			due = mono_now();
		}
		push(p, &fd, n, &request);
		note_time(p, due);
		due = mono_add_us(due, p->every_ms * US_PER_MS);
	}
	if (fd >= 0)
		close(fd);
	buf_free(&request);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int report(struct pusher *p)
{
	if (p->took > 0)
		qsort(p->took_us, p->took, sizeof *p->took_us, compare);
	int64_t none = 0, *t = p->took > 0 ? p->took_us : &none;
	size_t last = p->took > 0 ? p->took - 1 : 0;
	printf("taken %" PRId64 " acknowledged %" PRId64 " again %" PRId64 " busy %" PRId64 " lost %" PRId64
	       " wrong %" PRId64 " p50_us %" PRId64 " p99_us %" PRId64 " max_us %" PRId64 "\n",
	       p->next - p->from, p->acknowledged, p->again, p->busy, p->lost, p->wrong, t[last / 2],
	       t[last * 99 / 100], t[last]);
	return p->wrong > 0;
}

static int push_all(struct pusher *p)
{
	pthread_t threads[CONNECTIONS_MAX];
	struct sigaction on_term = {.sa_handler = stop};
	sigaction(SIGTERM, &on_term, NULL);
	p->acks = p->acks_file == NULL ? -1 : open(p->acks_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	pthread_mutex_init(&p->lock, NULL);
	p->began = mono_now();
	for (int64_t i = 0; i < p->connections; i++)
		if (pthread_create(&threads[i], NULL, run, p) != 0)
			abort();
	for (int64_t i = 0; i < p->connections; i++)
		pthread_join(threads[i], NULL);
	return report(p);
}

int main(int argc, char **argv)
{
	struct pusher p = {.count = INT64_MAX / 2, .connections = 1, .answer_s = 20,
	                   .batches = {.step_us = 300 * US_PER_S, .samples = 20, .base_us = 1795370400 * US_PER_S}};
	int64_t space = 0, samples = 20;
	const struct { const char *name; int64_t max, *to; } numbers[] = {
		{"from", INT64_MAX / 2, &p.from}, {"count", INT64_MAX / 2, &p.count},
		{"connections", CONNECTIONS_MAX, &p.connections}, {"burst", INT64_MAX / 2, &p.burst},
		{"pause", 3600000, &p.pause_ms}, {"every", 3600000, &p.every_ms},
		{"patience", 3600000, &p.patience_ms}, {"time", 86400, &p.time_s}, {"answer", 3600, &p.answer_s}, {"space", UINT32_MAX, &space},
		{"samples", WIRE_MAX_SAMPLES, &samples}, {"base-us", INT64_MAX / 2, &p.batches.base_us},
		{"step-us", INT64_MAX / 2, &p.batches.step_us},
	};
	const char *probes = NULL;
	bool expect = false;
	struct err err = {0};
	enum { NUMBERS = sizeof numbers / sizeof *numbers };
	struct option table[NUMBERS + 6] = {{0}};
	for (int i = 0; i < NUMBERS; i++)
		table[i] = (struct option){numbers[i].name, required_argument, NULL, 1000 + i};
	table[NUMBERS] = (struct option){"probes", required_argument, NULL, 'p'};
	table[NUMBERS + 1] = (struct option){"port-file", required_argument, NULL, 'f'};
	table[NUMBERS + 2] = (struct option){"acks", required_argument, NULL, 'a'};
	table[NUMBERS + 3] = (struct option){"once", no_argument, NULL, 'o'};
	table[NUMBERS + 4] = (struct option){"expect", no_argument, NULL, 'e'};
	for (int opt; (opt = getopt_long(argc, argv, "", table, NULL)) != -1;) {
		if (opt == 'p')
			probes = optarg;
		else if (opt == 'f')
			p.port_file = optarg;
		else if (opt == 'a')
			p.acks_file = optarg;
		else if (opt == 'o')
			p.once = true;
		else if (opt == 'e')
			expect = true;
		else if (opt < 1000
		         || num_parse_i64(optarg, numbers[opt - 1000].name, 0, numbers[opt - 1000].max,
		                          numbers[opt - 1000].to, &err) != 0)
			return opt < 1000 ? LAT_USAGE : err_print(&err, "pusher");
	}
	p.batches.space = (uint32_t)space;
	p.batches.samples = (int)samples;
	p.next = p.from;
	if (probes == NULL || !batches_probes(&p.batches, probes) || (p.port_file == NULL && !expect)) {
		fprintf(stderr, "pusher: --probes and --port-file are needed\n");
		return LAT_USAGE;
	}
	for (int64_t n = p.from; expect && n < p.from + p.count; n++)
		batches_expect(&p.batches, (uint64_t)n, stdout);
	int rc = expect ? 0 : push_all(&p);
	free(p.took_us);
	batches_free(&p.batches);
	return rc;
}
