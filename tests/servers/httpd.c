/* A scripted HTTP and HTTPS server for tests. Each listener is one argument; their ports are
 * printed in one line, in the order of the arguments.
 *
 *     httpd [-d FOLDER] ADDRESS[,KNOB=VALUE]...  ...
 *
 * Knobs of a listener:
 *     cert=FILE,key=FILE   TLS            max=1.2      no TLS above that
 *     hello=50             ms before the server's hello
 *     first=reset|close|silent|garbage    instead of an answer to the client's first bytes
 *     accept=never         a full backlog: the kernel drops every SYN
 *     accept=300           the same for the first 300 ms
 * Knobs of a request, in its query:
 *     wait=50     ms before the response   body=50      ms in the middle of its body
 *     size=1000   of the body              status=404   location=URL
 *     chunked=1   nolength=1 (ended by closing)
 *     end=reset|close|silent|garbage instead of a response; cut=1 half of the body, then close
 *     cutreset=1  half of the body, then a reset; halt=1  half of the body, then nothing
 *     badchunk=1  a chunk whose size is no number
 *     h=Name:value (up to 4)               one more header
 * With -d, /v1/ is a collector: the request's line and headers are appended to FOLDER/log, its
 * body is left in FOLDER/body.N; the answer's status and header are what FOLDER/answer
 * ("503 Retry-After: 7"; 200 if there is none), and GET /v1/plan gives FOLDER/plan.json (404 if
 * there is none) with the ETag in FOLDER/etag. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <strings.h>
#include <sys/file.h>

#include "tests/servers/serve.h"

#define MAX_LISTENERS 16
#define MAX_REQUEST (4 << 20)

struct listener {
	char ip[64];
	int fd, port;
	char cert[1024], key[1024];
	char first[16];
	long hello_ms, accept_ms; /* accept_ms: -1 never */
	int max_version;
	SSL_CTX *ctx;
	int filler[4];            /* our own connections that fill the backlog */
};

struct conn { int fd; SSL *ssl; };

static const char *folder;

/* ---- bytes ---------------------------------------------------------------------------- */

static ssize_t get(struct conn *c, void *data, size_t len)
{
	return c->ssl != NULL ? SSL_read(c->ssl, data, (int)len) : read(c->fd, data, len);
}

static void put(struct conn *c, const void *data, size_t len)
{
	for (const char *p = data; len > 0;) {
		ssize_t n = c->ssl != NULL ? SSL_write(c->ssl, p, (int)len) : write(c->fd, p, len);
		if (n <= 0)
			_exit(0);
		p += n;
		len -= (size_t)n;
	}
}

static void reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
	_exit(0);
}

/* How a conversation can go wrong; returns only for an unknown word. */
static void misbehave(struct conn *c, const char *how)
{
	static const char nonsense[] = "this is neither TLS nor HTTP, whatever you have hoped for\r\n\r\n";
	if (strcmp(how, "reset") == 0)
		reset(c->fd);
	if (strcmp(how, "close") == 0) {
		close(c->fd);
		_exit(0);
	}
	if (strcmp(how, "silent") == 0) {
		sleep(20);
		_exit(0);
	}
	if (strcmp(how, "garbage") == 0) {
		put(c, nonsense, sizeof nonsense - 1);
		serve_sleep_ms(300);
		_exit(0);
	}
}

/* ---- requests --------------------------------------------------------------------------- */

/* The value of a knob in the query, "" if it isn't there. */
static const char *knob(const char *query, const char *name, int nth, char *out, size_t size)
{
	size_t n = strlen(name);
	out[0] = '\0';
	for (const char *p = query; *p != '\0'; p += p[0] == '&') {
		size_t len = strcspn(p, "&");
		if (strncmp(p, name, n) == 0 && p[n] == '=' && nth-- == 0) {
			snprintf(out, size, "%.*s", (int)(len - n - 1), p + n + 1);
			break;
		}
		p += len;
	}
	return out;
}

