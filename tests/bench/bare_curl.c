/* The limit that latlas-probe is compared with: libcurl's multi interface and c-ares, as little
 * around them as a correct cold measurement allows, one line of times for each URL.
 *
 *     bare_curl RESOLVER IN_FLIGHT GAP_US CAPATH <URLS
 *
 * What is cheapest was chosen at each point: one c-ares channel for all, one easy handle for each
 * place in flight that is used again with its options set once, one OpenSSL store that reads a
 * root when it meets it. No guard, no lag, no kernel figures, no batch. Prints
 * "PORT DNS_US TCP_US TLS_US WAIT_US BODY_US", by curl's own clock. */
#include <ares.h>
#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/epoll.h>

#include "tests/bench/urls.h"

#define MOST_IN_FLIGHT 64

struct slot {
	CURL *easy;
	struct curl_slist *connect_to;
	const struct url *url; /* NULL: idle */
	struct mono asked;
	int64_t dns_us;
};

struct bare {
	CURLM *multi;
	ares_channel channel;
	X509_STORE *store;
	int epoll;
	struct mono timer;      /* libcurl's; ns 0: off */
	struct slot slots[MOST_IN_FLIGHT];
	size_t slot_count, running, failed;
	int family[1024];       /* of watched descriptors: 0 none, 1 libcurl's, 2 c-ares's */
};

static void watch(struct bare *b, int fd, uint32_t events, int family)
{
	if (fd < 0 || fd >= 1024)
		abort();
	struct epoll_event e = { .events = events, .data.fd = fd };
	int op = events == 0 ? EPOLL_CTL_DEL : b->family[fd] == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	epoll_ctl(b->epoll, op, fd, &e);
	b->family[fd] = events == 0 ? 0 : family;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
	(void)easy;
	(void)unused;
	watch(ctx, fd, what == CURL_POLL_REMOVE ? 0 : (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u), 1);
	return 0;
}

static void on_dns_socket(void *ctx, ares_socket_t fd, int readable, int writable)
{
	watch(ctx, fd, (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u), 2);
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
	(void)multi;
	struct bare *b = ctx;
	b->timer = ms < 0 ? (struct mono){0} : mono_add_us(mono_now(), ms * US_PER_MS);
	return 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
	(void)data;
	(void)ctx;
	return size * n;
}

static CURLcode on_ssl_ctx(CURL *easy, void *ssl_ctx, void *ctx)
{
	(void)easy;
	struct bare *b = ctx;
	X509_STORE_up_ref(b->store);
	SSL_CTX_set_cert_store(ssl_ctx, b->store);
	return CURLE_OK;
}

static void make_slot(struct bare *b, struct slot *s)
{
	CURL *e = s->easy = curl_easy_init();
	if (e == NULL)
		exit(70);
	curl_easy_setopt(e, CURLOPT_PRIVATE, s);
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, 10000L);
	curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
	curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, b);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
}

static void on_answer(void *ctx, int status, int timeouts, unsigned char *text, int len)
{
	(void)timeouts;
	struct slot *s = ctx;
	struct ares_addrttl found[8];
	int n = 8;
	s->dns_us = mono_diff_us(s->asked, mono_now());
	if (status == ARES_SUCCESS)
		status = ares_parse_a_reply(text, len, NULL, found, &n);
	if (status != ARES_SUCCESS || n < 1) {
		fprintf(stderr, "bare_curl: %s: %s\n", s->url->host, ares_strerror(status));
		exit(1);
	}
	char address[INET_ADDRSTRLEN], line[INET_ADDRSTRLEN + 8];
	inet_ntop(AF_INET, &found[0].ipaddr, address, sizeof address);
	snprintf(line, sizeof line, "::%s:", address);
	curl_slist_free_all(s->connect_to);
	s->connect_to = curl_slist_append(NULL, line);
	curl_easy_setopt(s->easy, CURLOPT_CONNECT_TO, s->connect_to);
	curl_easy_setopt(s->easy, CURLOPT_URL, s->url->text);
}

static void begin(struct bare *b, const struct url *url)
{
	struct slot *s = b->slots;
	while (s->url != NULL)
		s++;
	s->url = url;
	s->dns_us = -1;
	s->asked = mono_now();
	b->running++;
	ares_query(b->channel, url->host, 1 /* IN */, 1 /* A */, on_answer, s);
}

/* Those whose name is known by now; not from c-ares's own callback. */
static void begin_fetches(struct bare *b, bool *fetching)
{
	for (size_t i = 0; i < b->slot_count; i++)
		if (b->slots[i].url != NULL && b->slots[i].dns_us >= 0 && !fetching[i]) {
			fetching[i] = true;
			curl_multi_add_handle(b->multi, b->slots[i].easy);
		}
}

static long long between(CURL *e, CURLINFO from, CURLINFO to)
{
	curl_off_t a = 0, z = 0;
	curl_easy_getinfo(e, from, &a);
	curl_easy_getinfo(e, to, &z);
	return (long long)(z - a);
}

