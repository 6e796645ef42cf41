#include "probe/resolve.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/attr.h"
#include "probe/reach.h"

#define EDNS_BYTES 1232   /* DNS flag day 2020: fits a datagram everywhere */
#define NEVER_MS 3600000  /* c-ares's own timer: ours always comes first */
#define MAX_ADDRESSES 64

struct resolve {
	struct loop *loop;
	const char *host;
	int family;
	const struct address *servers;
	size_t n;
	struct mono started, deadline;
	struct lag_span *span;
	resolve_fn *done;
	void *ctx;

	ares_channel channel;    /* NULL between tries */
	bool ending;             /* the channel's last callbacks are to be ignored */
	bool answered;           /* this try has its result in `answer` */
	int status;              /* c-ares's, of this try */
	size_t server;           /* index of the one asked */
	struct loop_timer timer; /* of the try; and "deliver at once" */
	struct resolve_answer answer;
};

int resolve_library_init(struct err *err)
{
	int rc = ares_library_init(ARES_LIB_INIT_ALL);
	return rc == ARES_SUCCESS ? 0 : err_set(err, LAT_SOFTWARE, "c-ares: %s", ares_strerror(rc));
}

void resolve_library_cleanup(void)
{
	ares_library_cleanup();
}

static bool from_node(const struct ares_addr_port_node *node, struct address *out)
{
	*out = (struct address){ .port = (uint16_t)(node->udp_port ? node->udp_port : NAMESERVER_PORT) };
	out->family = node->family == AF_INET ? 4 : node->family == AF_INET6 ? 6 : 0;
	memcpy(out->bytes, &node->addr, out->family == 4 ? 4 : 16);
	return out->family != 0;
}

int resolve_system_servers(struct addresses *out, struct err *err)
{
	ares_channel channel;
	struct ares_addr_port_node *list = NULL;
	int rc = ares_init(&channel);
	if (rc != ARES_SUCCESS)
		return err_set(err, LAT_UNAVAILABLE, "/etc/resolv.conf: c-ares: %s", ares_strerror(rc));
	rc = ares_get_servers_ports(channel, &list);
	ares_destroy(channel);
	int result = rc == ARES_SUCCESS && list != NULL
	                 ? 0 : err_set(err, LAT_UNAVAILABLE, "/etc/resolv.conf: no name server");
	for (const struct ares_addr_port_node *node = list; result == 0 && node != NULL; node = node->next) {
		struct address a, *at;
		if (!from_node(node, &a))
			continue;
		if ((at = vec_add(out)) == NULL)
			result = err_nomem(err);
		else
			*at = a;
	}
	if (list != NULL)
		ares_free_data(list);
	return result;
}

struct resolve *resolve_new(struct loop *loop)
{
	struct resolve *r = calloc(1, sizeof *r);
	if (r != NULL)
		r->loop = loop;
	return r;
}

/* ares_destroy() calls every callback that is still open. */
static void end_try(struct resolve *r)
{
	loop_timer_off(r->loop, &r->timer);
	if (r->channel == NULL)
		return;
	r->ending = true;
	ares_destroy(r->channel);
	r->channel = NULL;
	r->ending = false;
}

void resolve_free(struct resolve *r)
{
	if (r == NULL)
		return;
	end_try(r);
	free(r);
}

static enum nel_type error_of(const struct resolve *r)
{
	enum nel_type own;
	switch (r->status) {
	case ARES_SUCCESS:
		return NEL_OK;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
	case ARES_EBADNAME:
		return NEL_DNS_NAME_NOT_RESOLVED;
	case ARES_ECONNREFUSED: /* c-ares's word for every failure to send */
		own = reach_fault(&r->answer.server);
		return own != NEL_OK ? own : NEL_DNS_UNREACHABLE;
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
		return NEL_DNS_UNREACHABLE;
	case ARES_ENOMEM:
		return NEL_LOCAL_FAILED;
	default: /* SERVFAIL, REFUSED, NOTIMP, FORMERR, an answer that cannot be read */
		return NEL_DNS_FAILED;
	}
}

static int read_answer(struct resolve *r, const unsigned char *text, int len)
{
	int n = MAX_ADDRESSES, rc;
	if (r->family == 4) {
		struct ares_addrttl found[MAX_ADDRESSES];
		rc = ares_parse_a_reply(text, len, NULL, found, &n);
		if (rc == ARES_SUCCESS && n > 0) {
			memcpy(r->answer.addr.bytes, &found[0].ipaddr, 4);
			r->answer.ttl = found[0].ttl;
		}
	} else {
		struct ares_addr6ttl found[MAX_ADDRESSES];
		rc = ares_parse_aaaa_reply(text, len, NULL, found, &n);
		if (rc == ARES_SUCCESS && n > 0) {
			memcpy(r->answer.addr.bytes, &found[0].ip6addr, 16);
			r->answer.ttl = found[0].ttl;
		}
	}
	if (rc != ARES_SUCCESS)
		return rc;
	if (n <= 0)
		return ARES_ENODATA;
	r->answer.addr.family = r->family;
	return ARES_SUCCESS;
}

