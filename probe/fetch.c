#include "probe/fetch_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "probe/trust.h"

#define USER_AGENT "latlas-probe/" LATLAS_VERSION

/* ---- the library --------------------------------------------------------------- */

int fetch_library_init(struct err *err)
{
	CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);
	return rc == CURLE_OK ? 0 : err_set(err, LAT_SOFTWARE, "libcurl: %s", curl_easy_strerror(rc));
}

void fetch_library_cleanup(void)
{
	curl_global_cleanup();
}

bool fetch_supports(const char *http)
{
	const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
	if (http == NULL || strncmp(http, "1.", 2) == 0)
		return true;
	if (strcmp(http, "2") == 0)
		return (built->features & CURL_VERSION_HTTP2) != 0;
	return strcmp(http, "3") == 0 && (built->features & CURL_VERSION_HTTP3) != 0;
}

/* ---- libcurl's callbacks --------------------------------------------------------- */

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct fetch *f = ctx;
	size_t n = size * count;
	f->bytes += (int64_t)n;
	f->fetcher->bytes += (int64_t)n;
	if (f->request.inspect != NULL)
		inspect_body(f->request.inspect, data, n);
	int64_t budget = f->fetcher->options.max_bytes;
	f->over_budget = budget > 0 && f->fetcher->bytes > budget;
	int64_t limit = f->request.body_limit_kib * 1024;
	f->cut = limit > 0 && f->bytes >= limit;
	/* How much more came in the same piece is chance, and differs from node to node. */
	if (f->cut)
		f->bytes = limit;
	return f->over_budget || f->cut ? 0 : n;
}

/* Called for each line of the response's head. */
static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct fetch *f = ctx;
	if (f->first.ns == 0)
		f->first = f->last;
	if (f->request.inspect != NULL && size * count > 5 && memcmp(data, "HTTP/", 5) == 0)
		inspect_answered(f->request.inspect);
	return size * count;
}

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	(void)purpose;
	struct fetch *f = ctx;
	struct address a;
	f->again = f->opened.ns != 0;
	if (f->again)
		return CURL_SOCKET_BAD;
	/* The last door: whatever went before, nothing is connected to that the guard forbids. */
	f->refused = address_from_sockaddr(&to->addr, &a) ? guard_address(f->fetcher->options.guard, &a)
	                                                  : "no IP address";
	if (f->refused == NULL && !guard_port(f->fetcher->options.guard, a.port))
		f->refused = "port";
	if (f->refused != NULL)
		return CURL_SOCKET_BAD;
	int fd = socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
	if (fd < 0)
		f->socket_errno = errno;
	f->fd = fd;
	f->opened = mono_now();
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* Whose connection that is; NULL: nobody's any more. Libcurl (8.10 and later) may close a connection some time after
 * it has told its end, when the fetch is at another request or gone. */
static struct fetch *fetch_of(const struct fetcher *fetcher, curl_socket_t fd)
{
	struct fetch *f = fetcher->fetches;
	while (f != NULL && f->fd != fd)
		f = f->next;
	return f;
}

static int on_close(void *ctx, curl_socket_t fd)
{
	struct fetch *f = fetch_of(ctx, fd);
	if (f != NULL) {
		f->tcp = tcpinfo_read(fd);
		f->fd = CURL_SOCKET_BAD;
	}
	return close(fd);
}

/* Once, before data moves it. */
static void note_handshake(struct fetch *f)
{
	if (f->syn.rtt_us < 0)
		f->syn = tcpinfo_read(f->fd);
}

/* The connection stands, and the request goes out now: of what OpenSSL doesn't tell the last moment for it. */
static int on_request(void *ctx, char *to, char *from, int to_port, int from_port)
{
	(void)to, (void)from, (void)to_port, (void)from_port;
	struct fetch *f = ctx;
	if (!f->request.url->https)
		note_handshake(f);
	f->asked = mono_now();
	return CURL_PREREQFUNC_OK;
}