static long number(const char *query, const char *name, long otherwise)
{
	char text[64];
	knob(query, name, 0, text, sizeof text);
	return text[0] == '\0' ? otherwise : strtol(text, NULL, 10);
}

static void put_body(struct conn *c, const char *query, long size)
{
	char *body = malloc((size_t)size + 1);
	if (body == NULL)
		_exit(1);
	memset(body, 'x', (size_t)size);
	bool chunked = number(query, "chunked", 0) != 0;
	long halves[2] = { size / 2, size - size / 2 };
	for (int i = 0; i < 2; i++) {
		char line[32];
		if (i == 1) {
			serve_sleep_ms(number(query, "body", 0));
			if (number(query, "cutreset", 0) != 0) {
				serve_sleep_ms(20); /* what was sent must have been read, or the reset takes it back */
				reset(c->fd);
			}
			if (number(query, "halt", 0) != 0)
				misbehave(c, "silent");
			if (number(query, "cut", 0) != 0)
				break;
		}
		if (chunked && halves[i] > 0)
			put(c, line, (size_t)snprintf(line, sizeof line, "%lx\r\n", halves[i]));
		put(c, body, (size_t)halves[i]);
		if (chunked && halves[i] > 0)
			put(c, "\r\n", 2);
		if (i == 0 && number(query, "badchunk", 0) != 0)
			put(c, "zzz\r\n", 5);
	}
	if (chunked && number(query, "cut", 0) == 0)
		put(c, "0\r\n\r\n", 5);
	free(body);
}

static void respond(struct conn *c, const char *query)
{
	char head[4096], text[1024];
	int n;
	long status = number(query, "status", 200), size = number(query, "size", 1000);
	serve_sleep_ms(number(query, "wait", 0));
	misbehave(c, knob(query, "end", 0, text, sizeof text));
	n = snprintf(head, sizeof head, "HTTP/1.1 %ld Scripted\r\nConnection: close\r\n", status);
	if (knob(query, "location", 0, text, sizeof text)[0] != '\0')
		n += snprintf(head + n, sizeof head - (size_t)n, "Location: %s\r\n", text);
	for (int i = 0; i < 4 && knob(query, "h", i, text, sizeof text)[0] != '\0'; i++)
		n += snprintf(head + n, sizeof head - (size_t)n, "%.500s\r\n", text);
	if (number(query, "chunked", 0) != 0)
		n += snprintf(head + n, sizeof head - (size_t)n, "Transfer-Encoding: chunked\r\n");
	else if (number(query, "nolength", 0) == 0)
		n += snprintf(head + n, sizeof head - (size_t)n, "Content-Length: %ld\r\n", size);
	n += snprintf(head + n, sizeof head - (size_t)n, "\r\n");
	put(c, head, (size_t)n);
	put_body(c, query, size);
}

/* ---- the collector ------------------------------------------------------------------------ */

static size_t read_small(const char *name, char *out, size_t size)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);
	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void write_body(const char *body, size_t len)
{
	char path[4096];
	for (int i = 0; i < 10000; i++) {
		snprintf(path, sizeof path, "%s/body.%d", folder, i);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0)
			continue;
		if (write(fd, body, len) != (ssize_t)len)
			perror(path);
		close(fd);
		return;
	}
}

