/* The plan: what to measure, from the operator's one file or from the collector.
 *
 * Two forms of one thing. The operator's file (libconfuse, see latlas-plan(5)) is read
 * strictly: plan_load(). On the wire it is JSON, read tolerantly: plan_from_json(); a key
 * we don't know is ignored, a `needs` we can't meet refuses it. Both end in the same
 * checks of meaning: names unique over all sections, URLs http(s), addresses literal,
 * coordinates in range, countries known. */
#ifndef LATLAS_SCHEMA_PLAN_H
#define LATLAS_SCHEMA_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/vec.h"
#include "schema/measure.h"
#include "schema/sample.h"

#define PLAN_MAX_BYTES (1u << 20)
#define PLAN_MAX_NAME 64 /* of a target, node, candidate: [A-Za-z0-9._-]+ */
#define PLAN_MAX_TARGETS 1000
#define PLAN_MAX_NODES 1000
#define PLAN_MAX_CANDIDATES 200
#define PLAN_MAX_ADDRESSES 16 /* of a node, a candidate */
#define PLAN_MAX_HEADERS 32   /* of a target */
#define PLAN_MAX_STATUSES 64  /* of a target's expect_status */
#define PLAN_MAX_RARE 1000    /* paths of a target's `rare` */
#define PLAN_MAX_RARE_RANGE 1000000 /* paths of a pattern */
#define PLAN_MAX_ECS 500      /* subnets of a target */
#define PLAN_MAX_DNS_SERVERS 16
#define PLAN_MIN_LIMIT_MS 1   /* of the objective */
#define PLAN_MAX_LIMIT_MS 600000
#define PLAN_WILDCARD_LABEL 32 /* characters of the label before a dns_wildcard, at most */
#define PLAN_MAX_URL 2000
#define PLAN_MAX_TEXT 256     /* a city, a header */

enum node_status { NODE_LIVE, NODE_DRAINING, NODE_OFF };
const char *node_status_name(enum node_status s);

struct strings { const char **at; size_t len; };

struct plan_url {
	const char *text;   /* as written */
	bool https;
	const char *host;   /* without brackets, lower case */
	const char *path;   /* with query, "/" at the least */
	int port;
};

struct plan_target {
	const char *name;
	enum role role;                 /* cdn or baseline */
	struct plan_url url;
	const char *http;               /* "1.1", "2", "3"; NULL: whatever TLS negotiates, never "3" */
	const char *tls;                /* "1.2", "1.3"; NULL: whatever is negotiated */
	int64_t body_limit_kib;         /* 0: none */
	VEC(int64_t) expect_status;     /* empty: any 2xx */
	const char *edge_header;        /* response header that names the edge; NULL: none */
	struct strings headers;         /* "Name: value" */
	char rev[17];                   /* hash of all of the above but the name */
	/* What is asked about it besides, which leaves its samples as they are, and so the revision. */
	int64_t every_us;               /* 0: measured in each round */
	struct strings rare;            /* paths, or one pattern: plan_rare_path() */
	const char *dns_wildcard;       /* "*.zone", lower case: any name below the zone exists; NULL: none */
	struct strings ecs;             /* subnets "49.36.0.0/16", host bits zero */
	struct strings dns_servers;     /* authoritative ones, literal addresses as inet_ntop(3) has them */
	const char *expect_sha256;      /* of the body, 64 lower-case hexadecimal digits; NULL: any */
	const char *where;              /* "file:line", for errors */
};

struct plan_node {
	const char *name;
	struct strings address;         /* one or more literal addresses, in inet_ntop(3)'s form */
	const char *city, *country;     /* country: ISO 3166-1 alpha-2 */
	double lat, lon;                /* NAN: not given */
	enum node_status status;
	struct strings targets;         /* empty: every cdn target */
	double cost_month;              /* NAN: not given; never sent to probes */
	const char *where;
};

struct plan_candidate {
	const char *name;
	struct plan_url url;
	struct strings address;         /* empty: by DNS, untimed */
	const char *city, *country;
	double lat, lon;
	double cost_month;
	char rev[17];                   /* of its URL, as a target's */
	const char *where;
};

struct plan {
	char rev[17];                   /* hash of the canonical JSON of everything in it */
	/* objective */
	enum measure metric;            /* M_TOTAL, M_TTFB or M_MIN_RTT */
	double quantile;                /* 0 < q < 1 */
	double limit_ms;
	/* schedule */
	int64_t samples, concurrency, timeout_ms;
	bool ipv4, ipv6;
	int64_t audit_every_us;
	VEC(struct plan_target) targets;
	VEC(struct plan_node) nodes;
	VEC(struct plan_candidate) candidates;
	struct arena arena;
};

enum plan_form {
	PLAN_FULL,     /* everything: what the registry keeps */
	PLAN_FOR_PROBE /* without objective, places, costs: what GET /v1/plan serves */
};

/* Read the operator's file. LAT_NOINPUT, or LAT_CONFIG "file:line: key: why". These three
 * fill all of *plan; after an error it is empty, and plan_free() does no harm. */
int plan_load(struct plan *plan, const char *path, struct err *err) LAT_MUST_CHECK;
/* As plan_load(), but all that is wrong with it rather than the first: `tell` gets a fault of each target, node
 * and so on (`err` is lent), also the one that is returned, which is the last. Only what is not in the form of a
 * plan ends the reading. */
typedef void plan_tell(void *ctx, const struct err *err);
int plan_load_telling(struct plan *plan, const char *path, plan_tell *tell, void *ctx,
                      struct err *err) LAT_MUST_CHECK;
int plan_parse(struct plan *plan, const char *text, const char *name, struct err *err) LAT_MUST_CHECK;
/* Read JSON of either form. LAT_DATAERR. A need we don't know: LAT_UNAVAILABLE, the text names it.
 * Revisions are taken as they came (a newer program may know keys that we don't), and
 * made where there are none. */
int plan_from_json(struct plan *plan, const char *text, size_t len, struct err *err) LAT_MUST_CHECK;
int plan_to_json(const struct plan *plan, enum plan_form form, struct buf *out,
                 struct err *err) LAT_MUST_CHECK;
void plan_free(struct plan *plan);

const struct plan_target *plan_target(const struct plan *plan, const char *name);
const struct plan_node *plan_node(const struct plan *plan, const char *name);
const struct plan_candidate *plan_candidate(const struct plan *plan, const char *name);
/* The node that has this address, in whatever form it is written; or NULL. */
const struct plan_node *plan_node_by_address(const struct plan *plan, const char *addr);
/* Is this cdn target measured on that node? */
bool plan_node_serves(const struct plan_node *node, const struct plan_target *target);

/* Split a URL; strings go into `arena`. Only http and https, no user:password. LAT_USAGE. */
int plan_url_parse(struct arena *arena, const char *text, struct plan_url *out,
                   struct err *err) LAT_MUST_CHECK;
/* The URL of another path (with its query) on the same host. */
int plan_url_at(struct arena *arena, const struct plan_url *base, const char *path, struct plan_url *out,
                struct err *err) LAT_MUST_CHECK;

/* A target's rare objects: how many there are, and the path of the i-th. False if there is none,
 * or `out` is too small (PLAN_MAX_URL is enough). */
size_t plan_rare_count(const struct plan_target *t);
bool plan_rare_path(const struct plan_target *t, size_t i, char *out, size_t size);

#endif
