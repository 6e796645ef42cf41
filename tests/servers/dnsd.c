/* A scripted name server for tests: UDP and TCP on one port of loopback, which is printed.
 *
 *     dnsd ADDRESS[,port=N] [FILE [LOG]]
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
 *     a192-0-2-1 that address (A)             then10-0-0-1 that address after the first query (FILE)
 *     country    the first octet of the client's subnet as the last of the address, 192.0.2.X
 *     scope20    such a scope for a client's subnet (24)      noecs   no word of the subnet
 *     lame       without authority
 *     zone192-0-2-53  the top of a zone, whose one server, ns.a192-0-2-53 below it, is there: NS
 *                and SOA; and its AAAA are none
 *     out        a CNAME alone, to end.out-there
 * A is 127.0.0.1 and AAAA ::1. Whoever doesn't desire recursion is answered with authority. Each
 * query is served by a child, so delays don't queue. LOG gets a line for each: type, name, "rd" or
 * "-", and the client's subnet or "-". */
#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/servers/serve.h"

enum { HEADER = 12, NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, REFUSED = 5, TYPE_A = 1, TYPE_NS = 2,
       TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_AAAA = 28, TYPE_OPT = 41, OPTION_ECS = 8 };

struct knobs {
	long delay_ms;
	uint32_t ttl;
	int rcode;
	bool empty, silent, garbage, tc, cname, private, mapped, first, country, noecs, lame, out;
	char addr[16];    /* "": 127.0.0.1 */
	int scope;
	size_t zone;      /* offset of the label that begins the zone; 0: none */
	char server[16];  /* of the zone */
	/* of the query */
	unsigned type;
	bool recursion;
	const uint8_t *ecs; /* option of the query, from its family on; NULL */
	size_t ecs_len;
};

static const char *file, *log_file;

/* "192-0-2-1" as an address. */
static void dashed(const char *text, char out[16])
{
	snprintf(out, 16, "%s", text);
	for (char *c = out; *c != '\0'; c++)
		if (*c == '-')
			*c = '.';
}

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

static void take_label(struct knobs *k, const char *l, size_t at)
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
	else if (l[0] == 'a' && isdigit((unsigned char)l[1])) dashed(l + 1, k->addr);
	else if (strncmp(l, "then", 4) == 0 && isdigit((unsigned char)l[4])) {
		if (!is_first())
			dashed(l + 4, k->addr);
	}
	else if (strcmp(l, "country") == 0) k->country = true;
	else if (strncmp(l, "scope", 5) == 0) k->scope = (int)strtol(l + 5, NULL, 10);
	else if (strcmp(l, "noecs") == 0) k->noecs = true;
	else if (strcmp(l, "lame") == 0) k->lame = true;
	else if (strcmp(l, "out") == 0) k->out = true;
	else if (strncmp(l, "zone", 4) == 0) {
		k->zone = at;
		dashed(l + 4, k->server);
	}
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
		take_label(k, label, at);
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

/* The query's EDNS option of the client's subnet, behind the question. */
static void read_ecs(const uint8_t *q, size_t len, size_t at, struct knobs *k)
{
	if (at + 11 > len || q[at] != 0 || (q[at + 1] << 8 | q[at + 2]) != TYPE_OPT)
		return;
	for (at += 11; at + 4 <= len;) {
		size_t n = (size_t)(q[at + 2] << 8 | q[at + 3]);
		if (at + 4 + n > len)
			return;
		if ((q[at] << 8 | q[at + 1]) == OPTION_ECS && n >= 4) {
			k->ecs = q + at + 4;
			k->ecs_len = n;
		}
		at += 4 + n;
	}
}