static void collect(struct conn *c, const char *request, size_t head, const char *body, size_t len)
{
	char path[4096], answer[512], plan[65536], etag[256], out[70000];
	snprintf(path, sizeof path, "%s/log", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd >= 0) {
		if (write(fd, request, head) < 0)
			perror(path);
		close(fd);
	}
	bool is_plan = strncmp(request, "GET /v1/plan ", 13) == 0;
	read_small("answer", answer, sizeof answer);
	read_small("etag", etag, sizeof etag);
	if (!is_plan)
		write_body(body, len);
	long status = answer[0] != '\0' ? strtol(answer, NULL, 10) : 200;
	const char *header = strchr(answer, ' ');
	const char *known = strcasestr(request, "\r\nIf-None-Match: ");
	plan[0] = '\0';
	if (is_plan && status == 200) {
		snprintf(path, sizeof path, "%s/plan.json", folder);
		int in = open(path, O_RDONLY);
		ssize_t n = in < 0 ? 0 : read(in, plan, sizeof plan - 1);
		plan[n > 0 ? n : 0] = '\0';
		if (in >= 0)
			close(in);
		else
			status = 404;
		if (known != NULL && etag[0] != '\0' && strncmp(known + 17, etag, strlen(etag)) == 0) {
			status = 304;
			plan[0] = '\0';
		}
	} else if (status == 200) {
		snprintf(plan, sizeof plan, "{\"accepted\":1,\"duplicate\":false}\n");
	}
	int n = snprintf(out, sizeof out, "HTTP/1.1 %ld Scripted\r\n%s%s%s%s%sContent-Length: %zu\r\n\r\n%s",
	                 status, header != NULL ? header + 1 : "", header != NULL ? "\r\n" : "",
	                 is_plan && etag[0] != '\0' ? "ETag: " : "", is_plan ? etag : "",
	                 is_plan && etag[0] != '\0' ? "\r\n" : "", strlen(plan), plan);
	put(c, out, (size_t)n);
}

/* ---- connections ---------------------------------------------------------------------------- */

/* Serve requests until the peer goes; true for one more. */
static bool one_request(struct conn *c, char *data)
{
	size_t len = 0;
	char *end = NULL;
	while (end == NULL) {
		ssize_t n = len < MAX_REQUEST ? get(c, data + len, MAX_REQUEST - len) : -1;
		if (n <= 0)
			return false;
		len += (size_t)n;
		data[len] = '\0';
		end = strstr(data, "\r\n\r\n");
	}
	size_t head = (size_t)(end - data) + 4;
	const char *length = strcasestr(data, "\r\nContent-Length:");
	size_t want = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
	while (len < head + want) {
		ssize_t n = get(c, data + len, MAX_REQUEST - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		data[len] = '\0';
	}
	if (folder != NULL && strstr(data, " /v1/") != NULL) {
		collect(c, data, head, data + head, want);
		return true;
	}
	char query[4096] = "";
	size_t line = strcspn(data, "\r\n");
	const char *mark = memchr(data, '?', line);
	if (mark != NULL)
		snprintf(query, sizeof query, "%.*s", (int)strcspn(mark + 1, " \r\n"), mark + 1);
	respond(c, query);
	return false;
}

static void serve(struct listener *l, int fd)
{
	struct conn c = { .fd = fd };
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
	if (l->first[0] != '\0') {
		char data[4096];
		if (recv(fd, data, sizeof data, 0) < 0)
			_exit(0);
		misbehave(&c, l->first);
	}
	if (l->ctx != NULL) {
		serve_sleep_ms(l->hello_ms);
		c.ssl = SSL_new(l->ctx);
		SSL_set_fd(c.ssl, fd);
		if (SSL_accept(c.ssl) != 1)
			_exit(0);
	}
	char *data = malloc(MAX_REQUEST + 1);
	while (data != NULL && one_request(&c, data))
		;
	if (c.ssl != NULL)
		SSL_shutdown(c.ssl);
	/* Close in peace: what the peer sent and we have not read would make it a reset. */
	shutdown(fd, SHUT_WR);
	char rest[512];
	while (recv(fd, rest, sizeof rest, 0) > 0)
		;
	_exit(0);
}

static void take_knob(struct listener *l, const char *text)
{
	const char *value = strchr(text, '=');
	size_t n = value == NULL ? 0 : (size_t)(value - text);
	if (n == 0)
		exit(64);
	value++;
	if (strncmp(text, "cert", n) == 0)
		snprintf(l->cert, sizeof l->cert, "%s", value);
	else if (strncmp(text, "key", n) == 0)
		snprintf(l->key, sizeof l->key, "%s", value);
	else if (strncmp(text, "max", n) == 0)
		l->max_version = strcmp(value, "1.2") == 0 ? TLS1_2_VERSION : TLS1_1_VERSION;
	else if (strncmp(text, "hello", n) == 0)
		l->hello_ms = strtol(value, NULL, 10);
	else if (strncmp(text, "first", n) == 0)
		snprintf(l->first, sizeof l->first, "%s", value);
	else if (strncmp(text, "accept", n) == 0)
		l->accept_ms = strcmp(value, "never") == 0 ? -1 : strtol(value, NULL, 10);
	else
		exit(64);
}

/* Fill the backlog with connections of our own, so that further SYNs are dropped. */
static void fill(struct listener *l)
{
	for (size_t i = 0; i < sizeof l->filler / sizeof l->filler[0]; i++) {
		struct sockaddr_storage to;
		socklen_t len = sizeof to;
		getsockname(l->fd, (struct sockaddr *)&to, &len);
		l->filler[i] = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(l->filler[i], (struct sockaddr *)&to, len) != 0 && errno != EINPROGRESS)
			perror("connect");
	}
	serve_sleep_ms(10);
}