static CURLcode on_ssl_ctx(CURL *easy, void *ctx, void *user)
{
	(void)easy;
	struct fetch *f = user;
	if (f->connected.ns == 0) { /* at once: no event told us */
		f->connected = mono_now();
		note_handshake(f);
	}
	return tlsinfo_attach(f->tls, ctx, f->fetcher->store) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

static void end_request(struct fetch *f)
{
	if (!f->active)
		return;
	if (f->fd != CURL_SOCKET_BAD)
		f->tcp = tcpinfo_read(f->fd);
	/* This closes the connection if it still stands, or at least begins to. */
	curl_multi_remove_handle(f->fetcher->multi, f->easy);
	f->fd = CURL_SOCKET_BAD;
	f->tls->inspect = NULL;
	f->active = false;
}

static void take_messages(struct fetcher *fetcher)
{
	int left;
	for (const CURLMsg *m; (m = curl_multi_info_read(fetcher->multi, &left)) != NULL;) {
		if (m->msg != CURLMSG_DONE)
			continue;
		struct fetch *f = NULL;
		CURLcode code = m->data.result; /* `m` is gone after the removal */
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&f);
		end_request(f);
		fetch_fill_result(f, code);
		f->done(f->ctx, &f->result);
	}
}

/* ---- between libcurl and the loop ------------------------------------------------- */

static void act(struct fetcher *fetcher, int fd, uint32_t events)
{
	int running, mask = 0;
	/* Whoever reads or writes now is told the error at once, and that is what ready means (POSIX, select(), "ready
	 * for reading"). The kernel may show the error a moment earlier than that; by it alone libcurl would end without
	 * having asked for the errno, and a reset would be told as a close. */
	if (events & (EPOLLERR | EPOLLHUP))
		mask = CURL_CSELECT_ERR | CURL_CSELECT_IN | CURL_CSELECT_OUT;
	if (events & EPOLLIN)
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	curl_multi_socket_action(fetcher->multi, fd, mask, &running);
	take_messages(fetcher);
}

static void note_event(struct fetch *f)
{
	struct loop *loop = f->fetcher->loop;
	if (f->span != NULL)
		lag_own(loop_lag(loop), f->span);
	f->last = loop_woke(loop);
	if (f->connected.ns == 0) {
		f->connected = f->last;
		note_handshake(f);
	}
}

static void on_event(void *ctx, int fd, uint32_t events)
{
	struct fetch *f = fetch_of(ctx, fd);
	if (f != NULL)
		note_event(f);
	act(ctx, fd, events);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *per_socket)
{
	(void)easy, (void)per_socket;
	struct fetcher *fetcher = user;
	uint32_t events = 0;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	loop_watch(fetcher->loop, fd, events, on_event, fetcher);
	return 0;
}

static void on_time(void *ctx)
{
	struct fetcher *fetcher = ctx;
	act(fetcher, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	(void)multi;
	struct fetcher *fetcher = ctx;
	if (timeout_ms < 0)
		loop_timer_off(fetcher->loop, &fetcher->timer);
	else
		loop_timer_set(fetcher->loop, &fetcher->timer, mono_add_us(mono_now(), timeout_ms * US_PER_MS),
		               on_time, fetcher);
	return 0;
}

int fetcher_new(struct fetcher **out, struct loop *loop, const struct fetcher_options *options,
                struct err *err)
{
	*out = NULL;
	struct fetcher *f = calloc(1, sizeof *f);
	if (f == NULL)
		return err_nomem(err);
	f->loop = loop;
	f->options = *options;
	int rc = trust_new(&f->store, options->ca_file, err);
	if (rc == 0 && (f->multi = curl_multi_init()) == NULL)
		rc = err_nomem(err);
	if (rc != 0) {
		fetcher_free(f);
		return rc;
	}
	if (options->warm_tls)
		tlsinfo_warm_up();
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	*out = f;
	return 0;
}

void fetcher_free(struct fetcher *f)
{
	if (f == NULL)
		return;
	if (f->multi != NULL)
		curl_multi_cleanup(f->multi);
	loop_timer_off(f->loop, &f->timer);
	X509_STORE_free(f->store);
	free(f);
}

int64_t fetcher_bytes(const struct fetcher *f)
{
	return f->bytes;
}

/* ---- one request ------------------------------------------------------------------- */

struct fetch *fetch_new(struct fetcher *fetcher)
{
	struct fetch *f = calloc(1, sizeof *f);
	if (f == NULL)
		return NULL;
	f->fetcher = fetcher;
	f->fd = CURL_SOCKET_BAD;
	f->next = fetcher->fetches;
	fetcher->fetches = f;
	return f;
}

void fetch_free(struct fetch *f)
{
	if (f == NULL)
		return;
	end_request(f);
	struct fetch **at = &f->fetcher->fetches;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	curl_easy_cleanup(f->easy);
	curl_slist_free_all(f->connect_to);
	curl_slist_free_all(f->headers);
	tlsinfo_release(f->tls);
	free(f);
}

static bool add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *more = curl_slist_append(*list, line);
	if (more != NULL)
		*list = more;
	return more != NULL;
}

