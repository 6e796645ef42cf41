/* The floor: a blocking loop of sockets and OpenSSL, no library between, no event loop.
 *
 *     raw_tls RESOLVER_PORT|ADDRESS GAP_US CAPATH <URLS
 *
 * The name is asked of 127.0.0.1 (not where an IPv4 ADDRESS says whom to connect to), then connect,
 * handshake, request, and read until the body is whole; one connection at a time, starts paced.
 * Prints "PORT DNS_US TCP_US TLS_US WAIT_US BODY_US MIN_RTT_US", the last as the kernel has it
 * (TCP_INFO) when the body is whole, -1 where it has none. */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <linux/tcp.h>
#include <openssl/ssl.h>
#include <resolv.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/urls.h"

static void fatal(const char *what)
{
	fprintf(stderr, "raw_tls: %s\n", what);
	exit(1);
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static struct in_addr ask(const char *host, int port)
{
	unsigned char query[NS_PACKETSZ], answer[NS_PACKETSZ];
	struct sockaddr_in to = loopback(port);
	int len = res_mkquery(ns_o_query, host, ns_c_in, ns_t_a, NULL, 0, NULL, query, sizeof query);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct timeval patience = { .tv_sec = 5 };
	if (fd < 0 || len < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		fatal("no query");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	ssize_t got = send(fd, query, (size_t)len, 0) < 0 ? -1 : recv(fd, answer, sizeof answer, 0);
	close(fd);
	ns_msg msg;
	ns_rr rr;
	if (got < 0 || ns_initparse(answer, (int)got, &msg) != 0 || ns_parserr(&msg, ns_s_an, 0, &rr) != 0 ||
	    ns_rr_type(rr) != ns_t_a)
		fatal("no address");
	struct in_addr out;
	memcpy(&out, ns_rr_rdata(rr), sizeof out);
	return out;
}

/* Reads the whole answer; when its first byte came goes to `first`. */
static void read_answer(SSL *ssl, struct mono *first)
{
	char text[8192];
	size_t have = 0, whole = 0;
	while (whole == 0 || have < whole) {
		int n = SSL_read(ssl, text + have, (int)(sizeof text - 1 - have));
		if (n <= 0)
			fatal("the answer ended");
		if (have == 0)
			*first = mono_now();
		have += (size_t)n;
		text[have] = '\0';
		const char *body = strstr(text, "\r\n\r\n"), *length = strstr(text, "Content-Length: ");
		if (whole == 0 && body != NULL && length != NULL)
			whole = (size_t)(body + 4 - text) + (size_t)atoi(length + 16);
	}
}

static long long min_rtt(int fd)
{
	struct tcp_info info = { .tcpi_min_rtt = UINT32_MAX };
	socklen_t len = sizeof info;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		fatal("no TCP_INFO");
	return info.tcpi_min_rtt == UINT32_MAX ? -1 : (long long)info.tcpi_min_rtt;
}

/* Of whom the URLs are fetched: an address, or whoever the resolver on that port says. */
struct whom { int resolver_port; struct in_addr address; };

static void measure(SSL_CTX *ctx, const struct url *u, const struct whom *whom)
{
	struct mono t[6], first = {0};
	t[0] = mono_now();
	struct sockaddr_in to = loopback(u->port);
	to.sin_addr = whom->resolver_port > 0 ? ask(u->host, whom->resolver_port) : whom->address;
	t[1] = mono_now();
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	struct timeval patience = { .tv_sec = 5 };
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		fatal("no connection");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	t[2] = mono_now();
	SSL *ssl = SSL_new(ctx);
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_set_tlsext_host_name(ssl, u->host) != 1 ||
	    SSL_set1_host(ssl, u->host) != 1 || SSL_connect(ssl) != 1)
		fatal("no handshake");
	t[3] = mono_now();
	char request[300];
	int len = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s:%d\r\nAccept: */*\r\n\r\n", u->path,
	                   u->host, u->port);
	if (SSL_write(ssl, request, len) != len)
		fatal("no request");
	t[4] = mono_now();
	read_answer(ssl, &first);
	t[5] = mono_now();
	long long rtt = min_rtt(fd);
	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
	printf("%d %lld %lld %lld %lld %lld %lld\n", u->port, (long long)mono_diff_us(t[0], t[1]),
	       (long long)mono_diff_us(t[1], t[2]), (long long)mono_diff_us(t[2], t[3]),
	       (long long)mono_diff_us(t[4], first), (long long)mono_diff_us(first, t[5]), rtt);
}

int main(int argc, char **argv)
{
	static struct url urls[URLS_MAX];
	struct whom whom = {0};
	if (argc == 4 && inet_pton(AF_INET, argv[1], &whom.address) != 1)
		whom.resolver_port = atoi(argv[1]);
	if (argc != 4 || (whom.resolver_port < 1 && whom.address.s_addr == 0)) {
		fprintf(stderr, "usage: raw_tls RESOLVER_PORT|ADDRESS GAP_US CAPATH <URLS\n");
		return 64;
	}
	size_t n = urls_read(urls, "raw_tls");
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	if (ctx == NULL || SSL_CTX_load_verify_dir(ctx, argv[3]) != 1)
		fatal("no authorities");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	struct mono next = mono_now();
	for (size_t i = 0; i < n; i++) {
		int64_t left = mono_diff_us(mono_now(), next);
		if (left > 0)
			usleep((useconds_t)left);
		next = mono_add_us(mono_now(), atol(argv[2]));
		measure(ctx, &urls[i], &whom);
	}
	SSL_CTX_free(ctx);
	return 0;
}
