/* The command line. */
#ifndef LATLAS_PROBE_OPTIONS_H
#define LATLAS_PROBE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/err.h"

#define OPTIONS_DEFAULT_COUNT 10
#define OPTIONS_MAX_URLS 64

enum options_mode { MODE_BY_HAND, MODE_ROUND, MODE_JOIN, MODE_HELP, MODE_VERSION };

struct options { /* strings are argv's */
	enum options_mode mode;
	int verbose;             /* how many -v */
	/* by hand */
	char **urls;
	size_t url_count;
	int64_t count;
	const char *resolver, *connect_to, *ca_file;
	bool ipv4, ipv6, json;
	/* one round */
	const char *config, *plan;
	bool to_stdout, send_only, check, audit;
	int64_t splay_s;
	/* join */
	const char *dir, *spool;
	bool force;
};

/* LAT_USAGE. */
int options_parse(struct options *o, int argc, char **argv, struct err *err) LAT_MUST_CHECK;
void options_help(FILE *out);

#endif
