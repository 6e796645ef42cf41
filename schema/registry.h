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
#include "schema/vantage.h"

struct registry;

/* Modes and errors as store_open_sqlite; every function below can also fail as the store's do, and
 * then nothing of it has been done. Both may be open on one file. One thread at a time. */
int registry_open(struct registry **out, const char *path, enum store_mode mode,
                  struct err *err) LAT_MUST_CHECK;
void registry_close(struct registry *r);
/* As store_wait_until. */
void registry_wait_until(struct registry *r, struct mono until);

#define REGISTRY_TOKEN_HASH 32 /* SHA-256 */

struct probe_row {
	int64_t id;
	const char *name;             /* [A-Za-z0-9._-]{1,64} */
	const char *country;          /* NULL: not told */
	const char *city;
	double lat, lon;              /* NAN: not told */
	const char *asn;              /* "AS1221 Telstra", from the geo database; NULL */
	enum network network;
	const char *place_source;     /* "enrol", "geo" or "import": whose word the place is; NULL: no place yet */
	int64_t enrolled_us;
	int64_t last_seen_us;         /* US_NONE: never */
	const char *last_version;
	const char *last_boot;
	int64_t last_skew_us;         /* STORE_NO_SKEW: not told */
	int64_t dropped;              /* batches that its spool dropped, in all */
	int64_t rejected;             /* that it put aside as they were refused, in all */
	bool revoked;
	int64_t revoked_us;           /* US_NONE */
	int64_t cloned_us;            /* when two machines last spoke under the name; US_NONE: never */
	int64_t old_token_us;         /* it was rotated: until when the old token lives; US_NONE: there is none */
	const char *source;           /* import's format ("globalping"); NULL: enrolled, one of ours */
	int64_t geo_built_s;          /* of a place by "geo": when the database was made; US_NONE */
};

typedef VEC(struct probe_row) probe_rows;

/* New probe with its token's hash; of the row: name, place, network, asn, enrolled_us. LAT_DATAERR if
 * the name is taken or none, the country unknown or the coordinates out of range. */
int registry_enroll(struct registry *r, const struct probe_row *row,
                    const uint8_t token_hash[REGISTRY_TOKEN_HASH], struct err *err) LAT_MUST_CHECK;
/* All probes by name; strings in `arena`. */
int registry_probes(struct registry *r, struct arena *arena, probe_rows *out, struct err *err) LAT_MUST_CHECK;

struct registry_token {
	char probe[65];
	int64_t probe_id;
	uint8_t hash[REGISTRY_TOKEN_HASH];
	int64_t until_us; /* US_NONE: no end */
	bool used;        /* was shown before */
};
typedef VEC(struct registry_token) registry_tokens;
/* Every valid token, for the collector's table in memory; also those whose time is over, for
 * which it is left to the reader to compare until_us. */
int registry_tokens_load(struct registry *r, registry_tokens *out, struct err *err) LAT_MUST_CHECK;
/* Changes whenever tokens do (enroll, revoke, rotate): cheap to ask every second. */
int registry_token_version(struct registry *r, int64_t *version, struct err *err) LAT_MUST_CHECK;

/* A push is never told so late after another: of one told to be longer ago the collector's clock was set back
 * meanwhile, and it is the newest. */
#define REGISTRY_LATE_US (INT64_C(3600) * 1000000)

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
/* For the one who writes batches, before the first: what those tell that were committed and not counted by
 * registry_seen() before a crash. (It counts all that are there when it is called.) */
int registry_seen_again(struct registry *r, struct err *err) LAT_MUST_CHECK;
/* Place by address, where enrolment gave none (without a country, or with one that is none,
 * only the asn is kept; without an asn, the one that is there stays). LAT_DATAERR if there is no
 * such probe. */
struct registry_place {
	const char *country, *city;   /* NULL: not known */
	double lat, lon;              /* NAN: not known */
	const char *asn;
	int64_t built_s;              /* when the database was made, seconds since 1970; <= 0: not known */
};
int registry_set_place(struct registry *r, const char *probe, const struct registry_place *place,
                       struct err *err) LAT_MUST_CHECK;

/* A new token for an enrolled probe. Those it has live until the new one is first used
 * (registry_token_used), at most until `until_us`; or end now where that isn't later than now_us.
 * LAT_DATAERR if there is no such probe, or it is revoked: a new token does not undo that. */
int registry_rotate(struct registry *r, const char *probe, const uint8_t token_hash[REGISTRY_TOKEN_HASH],
                    int64_t now_us, int64_t until_us, struct err *err) LAT_MUST_CHECK;
/* A token was shown for the first time: tokens of its probe that it replaced end. Nothing
 * happens where the token is none, or was shown before. */
