/* A scripted name server for tests: UDP and TCP on one port of loopback, which is printed.
 *
 *     dnsd ADDRESS [FILE]
 *
 * What it answers is written in the name that is asked for, one label a knob:
 *     d50        after 50 ms                  ttl30      with a TTL of 30 s (60)
 *     nx         NXDOMAIN                     empty      no address, no error
 *     servfail, refused                       the RCODE
 *     silent     never                        garbage    twelve bytes that are no answer
 *     tc         truncated over UDP, whole over TCP
 *     cname      through a CNAME whose TTL is 7
 *     private    10.9.8.7, fd00::9            mapped     AAAA ::ffff:127.0.0.1
 *     filettl    with the TTL that FILE holds at that moment
 *     first      not to the first query of this name (FILE remembers it)
 * A is 127.0.0.1 and AAAA ::1. Each query is served by a child, so delays don't queue. */
#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/servers/serve.h"

enum { HEADER = 12, NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, REFUSED = 5, TYPE_A = 1, TYPE_CNAME = 5,
       TYPE_AAAA = 28 };

struct knobs {
	long delay_ms;
	uint32_t ttl;
	int rcode;
	bool empty, silent, garbage, tc, cname, private, mapped, first;
};

static const char *file;

static long read_file_number(void)
{
	char text[32] = "";
	int fd = file == NULL ? -1 : open(file, O_RDONLY);
	if (fd >= 0) {
		if (read(fd, text, sizeof text - 1) < 0)
			text[0] = '\0';
		close(fd);
	}
	return strtol(text, NULL, 10);
}