static bool make_lists(struct fetch *f, const struct fetch_request *q)
{
	curl_slist_free_all(f->connect_to);
	curl_slist_free_all(f->headers);
	f->connect_to = f->headers = NULL;
	char text[ADDRESS_TEXT], line[ADDRESS_TEXT + 16];
	address_text(&q->addr, text);
	/* "any host, any port: to this address, the same port". An entry of its own for each
	 * request, where RESOLVE would write into a cache that requests in flight share. */
	snprintf(line, sizeof line, q->addr.family == 6 ? "::[%s]:" : "::%s:", text);
	bool ok = add_line(&f->connect_to, line);
	for (size_t i = 0; ok && q->headers != NULL && i < q->headers->len; i++)
		ok = add_line(&f->headers, q->headers->at[i]);
	return ok;
}

static long http_option(const struct fetch_request *q)
{
	if (!q->url->https || (q->http != NULL && strcmp(q->http, "1.1") == 0))
		return CURL_HTTP_VERSION_1_1;
	if (fetch_is_quic(q))
		return CURL_HTTP_VERSION_3ONLY; /* or not at all: no other beside it or after it */
	return CURL_HTTP_VERSION_2TLS; /* by ALPN: h2, else http/1.1 */
}

static long tls_option(const struct fetch_request *q)
{
	if (q->tls == NULL)
		return CURL_SSLVERSION_TLSv1_2;
	if (strcmp(q->tls, "1.3") == 0)
		return CURL_SSLVERSION_TLSv1_3;
	return CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2;
}

static bool set_options(struct fetch *f, const struct fetch_request *q)
{
	CURL *e = f->easy;
	CURLcode rc = curl_easy_setopt(e, CURLOPT_URL, q->url->text); /* the one that copies */
	curl_easy_setopt(e, CURLOPT_CONNECT_TO, f->connect_to);
	curl_easy_setopt(e, CURLOPT_PRIVATE, f);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->text);
	/* cold, and deaf to the environment */
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->headers);
	curl_easy_setopt(e, CURLOPT_USERAGENT, USER_AGENT);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, http_option(q));
	curl_easy_setopt(e, CURLOPT_SSLVERSION, tls_option(q));
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
	/* who is trusted comes with the store (trust.h) */
	curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
	curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, f);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_request);
	curl_easy_setopt(e, CURLOPT_PREREQDATA, f);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, f);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, f->fetcher);
	if (q->inspect != NULL)
		curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl can decode */
	return rc == CURLE_OK;
}

int fetch_start(struct fetch *f, const struct fetch_request *request, struct lag_span *span,
                fetch_fn *done, void *ctx, struct err *err)
{
	end_request(f);
	f->request = *request;
	f->span = span;
	f->done = done;
	f->ctx = ctx;
	f->opened = f->connected = f->asked = f->first = f->last = (struct mono){0};
	f->socket_errno = 0;
	f->refused = NULL;
	f->again = false;
	f->fd = CURL_SOCKET_BAD;
	f->tcp = f->syn = (struct tcpinfo){ .min_rtt_us = -1, .rtt_us = -1, .retrans = -1 };
	tlsinfo_release(f->tls);
	f->tls = tlsinfo_new(f->fetcher->options.want_cert, request->inspect);
	f->bytes = 0;
	f->cut = f->over_budget = false;
	f->text[0] = '\0';
	/* A handle of its own: one that is used again still tells the errno of an older failure. */
	curl_easy_cleanup(f->easy);
	f->easy = curl_easy_init();
	if (f->easy == NULL || f->tls == NULL || !make_lists(f, request) || !set_options(f, request))
		return err_nomem(err);
	CURLMcode rc = curl_multi_add_handle(f->fetcher->multi, f->easy);
	if (rc != CURLM_OK)
		return err_set(err, LAT_SOFTWARE, "libcurl: %s", curl_multi_strerror(rc));
	f->active = true;
	return 0;
}