static void next_step(void *ctx);

static void on_answer(void *ctx, int status, int timeouts LAT_UNUSED, unsigned char *text, int len)
{
	struct resolve *r = ctx;
	if (r->ending)
		return;
	struct mono now = mono_now();
	if (status == ARES_SUCCESS)
		status = read_answer(r, text, len);
	r->status = status;
	r->answered = true;
	if (status == ARES_SUCCESS)
		r->answer.dns_us = mono_diff_us(r->started, now);
	/* The channel can't be destroyed from its own callback. */
	loop_timer_set(r->loop, &r->timer, now, next_step, r);
}

static void on_readable(void *ctx, int fd, uint32_t events)
{
	struct resolve *r = ctx;
	if (r->span != NULL)
		lag_own(loop_lag(r->loop), r->span);
	ares_process_fd(r->channel, events & (EPOLLIN | EPOLLERR | EPOLLHUP) ? fd : ARES_SOCKET_BAD,
	                events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
}

static void on_socket(void *ctx, ares_socket_t fd, int readable, int writable)
{
	struct resolve *r = ctx;
	loop_watch(r->loop, fd, (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u), on_readable, r);
}

/* A channel for one server: everything is given, so that no file and no environment
 * variable is read. */
static int open_channel(struct resolve *r, const struct address *server)
{
	char lookups[] = "b";
	struct ares_options o = {
		.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
		.timeout = NEVER_MS, .tries = 1, .ndots = 1, .lookups = lookups,
		.sock_state_cb = on_socket, .sock_state_cb_data = r, .ednspsz = EDNS_BYTES,
	};
	int rc = ares_init_options(&r->channel, &o,
	                           ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
	                           ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ |
	                           ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST);
	if (rc != ARES_SUCCESS) {
		r->channel = NULL;
		return rc;
	}
	struct ares_addr_port_node node = {
		.family = server->family == 4 ? AF_INET : AF_INET6,
		.udp_port = server->port, .tcp_port = server->port,
	};
	memcpy(&node.addr, server->bytes, server->family == 4 ? 4 : 16);
	return ares_set_servers_ports(r->channel, &node);
}

static void begin_try(struct resolve *r)
{
	r->answered = false;
	r->status = ARES_ETIMEOUT;
	r->answer.server = r->servers[r->server];
	int rc = open_channel(r, &r->servers[r->server]);
	struct mono now = mono_now();
	if (r->answer.tries++ == 0)
		r->started = now;
	struct mono until = mono_add_us(now, RESOLVE_TRY_US);
	if (until.ns > r->deadline.ns || r->answer.tries == RESOLVE_MAX_TRIES)
		until = r->deadline;
	loop_timer_set(r->loop, &r->timer, until, next_step, r);
	if (rc == ARES_SUCCESS) {
		ares_query(r->channel, r->host, ns_c_in, r->family == 4 ? ns_t_a : ns_t_aaaa, on_answer, r);
		return;
	}
	r->status = rc;
	r->answered = true;
	loop_timer_set(r->loop, &r->timer, now, next_step, r);
}

/* A try has ended, by an answer or by its timer. */
static void next_step(void *ctx)
{
	struct resolve *r = ctx;
	if (r->span != NULL)
		lag_own(loop_lag(r->loop), r->span);
	end_try(r);
	enum nel_type error = r->n == 0 ? NEL_LOCAL_NO_RESOLVER : error_of(r);
	/* Silence is met by asking again, round the list; a bad answer by the rest of the list. */
	bool bad = error != NEL_OK && error != NEL_DNS_NAME_NOT_RESOLVED;
	bool again = bad && (!r->answered || r->server + 1 < r->n);
	if (again && r->answer.tries < RESOLVE_MAX_TRIES && mono_now().ns < r->deadline.ns) {
		r->server = (r->server + 1) % r->n;
		begin_try(r);
		return;
	}
	r->answer.error = error;
	r->done(r->ctx, &r->answer);
}

void resolve_start(struct resolve *r, const char *host, int family, const struct address *servers, size_t n,
                   struct mono deadline, struct lag_span *span, resolve_fn *done, void *ctx)
{
	end_try(r);
	r->host = host;
	r->family = family;
	r->servers = servers;
	r->n = n;
	r->deadline = deadline;
	r->span = span;
	r->done = done;
	r->ctx = ctx;
	r->server = 0;
	r->answer = (struct resolve_answer){ .ttl = -1, .dns_us = -1 };
	if (n != 0) {
		begin_try(r);
		return;
	}
	r->answered = true;
	loop_timer_set(r->loop, &r->timer, mono_now(), next_step, r);
}

