#include "collector/http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/door.h"
#include "collector/listen.h"
#include "collector/request.h"

/* Two groups are left out that nobody needs: a stranger could choose them, and each handshake would take 130 KB
 * of reserve.h's memory where malloc has none. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-GROUP-FFDHE6144:-GROUP-FFDHE8192"
#define ADMIN_CONNECTIONS 16
#define MAX_THREADS 8
#define OTHER_DESCRIPTORS 512 /* databases, lingering connections, those on their way out */
#define OPTIONS 16

struct http {
	struct MHD_Daemon *daemon;
	struct door *door; /* NULL: libmicrohttpd accepts by itself */
	char name[LISTEN_TEXT + 16];
};

/* libmicrohttpd's own words: broken handshakes and requests of strangers, mostly. */
static void say(void *cls, const char *fmt, va_list args)
{
	const struct log *log = cls;
	char text[512];
	vsnprintf(text, sizeof text, fmt, args);
	text[strcspn(text, "\r\n")] = '\0';
	log_debug(log, "http: %s", text);
}

size_t http_connections(const struct log *log)
{
	struct rlimit limit;
	const rlim_t want = HTTP_CONNECTIONS + OTHER_DESCRIPTORS;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want)
		return HTTP_CONNECTIONS;
	rlim_t had = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > want ? want : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		limit.rlim_cur = had;
	if (limit.rlim_cur >= want)
		return HTTP_CONNECTIONS;
	size_t room = limit.rlim_cur > 2 * OTHER_DESCRIPTORS ? (size_t)limit.rlim_cur - OTHER_DESCRIPTORS
	                                                     : (size_t)limit.rlim_cur / 2;
	log_warn(log, "only %llu file descriptors: %zu connections at a time instead of %d",
	         (unsigned long long)limit.rlim_cur, room, HTTP_CONNECTIONS);
	return room;
}

static int open_socket(struct http *h, const struct listen_addr *addr, const char *scheme, int *fd,
                       struct err *err)
{
	char text[LISTEN_TEXT];
	struct sockaddr_storage bound;
	socklen_t len = sizeof bound;
	int rc = listen_open(addr, fd, err);
	if (rc != 0)
		return rc;
	/* Asked of the kernel: port 0 in the configuration means any that is free. */
	if (getsockname(*fd, (struct sockaddr *)&bound, &len) == 0)
		snprintf(h->name, sizeof h->name, "%s://%s", scheme,
		         listen_text((struct sockaddr *)&bound, text));
	return 0;
}

static unsigned threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 2 ? 2 : n > MAX_THREADS ? MAX_THREADS : (unsigned)n;
}

int http_start(struct http **out, struct collector *c, struct err *err)
{
	bool tls = c->identity != NULL;
	int fd;
	/* poll, not epoll: with epoll and TLS, libmicrohttpd 0.9.75 spins for as long as a handshake
	 * waits for its peer (it doesn't note that there was nothing to read), a whole core for one
	 * client that is slow or far away. */
	unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
	                 MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC;
	struct http *h = calloc(1, sizeof *h);
	if (h == NULL)
		return err_nomem(err);
	int rc = open_socket(h, &c->settings.listen, tls ? "https" : "http", &fd, err);
	if (rc != 0) {
		free(h);
		return rc;
	}
	struct MHD_OptionItem options[OPTIONS] = {{MHD_OPTION_END, 0, NULL}};
	if (tls) {
		flags |= MHD_USE_TLS;
		options[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
		                                     identity_cert(c->identity)->data};
		options[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0,
		                                     identity_key(c->identity)->data};
		options[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
		                                     (void *)(intptr_t)TLS_PRIORITIES};
		options[3] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	}
	/* What is beyond libmicrohttpd's limit is refused, probe or not: so it is never reached, for
	 * conns.h makes room before. Each thread has an equal share of the limit, and may by chance hold
	 * all connections that conns.h allows. */
	h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, request_handle, c,
	                             MHD_OPTION_EXTERNAL_LOGGER, say, (void *)&c->log,
	                             MHD_OPTION_THREAD_POOL_SIZE, threads(),
	                             MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS * threads(),
	                             MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_IDLE_S,
	                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_POOL_BYTES,
	                             MHD_OPTION_NOTIFY_COMPLETED, request_completed, (void *)c,
	                             MHD_OPTION_NOTIFY_CONNECTION, request_connection, (void *)c,
	                             MHD_OPTION_ARRAY, options,
	                             MHD_OPTION_END);
	if (h->daemon == NULL) {
		err_set(err, LAT_UNAVAILABLE, "cannot serve %s: libmicrohttpd does not start (see -v)",
		        h->name);
		close(fd);
		free(h);
		return LAT_UNAVAILABLE;
	}
	rc = door_open(&h->door, fd, h->daemon, c->conns, &c->log, err);
	if (rc != 0) {
		http_stop(h);
		return rc;
	}
	*out = h;
	return 0;
}

int http_start_admin(struct http **out, struct collector *c, MHD_AccessHandlerCallback handler, void *cls,
                     struct err *err)
{
	int fd;
	struct http *h = calloc(1, sizeof *h);
	if (h == NULL)
		return err_nomem(err);
	int rc = open_socket(h, &c->settings.admin, "http", &fd, err);
	if (rc != 0) {
		free(h);
		return rc;
	}
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL,
	                             handler, cls,
	                             MHD_OPTION_EXTERNAL_LOGGER, say, (void *)&c->log,
	                             MHD_OPTION_LISTEN_SOCKET, fd,
	                             MHD_OPTION_CONNECTION_LIMIT, (unsigned)ADMIN_CONNECTIONS,
	                             MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_IDLE_S,
	                             MHD_OPTION_END);
	if (h->daemon == NULL) {
		err_set(err, LAT_UNAVAILABLE, "cannot serve %s: libmicrohttpd does not start", h->name);
		close(fd);
		free(h);
		return LAT_UNAVAILABLE;
	}
	*out = h;
	return 0;
}

const char *http_name(const struct http *h)
{
	return h->name;
}

void http_quiesce(struct http *h)
{
	door_close(h->door);
	h->door = NULL;
}

void http_stop(struct http *h)
{
	if (h == NULL)
		return;
	door_close(h->door);
	MHD_stop_daemon(h->daemon);
	free(h);
}
