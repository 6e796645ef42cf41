/* Command lines: getopt_long(3) with our own words for its errors, and the rule by
 * which every command finds its database. */
#ifndef LATLAS_COLLECTOR_ARGS_H
#define LATLAS_COLLECTOR_ARGS_H

#include <getopt.h>

#include "lib/err.h"

#define ARGS_PATH 4096

/* Start reading options of `argv` anew. */
void args_start(void);
/* The `val` of the next option (its argument in optarg), -1 at the end (operands from
 * optind on), or '?' with LAT_USAGE in `err`. */
int args_next(int argc, char **argv, const struct option *table, struct err *err) LAT_MUST_CHECK;
/* The single operand that must follow, as `what`; NULL with LAT_USAGE if it is missing
 * or if there is another. */
const char *args_one(int argc, char **argv, const char *what, struct err *err);
/* LAT_USAGE if there is an operand. */
int args_none(int argc, char **argv, struct err *err) LAT_MUST_CHECK;

/* Has all arrived that was printed on standard output? LAT_IOERR. */
int args_flush(struct err *err) LAT_MUST_CHECK;

/* Where the database is: `db` if given, else what the configuration says, else
 * COLLECTOR_DB. Without `config` the configuration is COLLECTOR_CONFIG, if it is there. */
int args_db(const char *db, const char *config, char out[ARGS_PATH], struct err *err) LAT_MUST_CHECK;

#endif
