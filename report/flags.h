/* The options that latlas-report and latlas-gate share: which database, which window, how
 * to resample. A program adds its own `struct option`s behind FLAGS_COMMON. */
#ifndef LATLAS_REPORT_FLAGS_H
#define LATLAS_REPORT_FLAGS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "report/evaluate.h"

#define FLAGS_DB "/var/lib/latlas/latlas.db"
#define FLAGS_SINCE "7d"
#define FLAGS_MAX_BLOCK_US (31 * US_PER_DAY)

enum { F_DB = 512, F_SINCE, F_UNTIL, F_BLOCK, F_SEED, F_GENERALISE, F_METRIC, F_LIMIT, F_HELP, F_VERSION };

#define FLAGS_COMMON \
	{ "db", required_argument, NULL, F_DB }, { "since", required_argument, NULL, F_SINCE }, \
	{ "until", required_argument, NULL, F_UNTIL }, { "block", required_argument, NULL, F_BLOCK }, \
	{ "seed", required_argument, NULL, F_SEED }, { "metric", required_argument, NULL, F_METRIC }, \
	{ "limit-ms", required_argument, NULL, F_LIMIT }, { "generalise", no_argument, NULL, F_GENERALISE }, \
	{ "verbose", no_argument, NULL, 'v' }, { "help", no_argument, NULL, F_HELP }, \
	{ "version", no_argument, NULL, F_VERSION }

struct flags {
	const char *db;
	const char *since, *until; /* as written; until may be NULL: now */
	int64_t block_us;          /* 0: by the window's length */
	uint64_t seed;
	bool metric_given;         /* by `metric`, not the plan's */
	enum measure metric;
	double limit_ms;           /* 0: the plan's */
	bool generalise, help, version;
	int verbose;
};

void flags_init(struct flags *f);

/* Take one option if it is a common one: 0. LAT_USAGE: its value is wrong. -1: it is none. */
int flags_take(struct flags *f, int option, const char *value, struct err *err) LAT_MUST_CHECK;

/* --help and --version: printed if asked for, and *status is the program's. */
bool flags_answer(const struct flags *f, const char *program, void (*help)(FILE *), int *status);

/* As much to say as -v asks for. */
void flags_log(const struct flags *f, struct log *log);

/* The window. "all" starts at the first sample (of `totals`); a relative --since counts back
 * from --until. LAT_USAGE; LAT_NOINPUT: "all" of a store without samples. */
int flags_window(const struct flags *f, const struct store_totals *totals, struct wall now, int64_t *since_us,
                 int64_t *until_us, struct err *err) LAT_MUST_CHECK;

#endif
