#include "tests/bench/push/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "lib/num.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24 /* ip(7): the port is chosen by connect, so that ports don't run out */
#endif

static int make_context(struct link_server *s, const char *ca, struct err *err)
{
	if (ca == NULL)
		return err_set(err, LAT_USAGE, "--ca: needed for https");
	s->ctx = SSL_CTX_new(TLS_client_method());
	if (s->ctx == NULL)
		return err_nomem(err);
	SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(s->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	                                 SSL_MODE_RELEASE_BUFFERS);
	/* A probe started by cron has no session to resume. */
	SSL_CTX_set_session_cache_mode(s->ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_load_verify_locations(s->ctx, ca, NULL) != 1)
		return err_set(err, LAT_NOINPUT, "%s: no certificates there", ca);
	return 0;
}

int link_server_init(struct link_server *s, const char *url, const char *ca, struct err *err)
{
	int64_t port;
	int tls = strncmp(url, "https://", 8) == 0;
	memset(s, 0, sizeof *s);
	const char *host = url + (tls ? 8 : 7);
	if ((!tls && strncmp(url, "http://", 7) != 0) ||
	    sscanf(host, "%63[0-9.]:%7[0-9]", s->host, s->port) != 2)
		return err_set(err, LAT_USAGE, "--url: '%s' is not https://ADDRESS:PORT (IPv4)", url);
	int rc = num_parse_i64(s->port, "--url", 1, 65535, &port, err);
	if (rc != 0)
		return rc;
	s->addr.sin_family = AF_INET;
	s->addr.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, s->host, &s->addr.sin_addr) != 1)
		return err_set(err, LAT_USAGE, "--url: '%s' is not an IPv4 address", s->host);
	return tls ? make_context(s, ca, err) : 0;
}

int link_server_from(struct link_server *s, const char *range, struct err *err)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr first;
	unsigned bits;
	if (sscanf(range, "%15[0-9.]/%2u", text, &bits) != 2 || inet_pton(AF_INET, text, &first) != 1 ||
	    bits < 8 || bits > 31)
		return err_set(err, LAT_USAGE, "--from: '%s' is not ADDRESS/BITS, 8 to 31 of them", range);
	s->from_count = (UINT32_C(1) << (32 - bits)) - 2; /* without the first and the last */
	s->from = (ntohl(first.s_addr) & ~(s->from_count + 1)) + 1;
	if (s->from_count == 0)
		s->from_count = 1;
	return 0;
}

void link_server_free(struct link_server *s)
{
	SSL_CTX_free(s->ctx);
	s->ctx = NULL;
}

bool link_open(struct link *l, const struct link_server *s, uint64_t nth)
{
	const int on = 1;
	*l = (struct link){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
	if (l->fd < 0)
		return false;
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	bool good = true;
	if (s->from != 0) {
		struct sockaddr_in from = {.sin_family = AF_INET};
		from.sin_addr.s_addr = htonl(s->from + (uint32_t)(nth % s->from_count));
		setsockopt(l->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
		good = bind(l->fd, (struct sockaddr *)&from, sizeof from) == 0;
	}
	good = good && (connect(l->fd, (const struct sockaddr *)&s->addr, sizeof s->addr) == 0 ||
	                errno == EINPROGRESS);
	l->state = LINK_CONNECTING;
	if (!good) {
		int e = errno;
		link_close(l, false);
		errno = e;
	}
	return good;
}

/* What OpenSSL wants after a call that did nothing. */
static int want(SSL *ssl, int result)
{
	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_WANT_READ: return LINK_AGAIN_READ;
	case SSL_ERROR_WANT_WRITE: return LINK_AGAIN_WRITE;
	case SSL_ERROR_ZERO_RETURN: return 0;
	default: return LINK_CLOSED;
	}
}

/* Is the TCP connection there? Its end by the other side would show at the first byte. */
static int connected(struct link *l)
{
	int e = 0;
	socklen_t len = sizeof e;
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &e, &len) != 0 || e != 0)
		return LINK_CLOSED;
	struct sockaddr_in peer;
	len = sizeof peer;
	if (getpeername(l->fd, (struct sockaddr *)&peer, &len) != 0)
		return errno == ENOTCONN ? LINK_AGAIN_WRITE : LINK_CLOSED;
	return 0;
}

static bool begin_tls(struct link *l, const struct link_server *s)
{
	l->ssl = SSL_new(s->ctx);
	if (l->ssl == NULL || SSL_set_fd(l->ssl, l->fd) != 1)
		return false;
	X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(l->ssl), s->host);
	SSL_set_connect_state(l->ssl);
	l->state = LINK_HANDSHAKE;
	return true;
}

int link_step(struct link *l, const struct link_server *s, bool tcp_only)
{
	ERR_clear_error();
	if (l->state == LINK_CONNECTING) {
		int rc = connected(l);
		if (rc != 0 || tcp_only)
			return rc;
		if (s->ctx == NULL)
			l->state = LINK_UP;
		else if (!begin_tls(l, s))
			return LINK_CLOSED;
	}
	if (l->state == LINK_HANDSHAKE) {
		int rc = SSL_do_handshake(l->ssl);
		if (rc != 1) {
			rc = want(l->ssl, rc);
			return rc == 0 ? LINK_CLOSED : rc;
		}
		l->state = LINK_UP;
	}
	return 0;
}

ssize_t link_read(struct link *l, void *data, size_t len)
{
	if (l->ssl != NULL) {
		ERR_clear_error();
		int n = SSL_read(l->ssl, data, (int)len);
		return n > 0 ? n : want(l->ssl, n);
	}
	ssize_t n = recv(l->fd, data, len, 0);
	return n >= 0 ? n : errno == EAGAIN ? LINK_AGAIN_READ : LINK_CLOSED;
}

ssize_t link_write(struct link *l, const void *data, size_t len)
{
	if (l->ssl != NULL) {
		ERR_clear_error();
		int n = SSL_write(l->ssl, data, (int)len);
		if (n > 0)
			return n;
		n = want(l->ssl, n);
		return n == 0 ? LINK_CLOSED : n;
	}
	ssize_t n = send(l->fd, data, len, MSG_NOSIGNAL);
	return n >= 0 ? n : errno == EAGAIN ? LINK_AGAIN_WRITE : LINK_CLOSED;
}

void link_close(struct link *l, bool orderly)
{
	if (l->ssl != NULL) {
		if (orderly && l->state == LINK_UP)
			SSL_shutdown(l->ssl);
		SSL_free(l->ssl);
	}
	if (l->state != LINK_NONE && l->fd >= 0)
		close(l->fd);
	*l = (struct link){.fd = -1};
}
