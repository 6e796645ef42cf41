/* Results of others become samples of vantages: what the parts of `import` share.
 *
 *     bytes -> import_split -> a record -> import_FORMAT -> items -> import_sink -> store
 *
 * An item is one batch of one vantage, made of one record. Its UUID comes from the record's
 * content, so that the same record again, in the same file or in another that overlaps it, is
 * found to be there; where the content can't tell records apart, also from how many equal ones of the
 * file came before. What cannot be taken is told with its file and line, and counted.
 *
 * The names of vantages say whose they are (gp., atlas., curl., csv.), and so can be no enrolled
 * probe's (schema/registry.h). */
#ifndef LATLAS_COLLECTOR_IMPORT_H
#define LATLAS_COLLECTOR_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/geo.h"
#include "collector/import_place.h"
#include "collector/import_repeats.h"
#include "lib/err.h"
#include "schema/json.h"
#include "schema/plan.h"
#include "schema/registry.h"
#include "schema/sample.h"

enum import_format { IMPORT_GLOBALPING, IMPORT_RIPE_ATLAS, IMPORT_CURL, IMPORT_RTT_CSV, IMPORT_FORMATS };
const char *import_format_name(enum import_format f); /* "globalping" ... */
int import_format_of(const char *name);               /* -1: there is none */

struct import_settings {
	enum import_format format;
	const struct plan *plan;       /* the newest; NULL: there is none */
	const char *target;            /* what all records are of; NULL: by their URL, host or address */
	enum role role;                /* of targets that the plan does not name */
	int64_t at_us;                 /* when records were measured that don't say so */
	bool at_told;                  /* that is the operator's word (else the file's time) */
	struct probe_row vantage;      /* curl: name (without prefix) and place. All: the network by default */
	const struct import_places *places; /* where vantages are, by name; NULL: not told */
	struct geo *geo;               /* NULL: none */
	int64_t now_us;
};

struct import_item {
	struct batch batch;       /* owns every string of this struct */
	struct probe_row vantage;
	uint8_t digest[32];
	bool repeats;             /* an equal record of the same file is another one, and no copy of this */
};

/* Gets each item, and owns it from then on. An error ends the import. */
typedef int import_take_fn(void *ctx, struct import_item *item, struct err *err);
/* Gets each record, or part of one, that was left out, with the reason. */
typedef void import_tell_fn(void *ctx, const char *file, size_t line, const char *why);

struct import {
	const struct import_settings *s;
	import_take_fn *take;
	import_tell_fn *tell;
	void *ctx;
	const char *file;          /* that is being read, as named */
	size_t line;               /* where the record began */
	int64_t at_us;             /* for this file */
	struct {
		size_t records;        /* of the files; a Globalping measurement is one */
		size_t left_out;       /* told */
		size_t untimed;        /* took the time of the file, or the operator's */
		size_t phaseless;      /* HTTP results of RIPE Atlas that tell one time for all phases */
		size_t cut;            /* HTTP results of Globalping whose body was not read to its end */
	} counts;
	struct csv_columns *columns; /* rtt-csv: of this file; NULL: not seen yet */
	struct import_repeats repeats; /* of this file */
};

/* Read a stream's bytes; begin and end for each file. `at_us` is the file's time. LAT_SOFTWARE
 * (memory) or what `take` returned. */
struct import_reader;
struct import_reader *import_begin(struct import *im, const char *file, int64_t at_us); /* NULL: memory */
int import_feed(struct import_reader *r, const char *data, size_t len, struct err *err) LAT_MUST_CHECK;
int import_end(struct import_reader *r, struct err *err) LAT_MUST_CHECK; /* frees it, in any case */

/* ---- for the formats ------------------------------------------------------------ */