static void log_query(const uint8_t *q, size_t name, const struct knobs *k)
{
	char text[512];
	int n = snprintf(text, sizeof text, "%u ", k->type);
	for (size_t at = HEADER; at + 1 < HEADER + name; at += 1u + q[at])
		n += snprintf(text + n, sizeof text - (size_t)n, "%s%.*s", at > HEADER ? "." : "", q[at],
		              (const char *)q + at + 1);
	n += snprintf(text + n, sizeof text - (size_t)n, " %s ", k->recursion ? "rd" : "-");
	uint8_t net[16] = {0};
	char shown[INET6_ADDRSTRLEN] = "?";
	if (k->ecs == NULL) {
		n += snprintf(text + n, sizeof text - (size_t)n, "-\n");
	} else {
		memcpy(net, k->ecs + 4, k->ecs_len - 4 > sizeof net ? sizeof net : k->ecs_len - 4);
		inet_ntop(k->ecs[1] == 1 ? AF_INET : AF_INET6, net, shown, sizeof shown);
		n += snprintf(text + n, sizeof text - (size_t)n, "%s/%d\n", shown, k->ecs[2]);
	}
	int fd = open(log_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		perror(log_file);
	if (fd >= 0)
		close(fd);
}

static void put_address(uint8_t **p, unsigned owner, const struct knobs *k)
{
	uint8_t addr[16];
	char made[16];
	const char *text = k->addr[0] != '\0' ? k->addr : "127.0.0.1";
	if (k->private)
		text = "10.9.8.7";
	if (k->country && k->ecs != NULL) {
		snprintf(made, sizeof made, "192.0.2.%d", k->ecs_len > 4 ? k->ecs[4] : 0);
		text = made;
	}
	if (k->type == TYPE_AAAA)
		text = k->private ? "fd00::9" : k->mapped ? "::ffff:127.0.0.1" : "::1";
	inet_pton(k->type == TYPE_A ? AF_INET : AF_INET6, text, addr);
	put_record(p, owner, k->type, k->ttl, addr, k->type == TYPE_A ? 4 : 16);
}

/* ns.aADDRESS below the zone. */
static void put_server(uint8_t **p, const struct knobs *k)
{
	uint8_t data[32] = { 2, 'n', 's', 0, 'a' };
	size_t n = strlen(k->server);
	data[3] = (uint8_t)(1 + n);
	for (size_t i = 0; i < n; i++)
		data[5 + i] = k->server[i] == '.' ? '-' : (uint8_t)k->server[i];
	data[5 + n] = (uint8_t)(0xc0 | k->zone >> 8);
	data[6 + n] = (uint8_t)k->zone;
	put_record(p, (unsigned)k->zone, TYPE_NS, k->ttl, data, 7 + n);
}

static void put_soa(uint8_t **p, const struct knobs *k)
{
	uint8_t data[22] = {0}; /* the root twice, and five numbers */
	put_record(p, (unsigned)k->zone, TYPE_SOA, k->ttl, data, sizeof data);
}

static void put_opt(uint8_t **p, const struct knobs *k)
{
	*(*p)++ = 0;
	put16(p, TYPE_OPT);
	put16(p, 1232);
	put16(p, 0);
	put16(p, 0);
	put16(p, (unsigned)(4 + k->ecs_len));
	put16(p, OPTION_ECS);
	put16(p, (unsigned)k->ecs_len);
	memcpy(*p, k->ecs, k->ecs_len);
	(*p)[3] = (uint8_t)k->scope;
	*p += k->ecs_len;
}

static size_t make_answer(const uint8_t *q, bool tcp, const struct knobs *k, size_t name, uint8_t *out)
{
	uint8_t *p = out;
	bool truncated = k->tc && !tcp;
	bool fine = k->rcode == NOERROR && !truncated;
	bool top = fine && k->type == TYPE_NS && k->zone == HEADER;
	bool soa = fine && k->type == TYPE_NS && k->zone > HEADER;
	bool out_there = fine && k->out && k->type != TYPE_NS;
	bool records = fine && !k->empty && !out_there && (k->type == TYPE_A || k->type == TYPE_AAAA);
	bool ecs = k->ecs != NULL && !k->noecs && k->ecs_len <= 20;
	memcpy(p, q, 2);
	p += 2;
	put16(&p, 0x8000u | (k->recursion ? 0x0180u : k->lame ? 0 : 0x0400u) | (truncated ? 0x0200u : 0) | (unsigned)k->rcode);
	put16(&p, 1);
	put16(&p, top || out_there ? 1 : !records ? 0 : k->cname ? 2 : 1);
	put16(&p, soa);
	put16(&p, ecs);
	memcpy(p, q + HEADER, name + 4);
	p += name + 4;
	if (top)
		put_server(&p, k);
	if (soa)
		put_soa(&p, k);
	if (out_there) {
		static const uint8_t target[] = "\3end\11out-there";
		put_record(&p, HEADER, TYPE_CNAME, k->ttl, target, sizeof target);
	}
	if (records) {
		unsigned owner = HEADER;
		if (k->cname) { /* to "x." + the last label(s): here simply "x" */
			static const uint8_t target[] = { 1, 'x', 0 };
			owner = (unsigned)(p - out) + 12;
			put_record(&p, HEADER, TYPE_CNAME, 7, target, sizeof target);
		}
		put_address(&p, owner, k);
	}
	if (ecs)
		put_opt(&p, k);
	return (size_t)(p - out);
}

/* The answer to a query, after its delay; 0: none. */
static size_t serve(const uint8_t *q, size_t len, bool tcp, uint8_t *out)
{
	struct knobs k = { .ttl = 60, .scope = 24 };
	size_t name = len > HEADER ? read_name(q, len, &k) : 0;
	if (name == 0 || HEADER + name + 4 > len)
		return 0;
	k.type = (unsigned)(q[HEADER + name] << 8 | q[HEADER + name + 1]);
	k.recursion = q[2] & 1;
	read_ecs(q, len, HEADER + name + 4, &k);
	if (log_file != NULL)
		log_query(q, name, &k);
	if (k.silent || (k.first && is_first()))
		return 0;
	serve_sleep_ms(k.delay_ms);
	if (k.garbage) { /* our id, QR, and a question that isn't there */
		memset(out, 0, HEADER);
		memcpy(out, q, 2);
		out[2] = 0x81;
		out[5] = 1;
		return HEADER;
	}
	return make_answer(q, tcp, &k, name, out);
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
		fprintf(stderr, "usage: dnsd ADDRESS[,port=N] [FILE [LOG]]\n");
		return 64;
	}
	file = argc > 2 ? argv[2] : NULL;
	log_file = argc > 3 ? argv[3] : NULL;
	serve_begin();
	int port = 0;
	char *option = strchr(argv[1], ',');
	if (option != NULL) {
		*option = '\0';
		if (sscanf(option + 1, "port=%d", &port) != 1)
			return 64;
	}
	int udp, tcp;
	serve_bind_both(argv[1], &port, &udp, &tcp);
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