static void open_listener(struct listener *l, char *spec)
{
	char *save = NULL, *part = strtok_r(spec, ",", &save);
	snprintf(l->ip, sizeof l->ip, "%s", part);
	while ((part = strtok_r(NULL, ",", &save)) != NULL)
		take_knob(l, part);
	l->fd = serve_bind(l->ip, SOCK_STREAM, &l->port);
	if (listen(l->fd, l->accept_ms != 0 ? 0 : 64) != 0)
		serve_die("listen");
	if (l->accept_ms != 0)
		fill(l);
	if (l->cert[0] == '\0')
		return;
	l->ctx = SSL_CTX_new(TLS_server_method());
	if (l->ctx == NULL || SSL_CTX_use_certificate_chain_file(l->ctx, l->cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(l->ctx, l->key, SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		exit(1);
	}
	SSL_CTX_set_min_proto_version(l->ctx, TLS1_VERSION);
	SSL_CTX_set_security_level(l->ctx, 0); /* TLS 1.1 needs SHA-1 */
	if (l->max_version != 0)
		SSL_CTX_set_max_proto_version(l->ctx, l->max_version);
}

static void accept_one(struct listener *l)
{
	int fd = accept(l->fd, NULL, NULL);
	if (fd < 0)
		return;
	if (fork() == 0) {
		serve_child();
		serve(l, fd);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	static struct listener listeners[MAX_LISTENERS];
	struct pollfd fds[MAX_LISTENERS];
	int n = 0, first = 1;
	serve_begin();
	if (argc > 2 && strcmp(argv[1], "-d") == 0) {
		folder = argv[2];
		first = 3;
	}
	for (int i = first; i < argc && n < MAX_LISTENERS; i++)
		open_listener(&listeners[n++], argv[i]);
	if (n == 0) {
		fprintf(stderr, "usage: httpd [-d FOLDER] ADDRESS[,KNOB=VALUE]...\n");
		return 64;
	}
	for (int i = 0; i < n; i++)
		printf("%d%c", listeners[i].port, i + 1 < n ? ' ' : '\n');
	fflush(stdout);
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		long age = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
		for (int i = 0; i < n; i++) {
			long wait = listeners[i].accept_ms;
			bool open = wait == 0 || (wait > 0 && age >= wait);
			fds[i] = (struct pollfd){ .fd = open ? listeners[i].fd : -1, .events = POLLIN };
		}
		if (poll(fds, (nfds_t)n, 10) <= 0)
			continue;
		for (int i = 0; i < n; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				accept_one(&listeners[i]);
	}
}
