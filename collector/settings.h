/* collector.conf: see collector.conf(5). Read strictly by schema/conf.h, then checked for
 * meaning; nothing here opens a file that the configuration names. */
#ifndef LATLAS_COLLECTOR_SETTINGS_H
#define LATLAS_COLLECTOR_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/limits.h"
#include "collector/listen.h"
#include "collector/problems.h"
#include "lib/arena.h"
#include "schema/conf.h"

/* keep_samples, seconds: a report at the least can use what is older than an hour only as cells. */
#define SETTINGS_KEEP_MIN_S 3600
#define SETTINGS_KEEP_MAX_S (100.0 * 365 * 86400)

struct settings {
	const char *path;          /* of the file itself */
	struct listen_addr listen;
	bool has_admin;            /* admin_listen given: health and metrics are served there */
	struct listen_addr admin;
	const char *public_url;    /* "https://HOST:PORT", no slash at the end; NULL: not given */
	const char *public_host;   /* its host; NULL */
	const char *db;
	const char *plan;          /* the plan's file; NULL: only what `plan publish` published */
	const char *tls_cert, *tls_key; /* PEM files */
	const char *tls_ca;        /* PEM file that enroll hands to probes */
	const char *geo_city, *geo_asn; /* NULL: none */
	int64_t keep_samples_us;   /* raw samples older than that are pruned; 0: none are */
	bool insecure;             /* plain HTTP, on loopback only: for tests */
	int64_t request_deadline_us;
	struct limits_options limits;
	bool misread;              /* some line says nothing that can be read: any key may have been meant */
	/* owners of the strings */
	struct conf *conf;
	struct arena arena;
};

/* Fill `s` (zeroed by this call) from `path`; everything that is wrong goes to
 * `problems`. What could be read is there even then: s->db, above all. */
void settings_load(struct settings *s, const char *path, struct problems *problems);
/* The same for whoever can use it only if nothing is wrong: the first problem is the error. Free `s` in
 * any case. */
int settings_read(struct settings *s, const char *path, struct err *err) LAT_MUST_CHECK;
void settings_free(struct settings *s);

/* "path:line: key" of a key that was given, "path: key" of one that was not. */
#define SETTINGS_WHERE 512
const char *settings_where(const struct settings *s, const char *key, char out[SETTINGS_WHERE]);

#endif