/* One record each; `record` is good during the call only. Errors as import_feed. */
int import_globalping(struct import *im, const struct json *record, struct err *err) LAT_MUST_CHECK;
int import_atlas(struct import *im, const struct json *record, struct err *err) LAT_MUST_CHECK;
int import_curl(struct import *im, const struct json *record, struct err *err) LAT_MUST_CHECK;
int import_csv(struct import *im, const char *line, size_t len, struct err *err) LAT_MUST_CHECK;
void import_csv_end(struct import *im); /* forget the file's header */

/* Tell that (a part of) the record is left out. */
void import_leave(struct import *im, const char *fmt, ...) LAT_PRINTF(2, 3);

/* A new item with the source and the network by default; NULL: out of memory. import_item_free()
 * unless import_item_done(). */
struct import_item *import_item_new(const struct import *im);
void import_item_free(struct import_item *item);
/* A copy in the item, of one line, at most as long as the wire allows; NULL for NULL (and ""). Sets
 * *ok to false when out of memory, and leaves it otherwise. */
const char *import_text(struct import_item *item, const char *text, bool *ok);
/* A sample (an audit) of which nothing is known but its time; NULL: out of memory. */
struct sample *import_item_sample(struct import_item *item, int64_t t_us);
struct audit *import_item_audit(struct import_item *item, int64_t t_us);
/* A vantage's name: `prefix`, then `text` with what no name may hold made '-'. Where that (or
 * cutting it) lost something, a hash of the whole follows. */
bool import_item_name(struct import_item *item, const char *prefix, const char *text);

/* A place for the vantage where the address stands, by the geo databases; none known leaves it as it is.
 * false: out of memory. */
bool import_place_by_address(const struct import *im, struct import_item *item, const char *addr);

/* The record is the item: name it by its content, and hand it to `take`. The item is no longer the
 * caller's, in any case. `parts` (n of them, NULLs allowed) and `words` are what makes the record
 * that record; of an item that `repeats`, its number among equal ones, too. */
int import_item_done(struct import *im, struct import_item *item, const struct json *const *parts, size_t n,
                     const char *const *words, size_t n_words, struct err *err) LAT_MUST_CHECK;

/* An RFC 3339 time as microseconds; US_NONE: it is none, or NULL. */
int64_t import_time(const char *text);
/* Is a URL's host an address, and no name? */
bool import_is_address(const char *host);
/* The moment is one that a record can have: from 2000 to an hour from now. Else import_leave(), false. */
bool import_moment(struct import *im, int64_t t_us);
/* A duration in ms as microseconds; US_NONE: not a number, negative, more than a day. */
int64_t import_us(double ms);
/* A member that is a number, or a string that is one (early firmware); NAN. */
double import_number(const struct json *j, const char *key);

/* What a record says that it measured. */
struct import_what {
	const char *url;     /* a whole visit; NULL: something of the host alone */
	const char *host;    /* its name, or its address */
	const char *addr;    /* the address that was measured; NULL: not known */
	bool by_address;     /* `url` was asked of `addr`, without DNS: of a node, if it is one's */
	bool round_trip;     /* the address alone matters (ping) */
	bool named;          /* `host` is what the operator calls it: a target, node or candidate of the plan */
};
/* Set target, target_rev, role, node and edge of the sample: by --target, by the plan, or else the
 * host's name. `sample->addr` and family are set from `addr`. false: out of memory. */
bool import_target(const struct import *im, struct import_item *item, struct sample *sample,
                   const struct import_what *what);
/* Did the status mean success: what the plan's target expects, or any 2xx? Else sets the sample's error;
 * a redirect is one, and names its location (NULL: not told). false: out of memory. */
bool import_status(const struct import *im, struct import_item *item, struct sample *sample,
                   const char *location);
/* Set the sample's error by what a program says went wrong, `otherwise` where its words are not known. */
void import_failed(struct sample *sample, const char *text, enum nel_type otherwise);
/* An audit of the same thing as the sample. */
void import_audit_of(struct audit *audit, const struct sample *sample);
/* What a PEM certificate says. false: it cannot be read (or no memory); the audit is as it was. */
bool import_certificate(struct import_item *item, const char *pem, struct audit *audit);

#endif
