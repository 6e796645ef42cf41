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
 *     longhead=1  a header line of 200 KB
 *     h=Name:value (up to 4)               one more header
 * With -d, /v1/ is a collector: the request's line and headers are appended to FOLDER/log, its
 * body is left in FOLDER/body.N and "N STATUS" in FOLDER/answered; the answer's status and header are what FOLDER/answer
 * ("503 Retry-After: 7"; "close": none, but a reset; 200 if there is none) say, with FOLDER/page,
 * if there is one, as the body, as of something in between; and GET /v1/plan gives FOLDER/plan.json
 * (404 if there is none) with the ETag in FOLDER/etag. */
#include <fcntl.h>
#include <stdbool.h>
#include <strings.h>

#include "tests/servers/listen.h"
#include "tests/servers/script.h"

#define MAX_REQUEST (4 << 20)

static const char *folder;

/* ---- requests --------------------------------------------------------------------------- */

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

static void put_long_line(struct conn *c)
{
	char part[1000];
	memset(part, 'x', sizeof part);
	put(c, "X-Long: ", 8);
	for (int i = 0; i < 200; i++)
		put(c, part, sizeof part);
	put(c, "\r\n", 2);
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
	if (number(query, "longhead", 0) != 0) {
		put(c, head, (size_t)n);
		put_long_line(c);
		n = 0;
	}
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

/* All of FOLDER/NAME, as a string; false if it isn't there. */
static bool read_whole(const char *name, char *out, size_t size)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Keeps the body as the next body.N; N. */
static int write_body(const char *body, size_t len)
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
		return i;
	}
	return -1;
}

/* A line of FOLDER/answered: which body, and with what it is answered. Before the answer goes. */
static void write_answered(int n, long status)
{
	char path[4096], line[64];
	snprintf(path, sizeof path, "%s/answered", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || write(fd, line, (size_t)snprintf(line, sizeof line, "%d %ld\n", n, status)) < 0)
		perror(path);
	if (fd >= 0)
		close(fd);
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
	if (strcmp(answer, "close") == 0 && !is_plan) {
		write_answered(write_body(body, len), 0);
		misbehave(c, "reset");
	}
	read_small("etag", etag, sizeof etag);
	long status = answer[0] != '\0' ? strtol(answer, NULL, 10) : 200;
	if (!is_plan)
		write_answered(write_body(body, len), status);
	const char *header = strchr(answer, ' ');
	const char *known = strcasestr(request, "\r\nIf-None-Match: ");
	plan[0] = '\0';
	if (is_plan && status == 200) {
		if (!read_whole("plan.json", plan, sizeof plan))
			status = 404;
		if (known != NULL && etag[0] != '\0' && strncmp(known + 17, etag, strlen(etag)) == 0) {
			status = 304;
			plan[0] = '\0';
		}
	} else if (!read_whole("page", plan, sizeof plan) && status == 200) {
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
	struct conn c = listen_greet(l, fd);
	char *data = malloc(MAX_REQUEST + 1);
	while (data != NULL && one_request(&c, data))
		;
	listen_part(&c);
}

int main(int argc, char **argv)
{
	int first = 1;
	if (argc > 2 && strcmp(argv[1], "-d") == 0) {
		folder = argv[2];
		first = 3;
	}
	if (argc <= first) {
		fprintf(stderr, "usage: httpd [-d FOLDER] ADDRESS[,KNOB=VALUE]...\n");
		return 64;
	}
	listen_serve(argc - first, argv + first, NULL, serve);
}
