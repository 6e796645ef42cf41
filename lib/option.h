/* Options that getopt_long(3) cannot read, told in our own words. */
#ifndef LATLAS_LIB_OPTION_H
#define LATLAS_LIB_OPTION_H

#include <getopt.h>

#include "lib/err.h"

/* getopt_long() has answered '?' or ':' (its short options began with ':', opterr is 0): say what is wrong
 * with which option, as it was typed, without its value.
 *
 *     --nosuch: no such option (see --help)
 *     -x: no such option (see --help)
 *     --count: needs a value (see --help)
 *     --json: takes no value (see --help)
 *     --c: could be several options (see --help)
 *
 * `argv` and `longs` are what it was called with. LAT_USAGE. */
int option_wrong(int answer, char *const argv[], const struct option *longs, struct err *err);

#endif