int registry_token_used(struct registry *r, const uint8_t token_hash[REGISTRY_TOKEN_HASH], int64_t at_us,
                        struct err *err) LAT_MUST_CHECK;
/* End every token of a probe. *already: it was revoked before, nothing has changed.
 * LAT_DATAERR if there is no such probe. */
int registry_revoke(struct registry *r, const char *probe, int64_t now_us, bool *already,
                    struct err *err) LAT_MUST_CHECK;
/* Let a revoked probe back in under its name, with a token of its own; of the row: name,
 * enrolled_us (now), and the place if it has a country. LAT_DATAERR if it isn't there or isn't revoked. */
int registry_readmit(struct registry *r, const struct probe_row *row,
                     const uint8_t token_hash[REGISTRY_TOKEN_HASH], struct err *err) LAT_MUST_CHECK;

/* Boots of a probe's machine: from when to when something was measured in this boot, as a push
 * tells (corrected by the skew of its clock where that is known). Stretches of one machine follow
 * each other. Two that lie across each other by more than REGISTRY_BOOT_SLACK_US are two machines
 * of one name, as after cloning a VM's image: both are kept, and the row's cloned_us becomes the
 * end of what they have in common. A late batch of an earlier boot lies within its own
 * stretch, or before the next, and is none. Of each probe the REGISTRY_BOOTS newest are kept. */
#define REGISTRY_BOOT_SLACK_US (10 * 60 * 1000000LL) /* a clock that is set right after a boot may jump */
#define REGISTRY_BOOTS 32
struct registry_boot { const char *probe, *boot; int64_t first_us, last_us; };
/* In one transaction. cloned[i] gets true where boots[i] told of a clone, and the probe had not
 * been known as one for a week. Names that aren't enrolled are ignored. */
int registry_boots_seen(struct registry *r, const struct registry_boot *boots, size_t n, bool *cloned,
                        struct err *err) LAT_MUST_CHECK;

/* Keep a plan revision (the operator's text and the full JSON). Publishing the newest
 * revision again changes nothing; an older one published again is the newest. */
int registry_publish_plan(struct registry *r, const char *rev, const char *source, const char *json,
                          int64_t now_us, struct err *err) LAT_MUST_CHECK;
/* Full JSON of the newest revision, or of `rev` if not NULL. LAT_NOINPUT if there is none. */
int registry_plan(struct registry *r, const char *rev, struct buf *json, struct err *err) LAT_MUST_CHECK;

/* Vantages of imports: results of others, each under a name that no probe of ours can have,
 * and without a token, so that nobody can push under it.
 *
 * Make them known; of each row: name (vantage_imported), source, place and whose word that is (by
 * "geo": geo_built_s, too), network, asn, enrolled_us. One that is there already keeps its place,
 * unless it had none, or one by address while the row's is told. LAT_DATAERR if a name is a probe of
 * ours or of another format, or a place cannot be; then nothing has been done. */
int registry_import_vantages(struct registry *r, const struct probe_row *rows, size_t n,
                             struct err *err) LAT_MUST_CHECK;

/* Every revision in the order in which they were published; one that was published again is there
 * twice. Strings in `arena`. */
struct plan_row { const char *rev; int64_t published_us; };
typedef VEC(struct plan_row) plan_rows;
int registry_plans(struct registry *r, struct arena *arena, plan_rows *out, struct err *err) LAT_MUST_CHECK;

/* What a table of the fleet tells beside registry_probes(): one row for each of its rows, in the same
 * order. Costs a look at the headers of the last day for each probe, and no look at a sample. */
#define REGISTRY_DAY_US (INT64_C(86400) * 1000000)
struct registry_fleet_row {
	const char *name;
	const char *source;           /* the format from which it was imported; NULL: it was enrolled */
	int tokens;                   /* valid at the moment */
	bool rotating;                /* one of them is the predecessor of a rotated one */
	int64_t samples_day;          /* begun in the day before */
	int64_t started_us;           /* of its newest header; US_NONE: it has none with samples */
	const char *plan_rev;         /* that header's; NULL: not told */
	const char *refused;          /* why it could not use a newer plan; NULL: it could */
	int64_t rejected;             /* batches that it put aside, refused for good */
};
struct registry_fleet {
	VEC(struct registry_fleet_row) rows;
	const char *plan_rev;         /* the newest; NULL: none */
	int64_t published_us;
};
/* Into a zeroed `out`, whose rows the caller frees (vec_free); strings in `arena`. */
int registry_fleet(struct registry *r, int64_t now_us, struct arena *arena, struct registry_fleet *out,
                   struct err *err) LAT_MUST_CHECK;

#endif