static void take_messages(struct bare *b, bool *fetching)
{
	int left;
	for (const CURLMsg *m; (m = curl_multi_info_read(b->multi, &left)) != NULL;) {
		struct slot *s = NULL;
		CURL *e = m->easy_handle;
		CURLcode code = m->data.result;
		curl_easy_getinfo(e, CURLINFO_PRIVATE, (char **)&s);
		curl_multi_remove_handle(b->multi, e);
		if (code != CURLE_OK) {
			fprintf(stderr, "bare_curl: %s: %s\n", s->url->text, curl_easy_strerror(code));
			b->failed++;
		}
		printf("%d %lld %lld %lld %lld %lld\n", s->url->port, (long long)s->dns_us,
		       between(e, CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T),
		       between(e, CURLINFO_CONNECT_TIME_T, CURLINFO_APPCONNECT_TIME_T),
		       between(e, CURLINFO_PRETRANSFER_TIME_T, CURLINFO_STARTTRANSFER_TIME_T),
		       between(e, CURLINFO_STARTTRANSFER_TIME_T, CURLINFO_TOTAL_TIME_T));
		fetching[s - b->slots] = false;
		s->url = NULL;
		b->running--;
	}
}

static void handle(struct bare *b, const struct epoll_event *e)
{
	int fd = e->data.fd, running, mask;
	bool in = e->events & (EPOLLIN | EPOLLERR | EPOLLHUP), out = e->events & EPOLLOUT;
	if (b->family[fd] == 2) {
		ares_process_fd(b->channel, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
	} else if (b->family[fd] == 1) {
		mask = (in ? CURL_CSELECT_IN : 0) | (out ? CURL_CSELECT_OUT : 0);
		curl_multi_socket_action(b->multi, fd, mask, &running);
	}
}

static void run(struct bare *b, const struct url *urls, size_t n, int64_t gap_us)
{
	bool fetching[MOST_IN_FLIGHT] = {0};
	struct mono next = mono_now();
	for (size_t begun = 0; begun < n || b->running > 0;) {
		struct mono now = mono_now();
		if (begun < n && b->running < b->slot_count && now.ns >= next.ns) {
			begin(b, &urls[begun++]);
			next = mono_add_us(now, gap_us);
		}
		begin_fetches(b, fetching);
		int64_t wait_ms = 1000;
		if (begun < n && b->running < b->slot_count)
			wait_ms = (next.ns - now.ns + 999999) / 1000000;
		if (b->timer.ns != 0 && (b->timer.ns - now.ns + 999999) / 1000000 < wait_ms)
			wait_ms = (b->timer.ns - now.ns + 999999) / 1000000;
		struct epoll_event events[MOST_IN_FLIGHT];
		int got = epoll_wait(b->epoll, events, MOST_IN_FLIGHT, wait_ms < 0 ? 0 : (int)wait_ms);
		for (int i = 0; i < got; i++)
			handle(b, &events[i]);
		if (b->timer.ns != 0 && mono_now().ns >= b->timer.ns) {
			int running;
			b->timer.ns = 0;
			curl_multi_socket_action(b->multi, CURL_SOCKET_TIMEOUT, 0, &running);
		}
		take_messages(b, fetching);
	}
}

static void open_channel(struct bare *b, const char *resolver)
{
	char lookups[] = "b";
	struct ares_options o = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES, .lookups = lookups,
		.sock_state_cb = on_dns_socket, .sock_state_cb_data = b,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_SERVERS | ARES_OPT_DOMAINS;
	if (ares_init_options(&b->channel, &o, mask) != ARES_SUCCESS ||
	    ares_set_servers_csv(b->channel, resolver) != ARES_SUCCESS) {
		fprintf(stderr, "bare_curl: c-ares: %s\n", resolver);
		exit(64);
	}
}

int main(int argc, char **argv)
{
	static struct url urls[URLS_MAX];
	static struct bare b;
	int in_flight = argc == 5 ? atoi(argv[2]) : 0;
	if (in_flight < 1 || in_flight > MOST_IN_FLIGHT) {
		fprintf(stderr, "usage: bare_curl RESOLVER IN_FLIGHT GAP_US CAPATH <URLS\n");
		return 64;
	}
	size_t n = urls_read(urls, "bare_curl");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	ares_library_init(ARES_LIB_INIT_ALL);
	b.epoll = epoll_create1(EPOLL_CLOEXEC);
	b.store = X509_STORE_new();
	b.multi = curl_multi_init();
	if (b.epoll < 0 || b.store == NULL || b.multi == NULL || X509_STORE_load_path(b.store, argv[4]) != 1)
		return 70;
	open_channel(&b, argv[1]);
	curl_multi_setopt(b.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(b.multi, CURLMOPT_SOCKETDATA, &b);
	curl_multi_setopt(b.multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(b.multi, CURLMOPT_TIMERDATA, &b);
	b.slot_count = (size_t)in_flight;
	for (size_t i = 0; i < b.slot_count; i++)
		make_slot(&b, &b.slots[i]);
	run(&b, urls, n, atol(argv[3]));
	for (size_t i = 0; i < b.slot_count; i++) {
		curl_easy_cleanup(b.slots[i].easy);
		curl_slist_free_all(b.slots[i].connect_to);
	}
	curl_multi_cleanup(b.multi);
	ares_destroy(b.channel);
	X509_STORE_free(b.store);
	ares_library_cleanup();
	curl_global_cleanup();
	return b.failed != 0;
}
