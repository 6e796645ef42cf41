/* The registry: who may speak (probes and their tokens), where they are, and every plan
 * there was. Always SQLite, in the same file as the store. */
#ifndef LATLAS_SCHEMA_REGISTRY_H
#define LATLAS_SCHEMA_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/vec.h"
#include "schema/store.h"

struct registry;

/* Modes and errors as store_open_sqlite; every function below can also fail as the store's do, and
 * then nothing of it has been done. Both may be open on one file. One thread at a time. */
int registry_open(struct registry **out, const char *path, enum store_mode mode,
                  struct err *err) LAT_MUST_CHECK;
void registry_close(struct registry *r);

enum network { NETWORK_DATACENTER, NETWORK_EYEBALL, NETWORKS };
const char *network_name(enum network n);
int network_of(const char *name);

#define REGISTRY_TOKEN_HASH 32 /* SHA-256 */

struct probe_row {
	int64_t id;
	const char *name;             /* [A-Za-z0-9._-]{1,64} */
	const char *country;          /* NULL: not told */
	const char *city;
	double lat, lon;              /* NAN: not told */
	const char *asn;              /* "AS1221 Telstra", from the geo database; NULL */
	enum network network;
	const char *place_source;     /* "enrol" or "geo": whose word the place is; NULL: no place yet */
	int64_t enrolled_us;
	int64_t last_seen_us;         /* US_NONE: never */
	const char *last_version;
	const char *last_boot;
	int64_t last_skew_us;         /* STORE_NO_SKEW: not told */
	int64_t dropped;              /* batches that its spool dropped, in all */
	int64_t rejected;             /* that it put aside as they were refused, in all */
	bool revoked;
};

typedef VEC(struct probe_row) probe_rows;

/* New probe with its token's hash; of the row: name, place, network, asn, enrolled_us. LAT_DATAERR if
 * the name is taken or none, the country unknown or the coordinates out of range. */
int registry_enroll(struct registry *r, const struct probe_row *row,
                    const uint8_t token_hash[REGISTRY_TOKEN_HASH], struct err *err) LAT_MUST_CHECK;
/* All probes by name; strings in `arena`. */
int registry_probes(struct registry *r, struct arena *arena, probe_rows *out, struct err *err) LAT_MUST_CHECK;

struct registry_token { char probe[65]; int64_t probe_id; uint8_t hash[REGISTRY_TOKEN_HASH]; };
typedef VEC(struct registry_token) registry_tokens;
/* Every valid token, for the collector's table in memory. */
int registry_tokens_load(struct registry *r, registry_tokens *out, struct err *err) LAT_MUST_CHECK;
/* Changes whenever tokens do (enroll, revoke, rotate): cheap to ask every second. */
int registry_token_version(struct registry *r, int64_t *version, struct err *err) LAT_MUST_CHECK;

/* What the collector learnt from pushes. The newest counts, what it doesn't tell (NULL,
 * STORE_NO_SKEW) stays as it was, `dropped` and `rejected` are added. Names that aren't enrolled are ignored. */
struct registry_seen {
	const char *probe;
	int64_t at_us;
	const char *version, *boot;
	int64_t skew_us;
	int64_t dropped, rejected;
};
int registry_seen(struct registry *r, const struct registry_seen *seen, size_t n,
                  struct err *err) LAT_MUST_CHECK;
/* Place by address, where enrolment gave none (without a country, or with one that is none,
 * only the asn is kept). LAT_DATAERR if there is no such probe. */
int registry_set_place(struct registry *r, const char *probe, const char *country, const char *city,
                       double lat, double lon, const char *asn, struct err *err) LAT_MUST_CHECK;

/* Keep a plan revision (the operator's text and the full JSON). Publishing the newest
 * revision again changes nothing; an older one published again is the newest. */
int registry_publish_plan(struct registry *r, const char *rev, const char *source, const char *json,
                          int64_t now_us, struct err *err) LAT_MUST_CHECK;
/* Full JSON of the newest revision, or of `rev` if not NULL. LAT_NOINPUT if there is none. */
int registry_plan(struct registry *r, const char *rev, struct buf *json, struct err *err) LAT_MUST_CHECK;

#endif