/* The first to make FILE.first is the first query. */
static bool is_first(void)
{
	char path[4096];
	snprintf(path, sizeof path, "%s.first", file == NULL ? "/nonexistent/x" : file);
	int fd = open(path, O_CREAT | O_EXCL, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void take_label(struct knobs *k, const char *l)
{
	if (l[0] == 'd' && isdigit((unsigned char)l[1])) k->delay_ms = strtol(l + 1, NULL, 10);
	else if (strncmp(l, "ttl", 3) == 0) k->ttl = (uint32_t)strtoul(l + 3, NULL, 10);
	else if (strcmp(l, "filettl") == 0) k->ttl = (uint32_t)read_file_number();
	else if (strcmp(l, "nx") == 0) k->rcode = NXDOMAIN;
	else if (strcmp(l, "servfail") == 0) k->rcode = SERVFAIL;
	else if (strcmp(l, "refused") == 0) k->rcode = REFUSED;
	else if (strcmp(l, "empty") == 0) k->empty = true;
	else if (strcmp(l, "silent") == 0) k->silent = true;
	else if (strcmp(l, "garbage") == 0) k->garbage = true;
	else if (strcmp(l, "tc") == 0) k->tc = true;
	else if (strcmp(l, "cname") == 0) k->cname = true;
	else if (strcmp(l, "private") == 0) k->private = true;
	else if (strcmp(l, "mapped") == 0) k->mapped = true;
	else if (strcmp(l, "first") == 0) k->first = true;
}

/* Length of the question's name with its final zero, or 0 if it is none. */
static size_t read_name(const uint8_t *q, size_t len, struct knobs *k)
{
	size_t at = HEADER;
	while (at < len && q[at] != 0) {
		char label[64];
		size_t n = q[at];
		if (n > 63 || at + 1 + n >= len)
			return 0;
		memcpy(label, q + at + 1, n);
		label[n] = '\0';
		take_label(k, label);
		at += 1 + n;
	}
	return at < len ? at + 1 - HEADER : 0;
}

static void put16(uint8_t **p, unsigned n)
{
	*(*p)++ = (uint8_t)(n >> 8);
	*(*p)++ = (uint8_t)n;
}

static void put_record(uint8_t **p, unsigned name, unsigned type, uint32_t ttl, const void *data, size_t len)
{
	put16(p, 0xc000 | name);
	put16(p, type);
	put16(p, 1);
	put16(p, ttl >> 16);
	put16(p, ttl & 0xffff);
	put16(p, (unsigned)len);
	memcpy(*p, data, len);
	*p += len;
}

static size_t make_answer(const uint8_t *q, size_t len, bool tcp, const struct knobs *k, size_t name,
                          uint8_t *out)
{
	uint8_t *p = out;
	unsigned type = (unsigned)(q[HEADER + name] << 8 | q[HEADER + name + 1]);
	bool truncated = k->tc && !tcp;
	bool records = k->rcode == NOERROR && !k->empty && !truncated && (type == TYPE_A || type == TYPE_AAAA);
	(void)len;
	memcpy(p, q, 2);
	p += 2;
	put16(&p, 0x8180u | (truncated ? 0x0200u : 0) | (unsigned)k->rcode);
	put16(&p, 1);
	put16(&p, !records ? 0 : k->cname ? 2 : 1);
	put16(&p, 0);
	put16(&p, 0);
	memcpy(p, q + HEADER, name + 4);
	p += name + 4;
	if (!records)
		return (size_t)(p - out);
	unsigned owner = HEADER;
	if (k->cname) { /* to "x." + the last label(s): here simply "x" */
		static const uint8_t target[] = { 1, 'x', 0 };
		owner = (unsigned)(p - out) + 12;
		put_record(&p, HEADER, TYPE_CNAME, 7, target, sizeof target);
	}
	uint8_t addr[16];
	const char *text = type == TYPE_A ? (k->private ? "10.9.8.7" : "127.0.0.1")
	                                  : k->private ? "fd00::9" : k->mapped ? "::ffff:127.0.0.1" : "::1";
	inet_pton(type == TYPE_A ? AF_INET : AF_INET6, text, addr);
	put_record(&p, owner, type, k->ttl, addr, type == TYPE_A ? 4 : 16);
	return (size_t)(p - out);
}

/* The answer to a query, after its delay; 0: none. */
static size_t serve(const uint8_t *q, size_t len, bool tcp, uint8_t *out)
{
	struct knobs k = { .ttl = 60 };
	size_t name = len > HEADER ? read_name(q, len, &k) : 0;
	if (name == 0 || HEADER + name + 4 > len || k.silent || (k.first && is_first()))
		return 0;
	serve_sleep_ms(k.delay_ms);
	if (k.garbage) { /* our id, QR, and a question that isn't there */
		memset(out, 0, HEADER);
		memcpy(out, q, 2);
		out[2] = 0x81;
		out[5] = 1;
		return HEADER;
	}
	return make_answer(q, len, tcp, &k, name, out);
}

static void serve_udp(int fd)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	uint8_t q[1500], out[1500];
	ssize_t n = recvfrom(fd, q, sizeof q, 0, (struct sockaddr *)&from, &size);
	if (n <= 0 || fork() != 0)
		return;
	serve_child();
	size_t len = serve(q, (size_t)n, false, out);
	if (len > 0)
		sendto(fd, out, len, 0, (struct sockaddr *)&from, size);
	_exit(0);
}

static void serve_tcp(int listener)
{
	int fd = accept(listener, NULL, NULL);
	if (fd >= 0 && fork() == 0) {
		serve_child();
		uint8_t q[1500], out[1500];
		ssize_t n = recv(fd, q, 2, MSG_WAITALL);
		size_t want = n == 2 ? (size_t)(q[0] << 8 | q[1]) : 0;
		if (want > 0 && want <= sizeof q && recv(fd, q, want, MSG_WAITALL) == (ssize_t)want) {
			size_t len = serve(q, want, true, out + 2);
			out[0] = (uint8_t)(len >> 8);
			out[1] = (uint8_t)len;
			if (len > 0 && send(fd, out, len + 2, MSG_NOSIGNAL) < 0)
				perror("send");
		}
		_exit(0);
	}
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: dnsd ADDRESS [FILE]\n");
		return 64;
	}
	file = argc > 2 ? argv[2] : NULL;
	serve_begin();
	int port = 0;
	int udp = serve_bind(argv[1], SOCK_DGRAM, &port);
	int tcp = serve_bind(argv[1], SOCK_STREAM, &port);
	if (listen(tcp, 16) != 0)
		serve_die("listen");
	printf("%d\n", port);
	fflush(stdout);
	struct pollfd fds[2] = { { .fd = udp, .events = POLLIN }, { .fd = tcp, .events = POLLIN } };
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			serve_udp(udp);
		if (fds[1].revents)
			serve_tcp(tcp);
	}
}
