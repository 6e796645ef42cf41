#include "probe/resolve.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include "lib/attr.h"
#include "probe/reach.h"

#define NEVER_MS 3600000  /* c-ares's own timer: ours always comes first */

struct resolve {
	struct loop *loop;
	struct resolve_question question;
	struct mono started, deadline;
	struct lag_span *span;
	resolve_fn *done;
	void *ctx;

	ares_channel channel;    /* NULL between tries */
	bool ending;             /* the channel's last callbacks are to be ignored */
	bool answered;           /* this try has its result */
	int status;              /* c-ares's, of this try; ARES_SUCCESS: `error` says what came of it */
	enum nel_type error;
	struct dnsmsg_question asked; /* of this try */
	struct dnsmsg message;        /* and what was read of its answer, if `readable` */
	bool readable;
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

/* What c-ares says where no answer came. */
static enum nel_type error_of(const struct resolve *r)
{
	enum nel_type own;
	switch (r->status) {
	case ARES_ECONNREFUSED: /* c-ares's word for every failure to send */
		own = reach_fault(&r->answer.server);
		return own != NEL_OK ? own : NEL_DNS_UNREACHABLE;
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
	case ARES_EBADRESP:
		return NEL_DNS_UNREACHABLE;
	case ARES_ENOMEM:
		return NEL_LOCAL_FAILED;
	default: /* an answer that cannot be read */
		return NEL_DNS_FAILED;
	}
}

/* What an answer that could be read amounts to. */
static enum nel_type judge(const struct resolve *r)
{
	const struct dnsmsg *m = &r->message;
	bool authority = r->question.authority;
	if (m->rcode == DNSMSG_NXDOMAIN)
		return NEL_DNS_NAME_NOT_RESOLVED;
	if (m->rcode != DNSMSG_NOERROR || (authority && !m->aa))
		return NEL_DNS_FAILED;
	if (r->question.type == DNSMSG_NS) /* the zone is told where there are no servers */
		return m->ns_count > 0 || m->zone[0] != '\0' ? NEL_OK : NEL_DNS_NAME_NOT_RESOLVED;
	if (m->addr_count > 0 || (authority && m->cname[0] != '\0'))
		return NEL_OK;
	return NEL_DNS_NAME_NOT_RESOLVED;
}

static void next_step(void *ctx);

static void on_answer(void *ctx, int status, int timeouts LAT_UNUSED, unsigned char *text, int len)
{
	struct resolve *r = ctx;
	if (r->ending)
		return;
	struct mono now = mono_now();
	/* Later versions end a query by what isn't even a message, where earlier ones go on listening: that could be
	 * anybody's (RFC 5452, 9.1), so it is no answer, and is asked for again. */
	r->answered = status != ARES_EBADRESP;
	r->status = status;
	if (status == ARES_SUCCESS) {
		/* c-ares has matched the id, which in later versions (Debian 13's) is of its own making. */
		if (len >= 2)
			r->asked.id = (uint16_t)(text[0] << 8 | text[1]);
		r->readable = len >= 0 && dnsmsg_parse(text, (size_t)len, &r->asked, &r->message);
		r->error = r->readable ? judge(r) : NEL_DNS_FAILED;
		if (r->error == NEL_OK)
			r->answer.dns_us = mono_diff_us(r->started, loop_woke(r->loop));
	}
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

/* c-ares has opened a socket: after a truncated answer, a stream. */
static int on_open(ares_socket_t fd LAT_UNUSED, int type, void *ctx)
{
	struct resolve *r = ctx;
	r->answer.tcp |= type == SOCK_STREAM;
	return 0;
}

/* A channel for one server: everything is given, so that no file and no environment
 * variable is read. */
static int open_channel(struct resolve *r, const struct address *server)
{
	char lookups[] = "b";
	struct ares_options o = {
		.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
		.timeout = NEVER_MS, .tries = 1, .ndots = 1, .lookups = lookups,
		.sock_state_cb = on_socket, .sock_state_cb_data = r, .ednspsz = DNSMSG_EDNS_BYTES,
	};
	int rc = ares_init_options(&r->channel, &o,
	                           ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
	                           ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ |
	                           ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST);
	if (rc != ARES_SUCCESS) {
		r->channel = NULL;
		return rc;
	}
	ares_set_socket_callback(r->channel, on_open, r);
	struct ares_addr_port_node node = {
		.family = server->family == 4 ? AF_INET : AF_INET6,
		.udp_port = server->port, .tcp_port = server->port,
	};
	memcpy(&node.addr, server->bytes, server->family == 4 ? 4 : 16);
	return ares_set_servers_ports(r->channel, &node);
}

/* An id that cannot be guessed; if the kernel has no randomness yet, c-ares has none either. */
static uint16_t fresh_id(void)
{
	uint16_t id;
	return getrandom(&id, sizeof id, GRND_NONBLOCK) == (ssize_t)sizeof id ? id : (uint16_t)wall_now().us;
}

/* Ends this try from the loop, with what is known already; c-ares has no say in it. */
static void settle(struct resolve *r, enum nel_type error)
{
	r->answered = true;
	r->status = ARES_SUCCESS;
	r->error = error;
	loop_timer_set(r->loop, &r->timer, mono_now(), next_step, r);
}

static void begin_try(struct resolve *r)
{
	const struct resolve_question *q = &r->question;
	uint8_t query[DNSMSG_QUERY_MAX];
	r->answered = r->readable = r->answer.tcp = false;
	r->status = ARES_ETIMEOUT;
	r->answer.server = q->servers[r->server];
	r->asked = (struct dnsmsg_question){
		.id = fresh_id(), .name = q->host, .type = q->type, .recurse = !q->authority, .ecs = q->ecs,
	};
	size_t len = dnsmsg_query(&r->asked, query, sizeof query);
	int rc = open_channel(r, &q->servers[r->server]);
	struct mono now = mono_now();
	if (r->answer.tries++ == 0)
		r->started = now;
	struct mono until = mono_add_us(now, RESOLVE_TRY_US);
	if (until.ns > r->deadline.ns || r->answer.tries == RESOLVE_MAX_TRIES)
		until = r->deadline;
	loop_timer_set(r->loop, &r->timer, until, next_step, r);
	if (len == 0)
		settle(r, NEL_DNS_NAME_NOT_RESOLVED);
	else if (rc != ARES_SUCCESS)
		settle(r, NEL_LOCAL_FAILED);
	else
		ares_send(r->channel, query, (int)len, on_answer, r);
}

/* A try has ended, by an answer or by its timer. */
static void next_step(void *ctx)
{
	struct resolve *r = ctx;
	size_t n = r->question.server_count;
	if (r->span != NULL)
		lag_own(loop_lag(r->loop), r->span);
	end_try(r);
	if (r->status != ARES_SUCCESS)
		r->error = error_of(r);
	/* Silence is met by asking again, round the list; a bad answer by the rest of the list. */
	bool bad = r->error != NEL_OK && r->error != NEL_DNS_NAME_NOT_RESOLVED;
	bool again = bad && (!r->answered || r->server + 1 < n);
	if (again && r->answer.tries < RESOLVE_MAX_TRIES && mono_now().ns < r->deadline.ns) {
		r->server = (r->server + 1) % n;
		begin_try(r);
		return;
	}
	r->answer.error = r->error;
	r->answer.message = r->readable ? &r->message : NULL;
	if (r->error == NEL_OK) {
		r->answer.ttl = r->message.ttl;
		if (r->message.addr_count > 0)
			r->answer.addr = r->message.addr[0];
	}
	r->done(r->ctx, &r->answer);
}

void resolve_start(struct resolve *r, const struct resolve_question *question, struct mono deadline,
                   struct lag_span *span, resolve_fn *done, void *ctx)
{
	end_try(r);
	r->question = *question;
	r->deadline = deadline;
	r->span = span;
	r->done = done;
	r->ctx = ctx;
	r->server = 0;
	r->readable = false;
	r->answer = (struct resolve_answer){ .ttl = -1, .dns_us = -1 };
	if (question->server_count != 0)
		begin_try(r);
	else
		settle(r, NEL_LOCAL_NO_RESOLVER);
}
