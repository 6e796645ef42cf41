#include "probe/authority.h"

#include <stdlib.h>
#include <string.h>

#include "probe/resolve.h"

enum step { OF_HOST, OF_ZONE, OF_SERVER };

struct authority {
	struct resolve *resolve;
	enum step step;
	const char *host;
	int family;
	const struct address *resolvers;
	size_t resolver_count;
	struct mono deadline;
	char zone[DNSMSG_NAME];
	char names[DNSMSG_SERVERS][DNSMSG_NAME]; /* of the servers */
	size_t name_count, at;
	struct authority_found found;
	authority_fn *done;
	void *ctx;
};

struct authority *authority_new(struct loop *loop)
{
	struct authority *a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	a->resolve = resolve_new(loop);
	if (a->resolve != NULL)
		return a;
	free(a);
	return NULL;
}

void authority_free(struct authority *a)
{
	if (a == NULL)
		return;
	resolve_free(a->resolve);
	free(a);
}

static void finish(struct authority *a, enum nel_type error)
{
	a->found.error = error;
	a->done(a->ctx, &a->found);
}

static void on_answer(void *ctx, const struct resolve_answer *answer);

static void ask(struct authority *a, enum step step, const char *name, int type)
{
	struct resolve_question q = {
		.host = name, .type = type, .servers = a->resolvers, .server_count = a->resolver_count,
	};
	a->step = step;
	resolve_start(a->resolve, &q, a->deadline, NULL, on_answer, a);
}

/* The next server whose address is wanted, or the end. */
static void ask_server(struct authority *a)
{
	if (a->at < a->name_count && a->found.count < AUTHORITY_MAX)
		ask(a, OF_SERVER, a->names[a->at++], resolve_type(a->family));
	else
		finish(a, a->found.count > 0 ? NEL_OK : NEL_DNS_FAILED);
}

static void take_names(struct authority *a, const struct dnsmsg *m)
{
	a->name_count = m->ns_count;
	memcpy(a->names, m->ns, sizeof a->names);
	ask_server(a);
}

/* A name that can be asked for: not the root, and nothing in it that was not printable. */
static bool usable(const char *name)
{
	return name[0] != '\0' && strchr(name, '?') == NULL;
}

static void on_host(struct authority *a, const struct dnsmsg *m)
{
	memcpy(a->found.name, m->end, sizeof a->found.name);
	memcpy(a->zone, m->zone, sizeof a->zone);
	if (!usable(a->found.name))
		finish(a, NEL_DNS_FAILED);
	else if (m->ns_count > 0)
		take_names(a, m);
	else if (usable(a->zone))
		ask(a, OF_ZONE, a->zone, DNSMSG_NS);
	else
		finish(a, NEL_DNS_FAILED);
}

static void on_answer(void *ctx, const struct resolve_answer *answer)
{
	struct authority *a = ctx;
	const struct dnsmsg *m = answer->message;
	switch (a->step) {
	case OF_HOST:
		if (answer->error != NEL_OK)
			finish(a, answer->error);
		else
			on_host(a, m);
		break;
	case OF_ZONE:
		if (answer->error != NEL_OK || m->ns_count == 0)
			finish(a, answer->error != NEL_OK ? answer->error : NEL_DNS_FAILED);
		else
			take_names(a, m);
		break;
	case OF_SERVER: /* one without an address is no reason to give up the others */
		if (answer->error == NEL_OK) {
			a->found.servers[a->found.count] = answer->addr;
			a->found.servers[a->found.count++].port = AUTHORITY_PORT;
		}
		ask_server(a);
		break;
	}
}

void authority_start(struct authority *a, const char *host, int family, const struct address *resolvers,
                     size_t resolver_count, struct mono deadline, authority_fn *done, void *ctx)
{
	a->host = host;
	a->family = family;
	a->resolvers = resolvers;
	a->resolver_count = resolver_count;
	a->deadline = deadline;
	a->done = done;
	a->ctx = ctx;
	a->name_count = a->at = 0;
	a->found = (struct authority_found){0};
	ask(a, OF_HOST, host, DNSMSG_NS);
}
