/* The options by which a person says where a vantage is, one and the same wherever there are any:
 * --country, --city, --lat, --lon, --network. */
#ifndef LATLAS_COLLECTOR_ARGS_PLACE_H
#define LATLAS_COLLECTOR_ARGS_PLACE_H

#include <getopt.h>
#include <stdbool.h>

#include "lib/err.h"
#include "schema/registry.h"

/* Rows of the option table; no other option of it may have these values. */
enum { ARGS_COUNTRY = 1000, ARGS_CITY, ARGS_LAT, ARGS_LON, ARGS_NETWORK };
#define ARGS_PLACE \
	{"country", required_argument, NULL, ARGS_COUNTRY}, {"city", required_argument, NULL, ARGS_CITY}, \
	{"lat", required_argument, NULL, ARGS_LAT}, {"lon", required_argument, NULL, ARGS_LON}, \
	{"network", required_argument, NULL, ARGS_NETWORK}

struct args_place {
	char country[3]; /* to which the row's then points */
	bool network;    /* it was given */
};

/* One of these options into the row (whose lat and lon are NAN at first); another one changes nothing.
 * The row's strings live as long as `p` and the command line. LAT_USAGE. */
int args_place(struct args_place *p, struct probe_row *row, int opt, const char *text, struct err *err) LAT_MUST_CHECK;
/* When all were read: do they go together? LAT_USAGE. */
int args_place_check(const struct probe_row *row, struct err *err) LAT_MUST_CHECK;

#endif
