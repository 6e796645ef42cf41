/* What a probe measures and sends: samples, audits, and the batch that carries them.
 *
 * Phases are differences in integer microseconds; a phase that did not take place
 * is US_NONE, never 0. Strings are NULL where absent and live in the batch's arena. */
#ifndef LATLAS_SCHEMA_SAMPLE_H
#define LATLAS_SCHEMA_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/vec.h"
#include "schema/nel.h"

#define US_NONE ((int64_t)-1) /* no such duration, count or status */

/* Names of probes, targets, nodes and candidates: [A-Za-z0-9._-]{1,64}. */
#define NAME_MAX_LEN 64
#define SEED_TEXT 17 /* 16 hexadecimal digits and a NUL */
bool sample_name_ok(const char *name);

enum role { ROLE_CDN, ROLE_BASELINE, ROLE_CANDIDATE, ROLES };
const char *role_name(enum role role);
int role_of(const char *name); /* -1 if there is no such role */

enum dns_cache { DNS_CACHE_NONE, DNS_CACHE_HIT, DNS_CACHE_MISS, DNS_CACHE_UNKNOWN };
const char *dns_cache_name(enum dns_cache c); /* NULL for NONE */
int dns_cache_of(const char *name);           /* -1 if there is no such word; NONE for NULL */

/* What a sample is of: the usual first visit; one of an object that was not asked for of late
 * (what a cache that evicts costs); a query without a request. */
enum series_kind { KIND_COLD, KIND_RARE, KIND_DNS_ONLY };
#define SERIES_KINDS 3
const char *series_kind_name(enum series_kind k); /* "cold", "rare", "dns-only" */
int series_kind_of(const char *name);             /* -1 if there is no such kind */

struct sample {
	uint32_t seq;           /* number in the batch, from 0, unique there */
	int64_t t_us;           /* start, wall clock, microseconds since 1970 */
	const char *target;     /* name in the plan (for a candidate: the candidate's) */
	const char *target_rev; /* revision of the target's definition, 16 hex digits */
	const char *node;       /* node asked by address; NULL: through DNS, or a candidate */
	enum role role;         /* the target's */
	enum series_kind kind;
	uint32_t nth;           /* which sample of this target and node in the round, from 0 */
	int family;             /* 4 or 6; 0: not known (DNS failed) */
	const char *addr;       /* address connected to */
	const char *resolver;   /* who was asked; NULL where the address was given */
	int64_t ttl;            /* seconds, of the answer */
	const char *cname;      /* names of the answer's CNAME chain in order, a blank between; NULL: none */
	int64_t dns_tries;      /* queries sent for the answer, to all resolvers together */
	bool dns_tcp;           /* it came over TCP, after a truncated one */
	const char *ecs;        /* client subnet asked for (RFC 7871), "49.36.0.0/16"; NULL: none */
	int64_t ecs_scope;      /* scope prefix length of the answer; US_NONE: it had no such option */
	enum dns_cache dns_cache;
	int64_t dns_us, tcp_us, tls_us, wait_us, body_us;
	int64_t min_rtt_us;     /* tcpi_min_rtt of this connection */
	int64_t syn_rtt_us;     /* the kernel's RTT of the TCP handshake alone */
	int64_t retrans;        /* tcpi_total_retrans */
	int64_t lag_us;         /* how late the probe's loop was, at worst, while this ran */
	int64_t status;         /* HTTP status */
	const char *http;       /* "1.0" "1.1" "2" "3", as negotiated */
	const char *tls;        /* "1.2" "1.3" */
	int64_t bytes;          /* of the body, as received */
	const char *edge;       /* which node answered, by name */
	const char *cache;      /* "HIT", "MISS", ... as the edge said */
	int64_t age_s;          /* Age header, seconds (RFC 9111, 5.1) */
	const char *location;   /* of a redirect, which is a failure */
	enum nel_type error;
	enum nel_phase error_phase;
	bool lagged;            /* the loop lagged beyond the bound (of a success or a failure): what took
	                           how long is not folded, see cell.h */
};

struct audit_header { const char *name, *value; };

struct audit {
	const char *target, *node; /* node NULL: through DNS, or a candidate */
	const char *target_rev;    /* these as a sample has them */
	int64_t t_us;
	const char *addr, *edge;
	int64_t status, bytes;
	enum nel_type error;       /* why there was no answer to look at */
	enum nel_phase error_phase;
	const char *sha256, *etag, *cert_sha256;
	const char *chain;         /* "ok", or why the certificate would not be trusted */
	int64_t cert_not_before, cert_not_after; /* seconds since 1970 */
	const char *cert_subject, *cert_issuer;
	const char *cert_names;    /* the certificate's names, a blank between */
	int64_t clock_skew_us;     /* the Date header less our clock; good to a second, so that US_NONE
	                              is no value of it */
	VEC(struct audit_header) headers; /* at most 100; a name once, repeated fields joined by ", " */
};

struct batch {
	char uuid[37];          /* RFC 9562 text form, lower case */
	const char *probe;
	const char *boot;       /* boot id of the machine */
	const char *version;    /* of the probe */
	const char *plan_rev;   /* NULL if it ran without a plan of a collector */
	int64_t started_us;     /* start of the round, wall clock; equal in the parts of a round */
	int64_t timeout_ms;     /* of the schedule as applied */
	int64_t round_ok;       /* successes in the whole round, all its parts; US_NONE: not told */
	int64_t cpu_us, rss_kib, duration_us; /* of the probe, this round; US_NONE: not told */
	int64_t dropped;        /* batches dropped from a full spool since the last header; 0 */
	int64_t rejected;       /* files put aside since then, because the collector refused them; 0 */
	const char *refused;    /* a plan's need that could not be met; NULL: none */
	const char *seed;       /* of the round's order, 16 hexadecimal digits; NULL: not told */
	uint64_t unknown_keys;  /* keys that the decoder did not know */
	VEC(struct sample) samples;
	VEC(struct audit) audits;
	struct arena arena;     /* owns every string above */
};

/* One of which nothing is known: counts, durations and statuses US_NONE, all else zero or NULL. */
extern const struct sample sample_absent;
extern const struct audit audit_absent;

void batch_free(struct batch *b);

/* A fresh random (version 4) UUID from getrandom(2). */
void batch_new_uuid(char uuid[37]);

/* Sum of the phases to the first byte, and to the last; dns is left out where it did not take
 * place. US_NONE for a failed sample or one whose wait (body) is missing. */
int64_t sample_ttfb_us(const struct sample *s);
int64_t sample_total_us(const struct sample *s);
/* max(0, wait - min_rtt): what the server took. US_NONE if either is missing. */
int64_t sample_server_us(const struct sample *s);

#endif
