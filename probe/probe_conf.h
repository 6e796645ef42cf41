/* probe.conf, as probe.conf(5) describes it: where the collector is, who we are to it, and
 * what this machine's owner lets it ask of us. */
#ifndef LATLAS_PROBE_PROBE_CONF_H
#define LATLAS_PROBE_PROBE_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/vec.h"
#include "probe/address.h"
#include "probe/guard.h"

#define PROBE_CONF_TOKEN 65 /* 64 hexadecimal digits and a NUL */

struct probe_conf { /* strings belong to `file` */
	const char *path;
	const char *name;
	const char *collector;         /* https URL; "" if there is none */
	const char *collector_ca_file; /* "": the system's authorities */
	const char *token_file;
	const char *spool;
	const char *ca_file;           /* "": the system's authorities */
	struct addresses resolvers;    /* empty: the system's */
	VEC(int64_t) ports;
	bool allow_private;
	bool audit;                    /* when the plan says so */
	int64_t spool_limit_bytes, max_samples, max_bytes_per_run;
	int64_t deadline_us;           /* of a round */
	struct conf *file;
};

/* LAT_NOINPUT, or LAT_CONFIG "file:line: key: why". `path` must outlive the conf. */
int probe_conf_load(struct probe_conf *c, const char *path, struct err *err) LAT_MUST_CHECK;
void probe_conf_free(struct probe_conf *c);

/* The token, from its file, which nobody else may be able to read. LAT_CONFIG. */
int probe_conf_token(const struct probe_conf *c, char token[PROBE_CONF_TOKEN],
                     struct err *err) LAT_MUST_CHECK;
/* 64 hexadecimal digits? */
/* Is there a certificate in collector_ca_file? Else nothing would ever be sent, and no cron would tell.
 * LAT_CONFIG with file and line. */
int probe_conf_collector_ca(const struct probe_conf *c, struct err *err) LAT_MUST_CHECK;

/* Put "FILE:LINE: KEY: " before an error that the value of `key` brought about. Returns err->code. */
int probe_conf_blame(const struct probe_conf *c, const char *key, struct err *err);

bool probe_conf_token_ok(const char *text);

struct guard probe_conf_guard(const struct probe_conf *c);

#endif
