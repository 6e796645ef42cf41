/* Where vantages of imports are, from a file (--probes): the JSON of the RIPE Atlas probes API
 * (https://atlas.ripe.net/docs/apis/rest-api-reference/, "probes": id, country_code, geometry or
 * latitude and longitude, asn_v4, is_anchor; whole pages, their "results", or one a line), or a CSV
 *
 *     probe,country,city,lat,lon,network
 *
 * with the vantage's name as import makes it, or without its prefix. */
#ifndef LATLAS_COLLECTOR_IMPORT_PLACE_H
#define LATLAS_COLLECTOR_IMPORT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "schema/registry.h"

struct import_places;

/* Read a file. LAT_NOINPUT, LAT_IOERR; LAT_DATAERR names file, line and what is wrong: here one bad
 * row is an error, as it would put a vantage in no place. */
int import_places_load(struct import_places **out, const char *path, struct err *err) LAT_MUST_CHECK;
void import_places_free(struct import_places *p);

/* Fill country, city, lat, lon, asn, network of the row whose name is known; others stay as they
 * are, and all if `p` is NULL. Strings go into `arena`. false: out of memory. */
bool import_places_find(const struct import_places *p, struct probe_row *row, struct arena *arena);

#endif
