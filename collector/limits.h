/* How much a probe and an address may ask of the collector: token buckets. A bucket holds
 * `burst` requests and is filled again at `per_s` a second; a request takes one, and where
 * there is none left it is told after how many seconds there will be.
 *
 * Requests with a valid token take from the probe's bucket and from the address's. An address has
 * a second bucket of the same size for those without, each of which takes LIMITS_FAILURE (or a part
 * of the burst), not one: what strangers send is soon answered 429, and none of it is taken
 * from what the probes behind the address need. Connections are counted by address
 * as well, and by the probe whose token they have shown: who has one token and many addresses
 * can't have all that there are. IPv6 is by /64, which is what one customer has (RFC 6177); IPv4 in IPv6's
 * clothes is IPv4.
 *
 * A probe also has a share of the room for bodies that are coming in: whoever announces much and
 * sends it slowly keeps that room, and must not have all of it.
 *
 * The tables are made once and never grow: when one is full, whoever was quiet for
 * longest is forgotten (and has a full bucket when he comes again), but never an address that
 * or a probe that has connections or bodies coming in. All is under one lock; the clock is the caller's. */
#ifndef LATLAS_COLLECTOR_LIMITS_H
#define LATLAS_COLLECTOR_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/err.h"

#define LIMITS_FAILURE 1000     /* requests that one without a valid token stands for, but */
#define LIMITS_FAILURE_PART 10  /* never more than this part of the burst */
#define LIMITS_TABLE 8192       /* addresses, and probes, that are remembered: 1 MiB each */
#define LIMITS_PROBE_CONNECTIONS 128 /* at a time; it needs one, or two where a round overlaps the next */
#define LIMITS_RECEIVING ((size_t)4 << 20) /* bytes of a probe's bodies that are coming in at a time */
#define LIMITS_RETRY_MAX_S 3600 /* no Retry-After is longer */

/* per_s > 0 and burst >= 1; per_s 0: no limit. */
struct limit { double per_s, burst; };

struct limits_options {
	struct limit probe, address;
	size_t connections; /* of one address; 0: no limit */
	size_t table;       /* entries; 0: LIMITS_TABLE */
};

struct limits;

struct limits *limits_new(const struct limits_options *o); /* NULL when out of memory */
void limits_free(struct limits *l);
/* Other limits from now on (but for `table`, which stays): what buckets hold and connections count
 * goes on, and a bucket that holds more than the new burst is cut to it. */
void limits_set(struct limits *l, const struct limits_options *o);

/* Take one request from a bucket: 0, or the seconds until one is there, rounded up; nothing
 * is taken then. *first (may be NULL): it is the first refusal since the bucket was half
 * full, so that a log gets one line and not one for each. */
int limits_address(struct limits *l, const struct sockaddr *peer, struct mono now, bool *first);
int limits_probe(struct limits *l, const char *probe, struct mono now, bool *first);
/* The same for a request without a valid token: from the address's other bucket, and from none else. */
int limits_failed(struct limits *l, const struct sockaddr *peer, struct mono now, bool *first);

/* A connection began: may it stay? If so, limits_disconnect when it ends. */
bool limits_connect(struct limits *l, const struct sockaddr *peer, struct mono now);
void limits_disconnect(struct limits *l, const struct sockaddr *peer);

/* A connection has shown this probe's token: may it be the probe's? If so, limits_disconnect_probe when it
 * ends, or shows another's. *first (of the log, as above): since half of the probe's were free. */
bool limits_connect_probe(struct limits *l, const char *probe, struct mono now, bool *first);
void limits_disconnect_probe(struct limits *l, const char *probe);

/* A probe announces a body of so many bytes: is there room for it in its share? If so,
 * limits_received with as many when it is read, or given up. *first as above: since half of the
 * share was free. */
bool limits_receive(struct limits *l, const char *probe, size_t bytes, struct mono now, bool *first);
void limits_received(struct limits *l, const char *probe, size_t bytes);

/* "10/s", "90/min", "0.5/s": at most 1 000 000 a second, at least one in an hour (1/h is
 * 0.0167/min). LAT_CONFIG, with what is wrong about `text` but not where it stands. */
int limits_parse(const char *text, double *per_s, struct err *err) LAT_MUST_CHECK;

#endif
