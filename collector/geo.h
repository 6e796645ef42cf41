/* Geography by address, from databases in MaxMind's format: all that we want of
 * libmaxminddb in one function. A City or Country database gives the place, an ASN
 * (or ISP) one the network; either may be absent. */
#ifndef LATLAS_COLLECTOR_GEO_H
#define LATLAS_COLLECTOR_GEO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/err.h"
#include "lib/log.h"
#include "schema/sample.h"

struct geo;

struct geo_place {
	char country[3];  /* ISO 3166-1 alpha-2; "": not known */
	char city[128];   /* English; "": not known */
	double lat, lon;  /* NAN: not known */
	char asn[160];    /* "AS1221 Telstra Pty Ltd"; "": not known */
	int64_t built_s;  /* when the database of places that was asked was made, seconds since 1970;
	                     0: it doesn't say; US_NONE: none was asked, or it is broken */
};

/* Nothing loaded yet; `log` must outlive it. NULL when out of memory. */
struct geo *geo_new(const struct log *log);
void geo_free(struct geo *g);

/* Is this a database that geo_load would take? `asn`: the one for networks. LAT_NOINPUT,
 * LAT_DATAERR; the text names the file. */
int geo_check(const char *path, bool asn, struct err *err) LAT_MUST_CHECK;

/* Read the databases (NULL: none) in place of those that were there. One that cannot be
 * used is one warning, and the one before stays. The files are free to change afterwards. */
void geo_load(struct geo *g, const char *city_path, const char *asn_path);
/* One of them, in place of the one that was there, for which a warning is not enough: LAT_NOINPUT,
 * LAT_DATAERR, LAT_IOERR, with a text that names the file; then the one before stays. `asn`: the one
 * for networks. */
int geo_load_file(struct geo *g, const char *path, bool asn, struct err *err) LAT_MUST_CHECK;
/* The same for one whose bytes are at hand, which are copied. LAT_DATAERR. */
int geo_load_bytes(struct geo *g, const void *data, size_t len, bool asn, struct err *err) LAT_MUST_CHECK;

/* What is known about an address; false if nothing is. Safe from any thread. A database that
 * turns out to be broken inside is one warning, and isn't asked again. */
bool geo_find(struct geo *g, const struct sockaddr *sa, struct geo_place *out);
/* The same of an address as text (IPv4 or IPv6; false for what is none). */
bool geo_find_text(struct geo *g, const char *addr, struct geo_place *out);

/* Counts geo_load: an answer of another generation may be stale. */
uint64_t geo_generation(struct geo *g);

#define GEO_DATE 16
/* "2026-11-24" in UTC, or "no date". Returns `out`. */
const char *geo_date(int64_t built_s, char out[GEO_DATE]);

#endif
